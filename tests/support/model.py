"""The plain model: what the system promises, in the least code that can say it.

It allocates nothing. It says which numbers would have been right, and is told which was taken.
"""

from dataclasses import dataclass, field

from masking_core.instants import Duration, Instant

Pair = tuple[str, str]
"""A real number, and the number it dials."""


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

    def pairs(self) -> dict[Pair, Instant]:
        """Every (number, proxy) it ever had, and when that stops connecting."""
        ended = {pair: min(until, self.end_time) for pair, until in self.former.items()}
        current = {
            (number, proxy): self.end_time
            for numbers, proxy in zip(self.numbers, self.proxies, strict=True)
            for number in numbers
        }
        return {**ended, **current}


@dataclass
class Model:
    cool_off: Duration
    retention: Duration
    reuse_early: bool
    now: Instant
    numbers: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, ModelSession] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)

    def active(self) -> dict[str, ModelSession]:
        return {key: session for key, session in self.sessions.items() if self.now < session.end_time}

    def load(self, number: str) -> int:
        return sum(session.proxies.count(number) for session in self.active().values())

    def last_end(self, people: tuple[str, ...], number: str, without: str = "") -> Instant:
        """When the last session that routed one of these people on a number ends; -1 for never."""
        return max(
            (
                end
                for key, session in self.sessions.items()
                if key != without
                for (person, proxy), end in session.pairs().items()
                if person in people and proxy == number
            ),
            default=-1,
        )

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

    def expected(self, caller: str, dialled: str) -> tuple[str, ...]:
        """The reason, and for an active session whom is dialled and what that person sees."""
        if dialled not in self.numbers:
            return ("UNKNOWN_NUMBER",)
        last: tuple[Instant, ModelSession] | None = None
        for session in self.sessions.values():
            end = session.pairs().get((caller, dialled))
            if end is not None and (last is None or end > last[0]):
                last = end, session
        if last is not None and self.now < last[0]:
            session = last[1]
            other = 1 if any(caller == number for number in session.numbers[0]) else 0
            return "ACTIVE_SESSION", session.numbers[other][0], session.proxies[other]
        if last is not None and self.now < last[0] + self.retention:
            return ("ENDED_SESSION",)
        return ("NO_SESSION",)

    def forget(self) -> None:
        """What sweeping until nothing is left to sweep does."""
        self.sessions = {
            key: session for key, session in self.sessions.items() if self.now < session.end_time + self.retention
        }
        held = {proxy for session in self.sessions.values() for _, proxy in session.pairs()}
        self.numbers = {
            number: state for number, state in self.numbers.items() if state == "IN_SERVICE" or number in held
        }
        self.requests = {key: each for key, each in self.requests.items() if each in self.sessions}
