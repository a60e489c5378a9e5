"""What the SQLite backend brings to an allocation."""

from collections.abc import Iterator, Sequence

import apsw

from adapters.storage.sqlite.database import fetch
from adapters.storage.sqlite.sql import statement
from masking_core.allocation import WINDOW, Candidate, Need, Search
from masking_core.exhaustion import NumberFacts
from masking_core.instants import Instant
from masking_core.pools import Geography, NumberState, Pool
from masking_core.sessions import Session

_ANY_LOAD = 2**62


class SqliteSource:
    """Numbers of one pool for one session, inside a writing transaction."""

    def __init__(self, connection: apsw.Connection, pool: Pool, session: Session, row: int, now: Instant) -> None:
        """Take the session and its row, 0 for a new one: its own routes do not count against it."""
        self._connection = connection
        self._pool = pool
        self._session = session
        self._row = row
        self._now = now
        self._cooled = now - pool.policy.cool_off

    def candidates(self, need: Need, search: Search) -> Sequence[Candidate]:
        """See ``NumberSource``."""
        lookups = need.lookups()
        highest_load = 0 if self._session.reserved else _ANY_LOAD
        arguments: list[object] = [self._pool.name, self._cooled, WINDOW, highest_load, self._row]
        if search.early:
            arguments.append(self._now)
        near = ""
        for reach, column, value in (
            (Geography.COUNTRY, "n.country", search.country),
            (Geography.AREA, "n.area", search.area),
        ):
            if search.reach >= reach:
                arguments.append(value)
                near += f" AND {column} = ?{len(arguments)}"
        text = statement("cooling_candidates" if search.early else "candidates", len(lookups), near=near)
        rows = fetch(self._connection, text, (*arguments, *lookups))
        return [Candidate(number, load, last_used) for number, load, last_used in rows]

    def describe(self, number: str, need: Need) -> NumberFacts | None:
        """See ``NumberSource``."""
        lookups = need.lookups()
        rows = fetch(
            self._connection,
            statement("number_facts", len(lookups)),
            (self._pool.name, number, self._now, self._row, self._session.session_id, *lookups),
        )
        if not rows:
            return None
        state, voice, country, area, reserved, in_use, last_used = rows[0]
        return NumberFacts(
            state=NumberState(state),
            voice=bool(voice),
            country=country,
            area=area,
            reserved=bool(reserved),
            in_use=bool(in_use),
            occupied=last_used is not None and last_used > self._now,
            cooling=last_used is not None and self._cooled < last_used <= self._now,
        )

    def facts(self, need: Need) -> Iterator[NumberFacts]:
        """See ``NumberSource``."""
        lookups = need.lookups()
        rows = fetch(
            self._connection,
            statement("pool_facts", len(lookups)),
            (self._pool.name, self._cooled, self._now, self._row, self._session.session_id, *lookups),
        )
        for state, voice, country, area, reserved, in_use, occupied, cooling, count in rows:
            yield NumberFacts(
                NumberState(state),
                bool(voice),
                country,
                area,
                bool(reserved),
                bool(in_use),
                bool(occupied),
                bool(cooling),
                count,
            )
