"""What others can be told of, written with the change it tells of."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from masking_core.call_records import CallRecord, Step
from masking_core.instants import DAY, Instant
from masking_core.sessions import Session

EVENT_RETENTION: Final = 7 * DAY
"""How long an event can be read."""


class EventKind(StrEnum):
    """What happened. Stable."""

    SESSION_OPENED = "SESSION_OPENED"
    SESSION_UPDATED = "SESSION_UPDATED"
    SESSION_CLOSED = "SESSION_CLOSED"
    SESSION_EXPIRED = "SESSION_EXPIRED"
    CALL_DECIDED = "CALL_DECIDED"
    CALL_REPORTED = "CALL_REPORTED"
    POOL_LOW = "POOL_LOW"


@dataclass(frozen=True, slots=True)
class Event:
    """One event: what it is about stands in it by name, and no real number does.

    ``version`` is the session's after the change. ``detail`` is the reason of a call decided, the
    outcome of a call reported, or how a pool is short: REUSED_EARLY when a number was given again
    before its cool-off was over, EXHAUSTED when a session was refused, and the name of a ``Shortage``
    when it has not come to that yet.
    """

    kind: EventKind
    time: Instant
    pool: str = ""
    session_id: str = ""
    version: int = 0
    call_id: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events in order, and the token that reads on after them."""

    events: tuple[Event, ...]
    token: bytes


EARLIEST: Final = b""
"""The token that reads from the oldest event that is still kept."""


def session_event(kind: EventKind, session: Session, time: Instant) -> Event:
    """An event of a session, as it is after the change."""
    return Event(kind, time, session.pool, session.session_id, session.version)


def opening_events(session: Session, time: Instant) -> tuple[Event, ...]:
    """The events of an opening; numbers reused before their cool-off was over tell that the pool is short."""
    opened = session_event(EventKind.SESSION_OPENED, session, time)
    if any(side.reused_early for side in session.sides):
        return opened, Event(EventKind.POOL_LOW, time, session.pool, detail="REUSED_EARLY")
    return (opened,)


def decided_event(call_id: str, step: Step) -> Event:
    """The event of a callback that was answered."""
    return Event(EventKind.CALL_DECIDED, step.time, step.pool, step.session_id, 0, call_id, str(step.reason))


def call_events(known: CallRecord | None, now: CallRecord) -> tuple[Event, ...]:
    """What becomes known of a call when ``known`` becomes ``now``; nothing for what was known."""
    steps = now.steps if known is None else [step for step in now.steps if step not in known.steps]
    events = [decided_event(now.call_id, step) for step in steps]
    if now.report is not None and (known is None or now.report != known.report):
        told = now.report
        events.append(
            Event(
                EventKind.CALL_REPORTED,
                told.receive_time,
                now.pool,
                now.session_id,
                call_id=now.call_id,
                detail=str(told.outcome),
            )
        )
    return tuple(events)
