"""The statements that store calls, and by what they are found."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from adapters.storage.codec import encode
from adapters.storage.postgres.sql import Statement, statement
from masking_core.call_records import CallRecord, hours_touched
from masking_core.instants import Instant

Entry = tuple[bytes, Instant, str]
"""What a call is found by: a look-up key or a name, the call's time, and its id."""


class Change(NamedTuple):
    """A call as it was, if it was known, and as it is now."""

    known: CallRecord | None
    now: CallRecord


def storable(value: str) -> str:
    """A text as Postgres takes it: whoever calls may dial what no text there can hold."""
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}")


def put_calls(calls: Sequence[CallRecord]) -> Statement:
    """Store calls but those that are known."""
    return statement("put_calls", *_columns(calls))


def change_calls(calls: Sequence[CallRecord]) -> Statement:
    """Replace locked calls."""
    return statement("change_calls", *_columns(calls))


def _columns(calls: Sequence[CallRecord]) -> Iterator[list[object]]:
    """The arguments of put_calls.sql."""
    rows = [
        (call.call_id, call.time, call.pool, call.session_id, storable(call.dialled), call.keep_until, encode(call))
        for call in calls
    ]
    return map(list, zip(*rows, strict=True))


def put_entries(changes: Sequence[Change]) -> Iterator[Statement]:
    """Have calls found by what they have now, and no longer by what they have lost."""
    for kind, entries_of in (("people", _people), ("names", _names)):
        before = {entry for change in changes if change.known is not None for entry in entries_of(change.known)}
        after = {entry for change in changes for entry in entries_of(change.now)}
        for verb, entries in (("drop", before - after), ("put", after - before)):
            if entries:
                yield statement(f"{verb}_call_{kind}", *map(list, zip(*sorted(entries), strict=True)))


def drop_calls(calls: Sequence[CallRecord]) -> Iterator[Statement]:
    """Forget locked calls, and by what they are found."""
    for kind, entries_of in (("people", _people), ("names", _names)):
        entries = {entry for call in calls for entry in entries_of(call)}
        if entries:
            yield statement(f"drop_call_{kind}", *map(list, zip(*sorted(entries), strict=True)))
    yield statement("drop_calls", [call.call_id for call in calls])


def _people(call: CallRecord) -> Iterator[Entry]:
    return ((lookup, call.time, call.call_id) for lookup in call.lookups())


def _names(call: CallRecord) -> Iterator[Entry]:
    return ((name.encode(), call.time, call.call_id) for name in call.correlation_ids)


def touch_hours(changes: Sequence[Change]) -> Statement:
    """Give the hours of changed calls another version."""
    hours = sorted({hour for change in changes for hour in hours_touched(*change)})
    return statement("touch_hours", [pool for pool, _ in hours], [begin for _, begin in hours])
