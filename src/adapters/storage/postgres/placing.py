"""Which numbers a session gets, in Postgres."""

from adapters.storage.exhausted import NoneFree
from adapters.storage.postgres.database import Database
from adapters.storage.postgres.source import PostgresSource, Questions, facts_of
from masking_core.errors import NumberNotAvailable
from masking_core.exhaustion import PoolExhausted
from masking_core.opening import Opening, Revision
from masking_core.sessions import Session


class HeldByExpired(Exception):
    """Raised inside a transaction that must see expired sessions off their numbers first."""


def placed(
    database: Database, change: Opening | Revision, questions: Questions, source: PostgresSource, *, expired: bool
) -> Session | NoneFree:
    """The session on its numbers. Raises NumberNotAvailable.

    Raises HeldByExpired where there are ``expired`` sessions, which may hold what seems to be taken.
    """
    try:
        return change.placed(source)
    except PoolExhausted as error:
        if expired:
            raise HeldByExpired from None
        asked = questions.pool_facts(source.unplaced)
        return NoneFree(
            change.pool,
            error.exhaustion.side,
            source.unplaced,
            questions.session.reserved,
            lambda: facts_of(database.read(asked)),
        )
    except NumberNotAvailable:
        if expired:
            raise HeldByExpired from None
        raise
