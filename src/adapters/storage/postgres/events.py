"""Events, in Postgres.

Events are read while others are being written, and transactions end in another order than they begin
in. A reader that went by a sequence alone would step over the event of a transaction that commits
late. So every event has a *horizon*: the number of a transaction up to which all must have ended
before it is read. A reader sees the events below its snapshot's oldest running transaction, in the
order of (horizon, position); the position is drawn from a sequence. A token is the horizon, the
position and the time of the event last read.

**Nothing is missed.** The horizon of an event is never below the number of its own transaction. As
long as that one runs, no reader gets as far; once one does, it has ended, and the event is there or
never will be.

**The events of a session stay in order.** Whoever changes it locks its row first, and writes its
events by a later statement, whose snapshot is newer than the end of whoever had the lock before. Of
numbers alone it would not follow that they grow: a transaction that has a number already may wait for
a lock of one that got its number later. Therefore the horizon is the greater of the own number and
the highest that had ended: the one that waited has seen the other end, so its horizon is no lower.
Where both are the same the positions decide, for they are drawn behind the lock. The same holds for
the events of a call.

**What delays a reader** is any transaction on that server, of any database, that has written
something and does not end: events wait for it, and none is lost. Those of this backend are ended
by the server after a few seconds in which their process stands still; for others there is
``idle_in_transaction_session_timeout``. A PgBouncer changes nothing, since a token needs no session
of the server, and a read is one statement.

**What has no past.** A token whose event is there no more reads from the oldest event: the token is
older than what is kept, for events are forgotten from the front alone, or the database was restored
from a copy, or a server that had more transactions was lost. Events that a dump has brought to
a server with lower numbers would wait for ever; sweeping puts them first.
"""

import struct
from collections.abc import Sequence
from typing import Final

from adapters.storage.codec import decode_event, encode
from adapters.storage.postgres.database import Database
from adapters.storage.postgres.sql import Row, Statement, statement
from masking_core.errors import InvalidArgument
from masking_core.events import EARLIEST, Event, EventPage

_TOKEN: Final = struct.Struct(">qqq")
"""Horizon, position and time of the event last read."""
_BEFORE_ALL: Final = (0, 0, 0)


class PostgresEvents:
    """``EventStore``."""

    _database: Database

    def append_events(self, events: Sequence[Event]) -> None:
        """See ``EventStore``."""
        if events:
            self._database.write(lambda transaction: transaction.carry_out(put_events(events)), repeatable=True)

    def read_events(self, token: bytes, limit: int) -> EventPage:
        """See ``EventStore``."""
        last = _BEFORE_ALL if token == EARLIEST else _parsed(token)
        rows = self._database.read(statement("read_events", *last, limit))
        return EventPage(tuple(decode_event(event) for *_, event in rows), _token(rows[-1]) if rows else token)

    def latest_token(self) -> bytes:
        """See ``EventStore``."""
        rows = self._database.read(statement("last_event"))
        return _token(rows[0]) if rows else EARLIEST


def put_events(events: Sequence[Event]) -> Statement:
    """Write events, in the transaction of the change that they tell of and behind its locks."""
    return statement("put_events", [event.time for event in events], [encode(event) for event in events])


def _token(row: Row) -> bytes:
    horizon, position, time, *_ = row
    return _TOKEN.pack(horizon, position, time)


def _parsed(token: bytes) -> tuple[int, int, int]:
    try:
        horizon, position, time = _TOKEN.unpack(token)
    except struct.error:
        raise InvalidArgument("token", "is not one of this store") from None
    return horizon, position, time
