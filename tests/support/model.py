"""The plain model: what the system promises, in the least code that can say it.

It allocates nothing. It says which numbers would have been right, and is told which was taken. It is
asked by processes whose clocks differ: ``now`` is what the clock of the one at work shows, ``latest`` the
latest that any clock has shown. A session that has run out by ``latest`` and not by ``now`` may have been
swept up or not; what depends on that is not foretold.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from masking_core.instants import Duration, Instant

Pair = tuple[str, str]
"""A real number, and the number it dials."""

Answer = tuple[str, ...]
"""The reason, and for an active session whom is dialled and what that person sees."""


class Leg(NamedTuple):
    """When a pair stops connecting, and whether somebody ended it."""

    end: Instant
    ended: bool


@dataclass
class ModelSession:
    numbers: list[tuple[str, ...]]
    proxies: list[str]
    expire_time: Instant
    reserved: bool
    close_time: Instant | None = None
    former: dict[Pair, Instant] = field(default_factory=dict)

    @property
    def end_time(self) -> Instant:
        return self.expire_time if self.close_time is None else self.close_time

    def pairs(self) -> dict[Pair, Leg]:
        """Every (number, proxy) it ever had. What was given up ends before the session does."""
        legs = {pair: Leg(min(until, self.end_time - 1), ended=True) for pair, until in self.former.items()}
        closed = self.close_time is not None
        return {**legs, **{pair: Leg(self.end_time, closed) for pair in self.current()}}

    def current(self) -> list[Pair]:
        """Those in force, or in force when it ended."""
        return [(number, self.proxies[side]) for side in (0, 1) for number in self.numbers[side]]


@dataclass
class Model:
    cool_off: Duration
    retention: Duration
    reuse_early: bool
    now: Instant
    latest: Instant
    numbers: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, ModelSession] = field(default_factory=dict)
    requests: dict[str, tuple[str, Any]] = field(default_factory=dict)
    owners: dict[Pair, str] = field(default_factory=dict)
    reports: dict[str, list[bytes]] = field(default_factory=dict)

    def show(self, now: Instant) -> None:
        """A process is at work whose clock shows this."""
        self.now, self.latest = now, max(self.latest, now)

    def active(self) -> dict[str, ModelSession]:
        """Those that run by the clock of the process at work."""
        return {
            key: session
            for key, session in self.sessions.items()
            if session.close_time is None and self.now < session.expire_time
        }

    def in_limbo(self) -> dict[str, ModelSession]:
        """Those of them that have run out by another clock."""
        return {key: session for key, session in self.active().items() if session.expire_time <= self.latest}

    def surely_active(self) -> dict[str, ModelSession]:
        limbo = self.in_limbo()
        return {key: session for key, session in self.active().items() if key not in limbo}

    def put(self, session_id: str) -> None:
        """A pair goes to the session that ends last on it, and is never taken from one that runs."""
        for pair, leg in self.sessions[session_id].pairs().items():
            owner = self.owners.get(pair, session_id)
            if owner == session_id or self.sessions[owner].pairs()[pair].end <= min(self.now, leg.end):
                self.owners[pair] = session_id

    def load(self, number: str) -> int:
        return sum(session.proxies.count(number) for session in self.active().values())

    def ends(self, people: Iterable[str], number: str, without: str = "") -> list[Instant]:
        """When the sessions of these people on a number end or ended."""
        owners = [(pair, self.owners.get(pair)) for pair in ((person, number) for person in people)]
        return [self.sessions[owner].pairs()[pair].end for pair, owner in owners if owner not in (None, without)]

    def last_end(self, people: Iterable[str], number: str, without: str = "") -> Instant:
        """When the last of them ends; -1 for never."""
        return max(self.ends(people, number, without), default=-1)

    def is_held(self, number: str) -> bool:
        """Whether any route on it is remembered."""
        return any(dialled == number for _, dialled in self.owners)

    def takes_part(self, person: str) -> bool:
        """Whether a real number has a route that has not ended."""
        return any(self.last_end((person,), number) > self.now for number in self.numbers)

    def reserved_by_another(self, number: str, session_id: str = "") -> bool:
        return any(
            session.reserved and number in session.proxies
            for key, session in self.active().items()
            if key != session_id
        )

    def right_numbers(self, people: tuple[str, ...], *, reserve: bool) -> tuple[set[str], bool]:
        """The numbers that may be given now, and whether that means reusing a pair early."""
        free = [
            number
            for number, state in self.numbers.items()
            if state == "IN_SERVICE"
            and self.last_end(people, number) <= self.now
            and not self.reserved_by_another(number)
            and not (reserve and self.load(number))
        ]
        cooled = [number for number in free if self.last_end(people, number) <= self.now - self.cool_off]
        if cooled:
            return set(cooled), False
        if not self.reuse_early or not free:
            return set(), False
        oldest = min(self.last_end(people, number) for number in free)
        return {number for number in free if self.last_end(people, number) == oldest}, True

    def why_not(self, number: str, people: tuple[str, ...], *, reserve: bool) -> str:
        """The rule that keeps people from a number they ask for by name, or empty."""
        last = self.last_end(people, number)
        failures = (
            (number not in self.numbers, "NOT_IN_POOL"),
            (self.numbers.get(number) != "IN_SERVICE", "NOT_IN_SERVICE"),
            (self.reserved_by_another(number), "RESERVED"),
            (last > self.now, "IN_USE_BY_PARTICIPANT"),
            (reserve and self.load(number) > 0, "IN_USE"),
            (self.is_cooling(last) and not self.reuse_early, "COOLING_OFF"),
        )
        return next((rule for failed, rule in failures if failed), "")

    def is_cooling(self, last_end: Instant) -> bool:
        return self.now - self.cool_off < last_end <= self.now

    def expected(self, caller: str, dialled: str) -> set[Answer]:
        """The answers that a call may get now."""
        if dialled not in self.numbers:
            return {("UNKNOWN_NUMBER",)}
        owner = self.owners.get((caller, dialled))
        if owner is None:
            return {("NO_SESSION",)}
        session = self.sessions[owner]
        end, ended = session.pairs()[caller, dialled]
        if self.now >= end + self.retention:
            return {("NO_SESSION",)}
        if ended or self.now >= end:
            return {("ENDED_SESSION",)}
        other = 1 if any(caller == number for number in session.numbers[0]) else 0
        answer = ("ACTIVE_SESSION", session.numbers[other][0], session.proxies[other])
        return {answer, ("ENDED_SESSION",)} if end <= self.latest else {answer}

    def forget(self) -> None:
        """What sweeping until nothing is left to sweep does."""
        self.sessions = {
            key: session for key, session in self.sessions.items() if self.now < session.end_time + self.retention
        }
        self.owners = {pair: owner for pair, owner in self.owners.items() if owner in self.sessions}
        self.numbers = {
            number: state for number, state in self.numbers.items() if state == "IN_SERVICE" or self.is_held(number)
        }
        self.requests = {key: asked for key, asked in self.requests.items() if asked[0] in self.sessions}
        self.reports = {key: bodies for key, bodies in self.reports.items() if key in self.sessions}
