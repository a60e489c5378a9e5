"""Calls, in Postgres.

Every writer locks the calls it knows first, then stores those that are new, then counts in their
hours, then writes events, and of each kind in their order: nobody waits for one who waits for him.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.storage.codec import decode_call
from adapters.storage.figures import decode_figures
from adapters.storage.postgres.call_writing import Change, change_calls, put_calls, put_entries, storable, touch_hours
from adapters.storage.postgres.database import Database
from adapters.storage.postgres.events import put_events
from adapters.storage.postgres.failures import Overtaken
from adapters.storage.postgres.sql import Statement, statement, text
from adapters.storage.postgres.transaction import Fence, Transaction
from masking_core.call_counts import CallFigures
from masking_core.call_fragments import gathered
from masking_core.call_merging import merged
from masking_core.call_records import CallQuery, CallRecord
from masking_core.events import call_events
from masking_core.keys import check_ring

_KNOWN_BY_ONE_NAME: Final = 100
_AFTER_EVERY_CALL: Final = (2**63 - 1, "")
_OF_ALL: Final = "AND c.call_id <> ''"


class PostgresCalls:
    """``CallStore``. Calls are read from the primary alone: what is counted, or erased, must be all there is."""

    _database: Database

    def record_calls(self, fragments: Sequence[CallRecord], key_ids: Sequence[str]) -> None:
        """See ``CallStore``. Two round trips, however many calls; the whole batch is recorded or none of it."""
        told = gathered(fragments)
        if told:
            self._database.write(lambda transaction: _record(transaction, told, key_ids), repeatable=True)

    def get_call(self, call_id: str) -> CallRecord | None:
        """See ``CallStore``."""
        rows = self._database.read(statement("get_call", call_id))
        return decode_call(rows[0][0]) if rows else None

    def find_calls(self, correlation_id: str) -> Sequence[CallRecord]:
        """See ``CallStore``."""
        rows = self._database.read(statement("find_calls", correlation_id.encode(), _KNOWN_BY_ONE_NAME))
        return [decode_call(record) for (record,) in rows]

    def list_calls(self, query: CallQuery) -> Sequence[CallRecord]:
        """See ``CallStore``."""
        return [decode_call(record) for (record,) in self._database.read(listing(query))]

    def list_figures(self, query: CallQuery) -> Sequence[CallFigures]:
        """See ``CallStore``."""
        return [decode_figures(record) for (record,) in self._database.read(listing(query))]

    def replace_call(self, known: CallRecord, changed: CallRecord, key_ids: Sequence[str]) -> bool:
        """See ``CallStore``."""

        def work(transaction: Transaction) -> bool:
            keys, rows = transaction.begin(
                statement("get_keys"), statement("lock_calls", [known.call_id]), fence=Fence.SHARED
            )
            check_ring(key_ids, [key_id for key_id, _ in keys])
            if [decode_call(record) for (record,) in rows] != [known]:
                return False
            change = Change(known, changed)
            transaction.commit(change_calls([changed]), *put_entries([change]))
            return True

        return self._database.write(work)


def _record(transaction: Transaction, told: Mapping[str, CallRecord], key_ids: Sequence[str]) -> None:
    """Merge what is told of each call with what is known of it.

    A call that nobody knows is stored at once. One that appears between the look and the storing
    has been neither locked nor stored: this one was overtaken.
    """
    ids = sorted(told)
    keys, locked, stored = transaction.begin(
        statement("get_keys"),
        statement("lock_calls", ids),
        put_calls([told[call_id] for call_id in ids]),
        fence=Fence.SHARED,
    )
    check_ring(key_ids, [key_id for key_id, _ in keys])
    if len(locked) + len(stored) != len(ids):
        raise Overtaken
    before = [decode_call(record) for (record,) in locked]
    changes = [Change(known, merged(known, told[known.call_id])) for known in before]
    changes = [change for change in changes if change.known != change.now]
    changed = [change.now for change in changes]
    changes += [Change(None, told[call_id]) for (call_id,) in stored]
    if not changes:
        transaction.confirm()
        return
    transaction.commit(
        *([change_calls(changed)] if changed else []),
        *put_entries(changes),
        touch_hours(changes),
        put_events([event for change in changes for event in call_events(*change)]),
    )


def listing(query: CallQuery) -> Statement:
    """Ask for the calls of a page."""
    before = _AFTER_EVERY_CALL if query.end is None else (query.end, "")
    if query.after is not None:
        before = min(before, query.after)
    arguments: list[object] = [*before, query.begin, query.limit]
    if query.lookups:
        arguments.append(list(query.lookups))
    conditions = []
    for condition, asked, value in (
        ("AND c.pool = ", query.pool or query.in_no_pool, query.pool),
        ("AND c.session_id <> '' AND c.session_id = ", query.session_id, query.session_id),
        ("AND c.dialled = ", query.dialled, storable(query.dialled)),
    ):
        if asked:
            arguments.append(value)
            conditions.append(f"{condition}${len(arguments)}")
    if query.lookups:
        return Statement(text("list_calls_of_person", where=" ".join(conditions)), arguments)
    return Statement(text("list_calls", where=" ".join(conditions) or _OF_ALL), arguments)
