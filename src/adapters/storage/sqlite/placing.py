"""Which numbers a session gets, in SQLite."""

from collections.abc import Sequence

import apsw

from adapters.storage.exhausted import NoneFree
from adapters.storage.sqlite.database import Database, fetch
from adapters.storage.sqlite.expiry import unload_expired
from adapters.storage.sqlite.source import SqliteSource
from adapters.storage.sqlite.sql import statement
from masking_core.allocation import Need
from masking_core.errors import NumberNotAvailable
from masking_core.exhaustion import NumberFacts, PoolExhausted
from masking_core.opening import Opening, Revision, check_participants
from masking_core.sessions import Session

_NO_LIMIT = -1


def check_may_take_part(connection: apsw.Connection, needs: Sequence[Need | None]) -> None:
    """Refuse who may not take part, as ``check_participants`` does."""
    lookups = [lookup for need in needs if need is not None for lookup in need.lookups()]
    found = fetch(connection, statement("who_may_not_take_part", len(lookups)), lookups) if lookups else ()
    virtual, blocked = ({lookup for lookup, is_block in found if is_block == kind} for kind in (0, 1))
    check_participants(needs, virtual, blocked)


def placed(database: Database, change: Opening | Revision, source: SqliteSource) -> Session | NoneFree:
    """The session on its numbers. Raises NumberNotAvailable; when none is free, no expired session holds any."""
    try:
        return _placed(change, source)
    except PoolExhausted as error:

        def facts() -> list[NumberFacts]:
            with database.reading() as connection:
                return source.counted(connection)

        return NoneFree(change.pool, error.exhaustion.side, source.unplaced, source.session.reserved, facts)


def _placed(change: Opening | Revision, source: SqliteSource) -> Session:
    """Allocate; what seems taken may only be held by sessions that expired unnoticed."""
    try:
        return change.placed(source)
    except (PoolExhausted, NumberNotAvailable):
        if not unload_expired(source.connection, source.now, _NO_LIMIT):
            raise
        return change.placed(source)
