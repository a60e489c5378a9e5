"""What the SQLite backend brings to an allocation."""

from collections.abc import Sequence

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

    unplaced: Need
    """The participant whom no number was found for, once that is so."""

    def __init__(self, connection: apsw.Connection, pool: Pool, session: Session, row: int, now: Instant) -> None:
        """Take the session and its row, 0 for a new one: its own routes do not count against it."""
        self.connection = connection
        self._pool = pool
        self.session = session
        self._row = row
        self.now = now
        self._cooled = now - pool.policy.cool_off

    def candidates(self, need: Need, search: Search) -> Sequence[Candidate]:
        """See ``NumberSource``."""
        lookups = need.lookups()
        highest_load = 0 if self.session.reserved else _ANY_LOAD
        arguments: list[object] = [self._pool.name, self._cooled, WINDOW, highest_load, self._row]
        if search.early:
            arguments.append(self.now)
        near = ""
        for reach, column, value in (
            (Geography.COUNTRY, "n.country", search.country),
            (Geography.AREA, "n.area", search.area),
        ):
            if search.reach >= reach:
                arguments.append(value)
                near += f" AND {column} = ?{len(arguments)}"
        text = statement("cooling_candidates" if search.early else "candidates", len(lookups), near=near)
        rows = fetch(self.connection, text, (*arguments, *lookups))
        return [Candidate(number, load, last_used) for number, load, last_used in rows]

    def describe(self, number: str, need: Need) -> NumberFacts | None:
        """See ``NumberSource``."""
        lookups = need.lookups()
        rows = fetch(
            self.connection,
            statement("number_facts", len(lookups)),
            (self._pool.name, number, self._row, self.session.session_id, *lookups),
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
            occupied=last_used is not None and last_used > self.now,
            cooling=last_used is not None and self._cooled < last_used <= self.now,
        )

    def facts(self, need: Need) -> tuple[NumberFacts, ...]:
        """None of them, for no writer shall wait for the count: whoever allocates asks for it afterwards."""
        self.unplaced = need
        return ()

    def counted(self, connection: apsw.Connection) -> list[NumberFacts]:
        """What ``NumberSource.facts`` gives for the need that found none, in one statement of any transaction."""
        lookups = self.unplaced.lookups()
        rows = fetch(
            connection,
            statement("pool_facts", len(lookups)),
            (self._pool.name, self._cooled, self.now, self._row, self.session.session_id, *lookups),
        )
        return [
            NumberFacts(
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
            for state, voice, country, area, reserved, in_use, occupied, cooling, count in rows
        ]
