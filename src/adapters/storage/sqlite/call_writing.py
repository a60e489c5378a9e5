"""Storing many calls at once: one look at what is known of them, then each statement once for all its rows."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import apsw
import msgspec

from adapters.storage.codec import decode_call, encode
from adapters.storage.sqlite.database import fetch
from adapters.storage.sqlite.sql import statement
from masking_core.call_records import CallRecord, hours_touched
from masking_core.sealed import LookupKey

_encode = msgspec.json.Encoder().encode


class Change(NamedTuple):
    """A call as it was, if it was known, and as it is now."""

    known: CallRecord | None
    now: CallRecord


def known_calls(connection: apsw.Connection, call_ids: Iterable[str]) -> dict[str, CallRecord]:
    """Those of the calls that are known, by id."""
    rows = fetch(connection, statement("known_calls"), [_encode(list(call_ids)).decode()])
    return {call_id: decode_call(record) for call_id, record in rows}


def put_calls(connection: apsw.Connection, changes: Sequence[Change]) -> None:
    """Store calls, and what they are found by."""
    columns = [
        (call.call_id, call.time, call.pool, call.session_id, call.dialled, call.keep_until, encode(call))
        for _, call in changes
    ]
    lost, people, names = [], [], []
    for known, now in changes:
        before, after = frozenset[LookupKey]() if known is None else known.lookups(), now.lookups()
        stays = before & after if known is not None and known.time == now.time else frozenset()
        lost += [(person, now.call_id) for person in before - stays]
        people += [(person, now.call_id) for person in after - stays]
        new = set(now.correlation_ids).difference(() if known is None else known.correlation_ids)
        names += [(name, now.call_id) for name in new]
    for name, rows in (
        ("put_call", columns),
        ("drop_call_person", lost),
        ("put_call_person", people),
        ("put_call_name", names),
    ):
        if rows:
            connection.executemany(statement(name), rows)


def touch_hours(connection: apsw.Connection, changes: Sequence[Change]) -> None:
    """Give the hours of changed calls another version."""
    hours = {hour for change in changes for hour in hours_touched(*change)}
    connection.executemany(statement("touch_hour"), hours)
