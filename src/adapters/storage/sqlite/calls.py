"""Calls, and what was counted of them, in SQLite."""

from collections.abc import Sequence

from adapters.storage.codec import decode_call
from adapters.storage.figures import decode_figures
from adapters.storage.sqlite.call_writing import Change, known_calls, put_calls, touch_hours
from adapters.storage.sqlite.database import Database, fetch
from adapters.storage.sqlite.events import tell
from adapters.storage.sqlite.keys import check_writer
from adapters.storage.sqlite.sql import statement
from masking_core.call_counts import CallFigures
from masking_core.call_fragments import gathered
from masking_core.call_merging import merged
from masking_core.call_records import CallQuery, CallRecord
from masking_core.events import call_events

_KNOWN_BY_ONE_NAME = 100


class SqliteCalls:
    """``CallStore`` and ``CallCountStore``."""

    _database: Database

    def record_calls(self, fragments: Sequence[CallRecord], key_ids: Sequence[str]) -> None:
        """See ``CallStore``."""
        told = gathered(fragments)
        with self._database.writing_behind() as connection:
            check_writer(connection, key_ids)
            known = known_calls(connection, told)
            changes = [
                Change(known.get(call_id), merged(known[call_id], each) if call_id in known else each)
                for call_id, each in told.items()
            ]
            changes = [change for change in changes if change.known != change.now]
            put_calls(connection, changes)
            touch_hours(connection, changes)
            tell(connection, [event for change in changes for event in call_events(*change)])

    def get_call(self, call_id: str) -> CallRecord | None:
        """See ``CallStore``."""
        with self._database.reading() as connection:
            return known_calls(connection, [call_id]).get(call_id)

    def find_calls(self, correlation_id: str) -> Sequence[CallRecord]:
        """See ``CallStore``."""
        with self._database.reading() as connection:
            rows = fetch(connection, statement("find_calls"), (correlation_id, _KNOWN_BY_ONE_NAME))
            return [decode_call(record) for (record,) in rows]

    def list_calls(self, query: CallQuery) -> Sequence[CallRecord]:
        """See ``CallStore``."""
        return [decode_call(record) for record in self._listed(query)]

    def list_figures(self, query: CallQuery) -> Sequence[CallFigures]:
        """See ``CallStore``."""
        return [decode_figures(record) for record in self._listed(query)]

    def _listed(self, query: CallQuery) -> list[str]:
        """The records of a page."""
        text, arguments = listing(query)
        with self._database.reading() as connection:
            return [record for (record,) in fetch(connection, text, arguments)]

    def replace_call(self, known: CallRecord, changed: CallRecord, key_ids: Sequence[str]) -> bool:
        """See ``CallStore``."""
        with self._database.writing() as connection:
            check_writer(connection, key_ids)
            if known_calls(connection, [known.call_id]).get(known.call_id) != known:
                return False
            put_calls(connection, [Change(known, changed)])
            return True


def listing(query: CallQuery) -> tuple[str, Sequence[object]]:
    """Ask for the calls of a page: the statement and its arguments."""
    arguments: list[object] = [query.limit, query.begin]
    place = "p" if query.lookups else "c"
    conditions = []
    for condition, asked, value in (
        (f"AND {place}.time < ", query.end is not None, query.end),
        ("AND c.pool = ", query.pool or query.in_no_pool, query.pool),
        ("AND c.session_id <> '' AND c.session_id = ", query.session_id, query.session_id),
        ("AND c.dialled = ", query.dialled, query.dialled),
    ):
        if asked:
            arguments.append(value)
            conditions.append(f"{condition}?{len(arguments)}")
    if query.after is not None:
        arguments.extend(query.after)
        time, call_id = f"?{len(arguments) - 1}", f"?{len(arguments)}"
        conditions.append(f"AND ({place}.time, c.call_id) < ({time}, {call_id})")
        if query.lookups:
            conditions.append(f"AND p.time <= {time}")
    where = " ".join(conditions)
    if not query.lookups:
        return statement("list_calls", where=where), arguments
    of_each = []
    for lookup in query.lookups:
        arguments.append(lookup)
        of_each.append(statement("list_calls_of_lookup", person=f"?{len(arguments)}", where=where))
    return statement("list_calls_of_person", of_each="UNION ".join(of_each)), arguments
