"""Lists, which may come from a replica."""

from adapters.deadline import limited_to, remaining
from adapters.storage.postgres.database import PATIENCE, Database
from adapters.storage.postgres.sql import Row, Statement
from masking_core.errors import StoreNotReady, StoreUnavailable


class Lists:
    """Reads lists from a replica where there is one that answers, else from the primary.

    A replica may lag, so what was just stored may be missing for a moment. A list that must be whole
    is not read there: whoever walks through all there is, to re-seal it or to copy it, would miss it.
    """

    def __init__(self, primary: Database, replica: Database | None) -> None:
        """Take the databases."""
        self._primary = primary
        self._replica = replica

    def read(self, asked: Statement, *, whole: bool) -> list[Row]:
        """The rows of a list; ``whole`` for one that leaves nothing out."""
        if self._replica is None or whole:
            return self._primary.read(asked)
        left = remaining()
        try:
            with limited_to((PATIENCE if left is None else left) / 2):
                return self._replica.read(asked)
        except (StoreUnavailable, StoreNotReady):
            return self._primary.read(asked)
