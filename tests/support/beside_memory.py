"""A store and the memory backend side by side: every verb is asked of both, and both must answer alike.

Memory follows where the rules leave a choice: of numbers that are equally good it takes the one that the
store took. Sessions that ran out, but not by the clock at hand, may be swept up in one and not in the
other; ``is_in_step`` says whether they are, and only what depends on it may differ.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from inspect import signature
from typing import Any

from adapters.storage.memory.store import MemoryStore
from masking_core.allocation import Candidate, Need, NumberSource, Search, choose
from masking_core.calls import StatusReport
from masking_core.errors import MaskingError, NumberInUse
from masking_core.exhaustion import NumberFacts, PoolExhausted
from masking_core.instants import Instant
from masking_core.opening import Opening, Revision
from masking_core.pools import VirtualNumber
from masking_core.ports.numbers import NumberQuery
from masking_core.ports.store import Store
from masking_core.sessions import Session, routes_of

_SWEPT_WITH_EACH_OPENING = 16
_EVERYTHING = 10_000


class Deviation(AssertionError):
    """The store and memory differ."""


class BesideMemory:
    """Port: ``Store``. What the store answers is returned, once memory has said the same."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.memory = MemoryStore()
        self.latest: Instant = 0

    def __getattr__(self, verb: str) -> Any:
        return partial(self._ask_both, verb)

    def close(self) -> None:
        self.store.close()

    def _ask_both(self, verb: str, *arguments: Any) -> Any:
        now = _now(verb, arguments)
        self.latest = max(self.latest, now)
        theirs = _outcome(self.store, verb, *arguments)
        if isinstance(theirs, Session) and isinstance(arguments[0], Opening | Revision):
            arguments = (_following(arguments[0], theirs), *arguments[1:])
        ours = _outcome(self.memory, verb, *arguments)
        if self._comparable(verb, theirs, now) != self._comparable(verb, ours, now):
            raise Deviation(f"{verb}: the store says {theirs!r}, memory {ours!r}")
        if isinstance(theirs, Exception):
            raise theirs
        return theirs

    def _comparable(self, verb: str, outcome: Any, now: Instant) -> object:
        """What of an outcome must be the same on both sides."""
        if isinstance(outcome, MaskingError):
            # What keeps a number may have ended by a clock that is ahead, which only some backends take for an end.
            return NumberInUse if verb == "remove_numbers" and isinstance(outcome, NumberInUse) else _told(outcome)
        if verb == "pool_usage":
            return None if self._limbo(now) else outcome
        if verb == "find_route" and outcome is not None and outcome.route is not None:
            return replace(outcome, route=self._without_limbo(outcome.route))
        if verb == "list_sessions":
            return [each for each in outcome if each.close_time or not now < each.expire_time <= self.latest]
        return _COMPARABLE.get(verb, _as_it_is)(outcome)

    def _without_limbo(self, route: Any) -> object:
        """A route that has run out by some clock may be marked as ended or not."""
        known = self.memory.get_session(route.session_id)
        return replace(route, ended=True) if known in self._expired() else route

    def _expired(self) -> list[Session]:
        return [
            session
            for session in self.memory._tables.sessions.values()
            if session.close_time is None and session.expire_time <= self.latest
        ]

    def _limbo(self, now: Instant) -> list[Session]:
        return [session for session in self._expired() if now < session.expire_time]

    def is_in_step(self, now: Instant) -> bool:
        """Whether what has run out is swept up on both sides or on neither, as far as a writer can tell now."""
        expired = self._expired()
        if not self._limbo(now) and len(expired) <= _SWEPT_WITH_EACH_OPENING:
            return True
        return self.numbers_are_alike() and all(
            self.store.find_route(entry.dialled, (entry.caller,))
            == self.memory.find_route(entry.dialled, (entry.caller,))
            for session in expired
            for entry in routes_of(session)
        )

    def numbers_are_alike(self) -> bool:
        """Whether every number has the same load and reservation on both sides."""
        query = NumberQuery(limit=_EVERYTHING)
        return list(self.store.list_numbers(query)) == list(self.memory.list_numbers(query))


