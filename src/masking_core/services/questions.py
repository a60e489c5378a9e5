"""What two stores that hold the same must answer alike, for each record that one of them holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol

from masking_core.calls import StatusReport
from masking_core.moving import StoredNumber, StoredSession
from masking_core.ports.store import Store
from masking_core.sealed import LookupKey
from masking_core.sessions import SessionQuery

_ANY_TIME: Final = 0


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


def questions_of(record: object) -> Iterator[Question]:
    """What is asked because of a record; a kind of record that only lists ask for has no question."""
    match record:
        case StoredNumber(number=number):
            yield RouteQuestion(number.number, ())
        case StoredSession(session=session):
            for side in session.sides:
                for leg in side.legs:
                    yield RouteQuestion(leg.proxy, leg.caller.lookups)
                    yield ParticipantQuestion(leg.caller.lookups)
            if session.request_id:
                yield RequestQuestion(session.request_id)
        case StatusReport(session_id=session_id) if session_id:
            yield ReportsQuestion(session_id)
