"""What the state machine does with sessions."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import consumes, rule

from masking_core.calls import call_reference
from masking_core.errors import InvalidArgument, NotFound, NumberNotAvailable, RequestIdReused, SessionEnded
from masking_core.exhaustion import PoolExhausted
from masking_core.instants import MINUTE, NEVER
from masking_core.phone_number import RealNumber
from masking_core.services.call_reports import ReportedCall
from masking_core.services.requests import ParticipantChange, SessionChange
from masking_core.services.sessions import SessionView
from masking_core.sessions import SessionQuery
from support.machine import NUMBERS, Machine, clocks, people, person, picks, times
from support.model import ModelSession
from support.world import proxies

Sides = tuple[tuple[str, ...], tuple[str, ...]]
Wanted = tuple[str, str]
strangers = st.lists(person, min_size=2, max_size=4, unique=True).map(lambda each: (tuple(each[:1]), tuple(each[1:3])))
sides = st.one_of(strangers, strangers.map(lambda each: each[::-1]), st.tuples(people, people))
wanted = st.tuples(*[st.sampled_from(["", *NUMBERS])] * 2)
Refusal = tuple[type[Exception], int, str]


class SessionRules(Machine):
    """Opening, repeating, changing, closing, reporting."""

    @rule(target=Machine.sessions, sides=sides, ttl=st.none() | times, named=st.booleans(), clock=clocks)
    def open(self, sides: Sides, ttl: int | None, named: bool, clock: str) -> Any:  # noqa: FBT001
        self.begin("open", clock)
        return self.attempt(sides, self.asked(ttl, named=named))

    @rule(target=Machine.sessions, sides=sides, ttl=times, clock=clocks)
    def open_for_a_while(self, sides: Sides, ttl: int, clock: str) -> Any:
        self.begin("open", clock)
        return self.attempt(sides, self.asked(ttl, named=True))

    @rule(target=Machine.sessions, sides=sides, ttl=st.none() | times, wanted=wanted, clock=clocks)
    def open_reserving(self, sides: Sides, ttl: int | None, wanted: Wanted, clock: str) -> Any:
        self.begin("open, reserving", clock)
        return self.attempt(sides, self.asked(ttl, wanted=wanted, reserve_numbers=True))

    @rule(target=Machine.sessions, sides=sides, ttl=st.none() | times, wanted=wanted, named=st.booleans(), clock=clocks)
    def open_by_name(self, sides: Sides, ttl: int | None, wanted: Wanted, named: bool, clock: str) -> Any:  # noqa: FBT001
        self.begin("open, numbers by name", clock)
        return self.attempt(sides, self.asked(ttl, named=named, wanted=wanted))

    def asked(
        self, ttl: int | None, *, named: bool = False, wanted: Wanted = ("", ""), reserve_numbers: bool = False
    ) -> dict[str, Any]:
        request_id = f"{self.name}.{next(self.ground.names)}" if named else ""
        return {"time_to_live": ttl, "reserve_numbers": reserve_numbers, "request_id": request_id, "wanted": wanted}

    def attempt(self, sides: Sides, ask: dict[str, Any]) -> Any:
        """Open, and check what was given; or check that it was rightly refused."""
        if set(sides[0]) & set(sides[1]):
            with self.refused(InvalidArgument):
                self.world.open(*sides, pool=self.name, **ask)
            return self.no_session()
        self.bring_in_step()
        refusal = self.foretold(sides, ask["wanted"], reserve=ask["reserve_numbers"])
        right = [self.model.right_numbers(side, reserve=ask["reserve_numbers"]) for side in sides]
        try:
            view = self.world.open(*sides, pool=self.name, **ask)
        except (PoolExhausted, NumberNotAvailable) as error:
            self.check_refusal(error, refusal)
            return self.no_session()
        assert refusal is None or self.model.in_limbo()
        for side in (0, 1):
            self.check_placement(view, side, sides[side], right[side], ask["wanted"][side])
        return self.opened(view, sides, ask)

    def no_session(self) -> str:
        """A name all the same: what is drawn next must not depend on what a store chose."""
        return f"no-session-{next(self.ground.names)}"

    def opened(self, view: SessionView, sides: Sides, ask: dict[str, Any]) -> str:
        ttl, session_id = ask["time_to_live"], view.session.session_id
        end = NEVER if ttl is None else self.model.now + ttl
        session = ModelSession(list(sides), list(proxies(view)), end, ask["reserve_numbers"])
        self.model.sessions[session_id] = session
        self.model.put(session_id)
        if ask["request_id"]:
            self.model.requests[ask["request_id"]] = session_id, (sides, ask)
        return session_id

    def foretold(self, sides: Sides, wanted: Wanted, *, reserve: bool) -> Refusal | None:
        """How an opening will be refused: its error, the side, and the rule for a number asked for by name."""
        for side in (0, 1):
            if wanted[side]:
                rule = self.model.why_not(wanted[side], sides[side], reserve=reserve)
                if rule:
                    return NumberNotAvailable, side, rule
            elif not self.model.right_numbers(sides[side], reserve=reserve)[0]:
                return PoolExhausted, side, ""
        return None

    def check_refusal(self, error: PoolExhausted | NumberNotAvailable, foretold: Refusal | None) -> None:
        self.note(error)
        if self.model.in_limbo():
            return
        if isinstance(error, NumberNotAvailable):
            assert foretold == (NumberNotAvailable, error.side, error.rule)
        else:
            assert foretold == (PoolExhausted, error.exhaustion.side, "")
            assert sum(error.exhaustion.ruled_out.values()) == len(self.model.numbers)

    def check_placement(
        self, view: SessionView, side: int, person: tuple[str, ...], right: tuple[set[str], bool], wanted: str
    ) -> None:
        """The number is one of the right ones, and none with less load would have done."""
        taken, reused_early = proxies(view)[side], view.session.sides[side].reused_early
        if self.model.in_limbo():
            self.check_free(taken, person)
        elif wanted:
            assert taken == wanted
            assert reused_early is self.model.is_cooling(self.model.last_end(person, taken))
        else:
            numbers, early = right
            assert taken in numbers
            assert reused_early is early
            if not early:
                other_side = proxies(view)[0] if side else ""
                loads = {each: self.model.load(each) + (each == other_side) for each in numbers}
                assert loads[taken] == min(loads.values())

    def check_free(self, taken: str, person: tuple[str, ...], session_id: str = "") -> None:
        """The least that holds of a number that was given, whatever was swept up before."""
        assert self.model.last_end(person, taken, without=session_id) <= self.model.now
        assert self.model.numbers[taken] == "IN_SERVICE"
        others = [each for key, each in self.model.surely_active().items() if key != session_id]
        assert not any(each.reserved and taken in each.proxies for each in others)

    @rule(pick=picks, otherwise=st.booleans(), clock=clocks)
    def repeat_an_opening(self, pick: int, otherwise: bool, clock: str) -> None:  # noqa: FBT001
        if not self.model.requests:
            return
        session_id, (sides, ask) = list(self.model.requests.values())[pick % len(self.model.requests)]
        self.begin("open, the same request id again", clock)
        before = self.listed(None)
        if otherwise:
            with self.refused(RequestIdReused):
                self.world.open(*sides, pool=self.name, **{**ask, "time_to_live": MINUTE})
        else:
            assert self.world.open(*sides, pool=self.name, **ask).session.session_id == session_id
        assert self.listed(None) == before

    @rule(session_id=Machine.sessions, clock=clocks)
    def close(self, session_id: str, clock: str) -> None:
        self.begin("close", clock)
        session = self.model.sessions.get(session_id)
        if session is None:
            with self.refused(NotFound):
                self.world.sessions.close(session_id)
            return
        if session_id in self.model.in_limbo() and self.backend.startswith("redis"):
            # It lets the routes of a session that was swept up end when they did, be it after the session was closed.
            self.show(self.model.latest)
        if session_id in self.model.active():
            session.close_time = self.model.now
            self.model.put(session_id)
        closed = self.world.sessions.close(session_id).session
        assert not closed.is_active(self.model.now)
        assert closed.close_time == session.close_time

    @rule(session_id=Machine.sessions, ttl=times, absolute=st.booleans(), clock=clocks)
    def extend_or_shorten(self, session_id: str, ttl: int, absolute: bool, clock: str) -> None:  # noqa: FBT001
        self.begin("change the end", clock)
        end = self.model.now + ttl
        told = {"expire_time": end} if absolute else {"time_to_live": ttl}
        if self.update(SessionChange(session_id, **told)) is not None:  # type: ignore[arg-type]  # either of the two
            self.model.sessions[session_id].expire_time = end
            self.model.put(session_id)

    @rule(session_id=Machine.sessions, side=st.sampled_from([0, 1]), numbers=people, clock=clocks)
    def change_numbers(self, session_id: str, side: int, numbers: tuple[str, ...], clock: str) -> None:
        self.begin("change a participant's numbers", clock)
        change = SessionChange(session_id, participants={side: ParticipantChange(numbers)})
        session = self.model.sessions.get(session_id)
        if session_id in self.model.active() and session and set(numbers) & set(session.numbers[1 - side]):
            with self.refused(InvalidArgument):
                self.world.sessions.update(change)
            return
        dialled = session.proxies[side] if session else ""
        last = self.model.last_end(numbers, dialled, without=session_id)
        keeps = last <= self.model.now and (self.model.reuse_early or not self.model.is_cooling(last))
        try:
            view = self.update(change)
        except PoolExhausted as error:
            self.note(error)
            assert not keeps
            return
        if view is None or session is None:
            return
        after = proxies(view)
        assert after[1 - side] == session.proxies[1 - side]
        if keeps:
            assert after[side] == dialled
        else:
            self.check_free(after[side], numbers, session_id)
        for each in session.numbers[side]:
            before = session.former.get((each, dialled), self.model.now)
            session.former[each, dialled] = max(before, self.model.now)
        session.numbers[side], session.proxies[side] = numbers, after[side]
        self.model.put(session_id)

    def update(self, change: SessionChange) -> SessionView | None:
        """Make a change; None when it was refused, as it must be for a session that is gone or has ended."""
        self.bring_in_step()
        if change.session_id in self.model.surely_active():
            return self.world.sessions.update(change)
        if change.session_id in self.model.active():
            try:
                return self.world.sessions.update(change)
            except SessionEnded as error:
                self.note(error)
                return None
        with self.refused(SessionEnded if change.session_id in self.model.sessions else NotFound):
            self.world.sessions.update(change)
        return None

    @rule(session_id=Machine.sessions, note=st.sampled_from([b"answered", b"busy"]), clock=clocks)
    def report(self, session_id: str, note: bytes, clock: str) -> None:
        if session_id not in self.model.sessions:
            return
        self.begin("report", clock)
        body = session_id.encode() + b" " + note
        self.world.reports.keep(body, ReportedCall(reference=call_reference(session_id, "call")))
        kept = self.model.reports.setdefault(session_id, [])
        if body not in kept:
            kept.append(body)
        assert sorted(self.world.reports.of_session(session_id)) == sorted(kept)

    @rule(session_id=consumes(Machine.sessions))
    def forget_the_name(self, session_id: str) -> None:
        """Let Hypothesis drop a session it would close and change for ever."""

    @rule(each=person, clock=clocks)
    def look_for_a_participant(self, each: str, clock: str) -> None:
        """Sessions are found by a number that takes part, or took part, in them."""
        self.begin("list a participant's sessions", clock)
        lookups = self.world.vault.lookups(RealNumber(each))
        found = self.world.sessions.list(SessionQuery(lookups=lookups, limit=1000))
        named = {
            key for key, session in self.model.sessions.items() if any(number == each for number, _ in session.pairs())
        }
        assert {view.session.session_id for view in found} == named