@cache
def _place_of_now(verb: str) -> int | None:
    """Which of a verb's arguments tells the time."""
    parameters = list(signature(getattr(MemoryStore, verb)).parameters)
    return parameters.index("now") - 1 if "now" in parameters else None


def _now(verb: str, arguments: Sequence[Any]) -> Instant:
    place = _place_of_now(verb)
    return 0 if place is None else int(arguments[place])


def _outcome(store: Store, verb: str, *arguments: Any) -> Any:
    """What it returns, or the core's error that it raises."""
    try:
        return getattr(store, verb)(*arguments)
    except MaskingError as error:
        return error


def _told(error: MaskingError) -> object:
    """What a caller can tell of it; the order of like counts is nobody's business."""
    if isinstance(error, PoolExhausted):
        report = error.exhaustion
        return report.pool, report.side, report.numbers, report.ruled_out
    return type(error), str(error)


def _as_it_is(outcome: Any) -> object:
    return list(outcome) if isinstance(outcome, list | tuple) else outcome


def _nothing(outcome: Any) -> None:
    del outcome


def _without_load(number: VirtualNumber | None) -> VirtualNumber | None:
    return None if number is None else replace(number, load=0, reserved_by="")


def _without_loads(numbers: Sequence[VirtualNumber]) -> object:
    return [_without_load(each) for each in numbers]


def _in_the_order_they_came(reports: Sequence[StatusReport]) -> object:
    """Those of one moment come in any order."""
    assert [each.receive_time for each in reports] == sorted(each.receive_time for each in reports)
    return sorted(reports, key=lambda each: (each.receive_time, each.digest))


_COMPARABLE: dict[str, Callable[[Any], object]] = {
    "sweep": _nothing,
    "migrate": _nothing,
    "get_number": _without_load,
    "list_numbers": _without_loads,
    "add_numbers": _without_loads,
    "drain_numbers": _without_loads,
    "list_reports": _in_the_order_they_came,
}


def _following(change: Opening | Revision, theirs: Session) -> Opening | Revision:
    members = {name: getattr(change, name) for name in change.__dataclass_fields__}
    if isinstance(change, Opening):
        return _FollowingOpening(**members, theirs=theirs)
    return _FollowingRevision(**members, theirs=theirs)


@dataclass(frozen=True, slots=True)
class _FollowingOpening(Opening):
    theirs: Session

    def placed(self, source: NumberSource) -> Session:
        return Opening.placed(self, _Following(source, self.needs, self.theirs, ("", self.theirs.sides[0].proxy)))


@dataclass(frozen=True, slots=True)
class _FollowingRevision(Revision):
    theirs: Session

    def placed(self, source: NumberSource) -> Session:
        others = self.revised.sides[1].proxy, self.theirs.sides[0].proxy
        return Revision.placed(self, _Following(source, self.needs, self.theirs, others))


class _Following:
    """Port: ``NumberSource``. Of the best candidates it brings the one that the store took, if it is among them."""

    def __init__(
        self, source: NumberSource, needs: Sequence[Need | None], theirs: Session, others: tuple[str, str]
    ) -> None:
        self._source = source
        self._needs = needs
        self._theirs = theirs
        self._others = others

    def candidates(self, need: Need, search: Search) -> Sequence[Candidate]:
        found = self._source.candidates(need, search)
        side = next(index for index, each in enumerate(self._needs) if each is need)
        best = choose(found, search, self._others[side])
        taken = [each for each in found if each.number == self._theirs.sides[side].proxy]
        if best is None or not taken or choose([taken[0], best], search, self._others[side]) is not taken[0]:
            return found
        return taken

    def describe(self, number: str, need: Need) -> NumberFacts | None:
        return self._source.describe(number, need)

    def facts(self, need: Need) -> Any:
        return self._source.facts(need)
