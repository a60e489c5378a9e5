"""What two stores that hold the same must answer alike, for each record that one of them holds."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Final, Protocol

from masking_core.blocks import Block
from masking_core.call_records import CallQuery, CallRecord
from masking_core.calls import StatusReport
from masking_core.instants import HOUR, Instant
from masking_core.moving import StoredHour, StoredNumber, StoredSession
from masking_core.ports.store import Store
from masking_core.sealed import LookupKey
from masking_core.sessions import Session, SessionQuery

_ANY_TIME: Final = 0
_PAGE: Final = 1_000

SAMPLED: Final[Mapping[str, int]] = {"calls": 20}
"""Because of how many records of a page questions are asked, where there are too many to ask because of each.

Calls can be a hundred times as many as sessions. All of them are compared, and asked for by their
numbers and hours; an index that was not written shows in a sample.
"""


class Question(Protocol):
    """One question; equal ones get the same answer."""

    about: ClassVar[str]

    def ask(self, store: Store) -> object:
        """What the store answers, to be compared. Changes nothing."""
        ...


@dataclass(frozen=True, slots=True)
class RouteQuestion:
    """What becomes of a caller who dials a number."""

    about: ClassVar[str] = "routes"
    dialled: str
    lookups: tuple[LookupKey, ...]

    def ask(self, store: Store) -> object:
        """See ``Question``."""
        return store.find_route(self.dialled, self.lookups)


@dataclass(frozen=True, slots=True)
class ParticipantQuestion:
    """Which session a participant came into last."""

    about: ClassVar[str] = "participants"
    lookups: tuple[LookupKey, ...]

    def ask(self, store: Store) -> object:
        """See ``Question``."""
        return list(store.list_sessions(SessionQuery(lookups=self.lookups, limit=1), _ANY_TIME))


@dataclass(frozen=True, slots=True)
class RequestQuestion:
    """Which session a request opened."""

    about: ClassVar[str] = "requests"
    request_id: str

    def ask(self, store: Store) -> object:
        """See ``Question``."""
        return store.find_request(self.request_id)


@dataclass(frozen=True, slots=True)
class ReportsQuestion:
    """Which reports belong to a session."""

    about: ClassVar[str] = "reports of sessions"
    session_id: str

    def ask(self, store: Store) -> object:
        """See ``Question``."""
        return {report.digest: report for report in store.list_reports(self.session_id)}


@dataclass(frozen=True, slots=True)
class CallsQuestion:
    """Which calls a list holds, in its order, page after page."""

    about: ClassVar[str] = "lists of calls"
    query: CallQuery

    def ask(self, store: Store) -> object:
        """See ``Question``. How many there are, and a digest of them, for a number can have had millions."""
        query, count, digest = replace(self.query, limit=_PAGE), 0, hashlib.sha256()
        more = True
        while more:
            page = store.list_calls(query)
            for call in page:
                digest.update(f"{call.time}/{call.call_id} ".encode())
            count, more = count + len(page), len(page) == _PAGE
            if more:
                query = replace(query, after=(page[-1].time, page[-1].call_id))
        return count, digest.digest()


@dataclass(frozen=True, slots=True)
class NameQuestion:
    """Which calls the provider knows by a name."""

    about: ClassVar[str] = "names of calls"
    correlation_id: str

    def ask(self, store: Store) -> object:
        """See ``Question``."""
        return [call.call_id for call in store.find_calls(self.correlation_id)]


@dataclass(frozen=True, slots=True)
class HourQuestion:
    """What is known of an hour of a pool."""

    about: ClassVar[str] = "counted hours"
    pool: str
    begin: Instant

    def ask(self, store: Store) -> object:
        """See ``Question``."""
        return list(store.counted_hours(self.pool, self.begin, self.begin + HOUR))


@dataclass(frozen=True, slots=True)
class BlockQuestion:
    """Which blocks a number has."""

    about: ClassVar[str] = "blocked numbers"
    lookups: tuple[LookupKey, ...]

    def ask(self, store: Store) -> object:
        """See ``Question``."""
        return list(store.find_blocks(self.lookups))


def questions_of(record: object) -> Iterator[Question]:
    """What is asked because of a record; a kind of record that only lists ask for has no question."""
    match record:
        case StoredNumber(number=number):
            yield RouteQuestion(number.number, ())
            yield CallsQuestion(CallQuery(dialled=number.number))
        case StoredSession(session=session):
            yield from _questions_of_session(session)
        case StatusReport(session_id=session_id) if session_id:
            yield ReportsQuestion(session_id)
        case CallRecord():
            yield from _questions_of_call(record)
        case Block(number=blocked):
            yield BlockQuestion(blocked.lookups)
        case StoredHour(pool=pool, hour=hour):
            yield HourQuestion(pool, hour.begin)
            yield CallsQuestion(CallQuery(pool=pool, in_no_pool=not pool, begin=hour.begin, end=hour.begin + HOUR))


def _questions_of_session(session: Session) -> Iterator[Question]:
    for side in session.sides:
        for leg in side.legs:
            yield RouteQuestion(leg.proxy, leg.caller.lookups)
            yield ParticipantQuestion(leg.caller.lookups)
            if side.pin is not None:
                yield RouteQuestion(leg.proxy, side.pin.lookups)
    if session.request_id:
        yield RequestQuestion(session.request_id)


def _questions_of_call(call: CallRecord) -> Iterator[Question]:
    """Whether it is found by all that it is listed by, but for its number and pool; at its moment alone."""
    begin, end = call.time, call.time + 1
    for person in (call.caller, call.callee):
        if person is not None and person.lookups:
            yield CallsQuestion(CallQuery(lookups=person.lookups, begin=begin, end=end))
    if call.session_id:
        yield CallsQuestion(CallQuery(session_id=call.session_id, begin=begin, end=end))
    for name in call.correlation_ids:
        yield NameQuestion(name)
