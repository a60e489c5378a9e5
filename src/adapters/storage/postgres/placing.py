"""Which numbers a session gets, in Postgres."""

from collections.abc import Collection, Sequence

from adapters.storage.exhausted import NoneFree
from adapters.storage.postgres.database import Database
from adapters.storage.postgres.source import PostgresSource, Questions, facts_of
from masking_core.allocation import Need
from masking_core.errors import InvalidArgument, NumberNotAvailable
from masking_core.exhaustion import PoolExhausted
from masking_core.opening import Opening, Revision
from masking_core.sessions import Session


class HeldByExpired(Exception):
    """Raised inside a transaction that must see expired sessions off their numbers first."""


def check_real_numbers(needs: Sequence[Need | None], virtual: Collection[bytes]) -> None:
    """Raise InvalidArgument for a participant's number that is a virtual number of ours."""
    for side, need in enumerate(needs):
        for position, caller in enumerate(need.callers if need is not None else ()):
            if any(lookup in virtual for lookup in caller.lookups):
                raise InvalidArgument(f"participants[{side}].phone_numbers[{position}]", "is a virtual number of ours")


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
