"""A whole system over one store, with a clock that a test sets and made-up people who call each other."""

from collections.abc import Iterator
from itertools import count
from threading import Lock
from typing import Any

from adapters.counts import CountsCodec
from adapters.numbering import PhonenumbersPlan
from adapters.recording_files import ProviderRecordings
from adapters.sealing.vault import RingVault
from adapters.system import new_pin, new_secret
from masking_core.calls import Decision, Dial, IncomingCall
from masking_core.instants import SECOND, Instant
from masking_core.phone_number import RealNumber
from masking_core.pools import PoolPolicy, VirtualNumber
from masking_core.ports.call_log import Decided
from masking_core.ports.keys import Vault
from masking_core.ports.recordings import RecordingFiles
from masking_core.ports.store import Store
from masking_core.services.admission import Admitting
from masking_core.services.api_keys import ApiKeys
from masking_core.services.audit import Audit
from masking_core.services.blocks import Blocks
from masking_core.services.call_recording import CallRecording
from masking_core.services.call_reports import CallReports
from masking_core.services.call_routing import CallRouting
from masking_core.services.call_summaries import CallSummaries
from masking_core.services.calls import Calls
from masking_core.services.erasure import Erasing
from masking_core.services.explanations import Explaining
from masking_core.services.hour_counting import HourCounting
from masking_core.services.housekeeping import Housekeeping
from masking_core.services.key_rotation import fit_keys
from masking_core.services.pin_entry import PinEntry
from masking_core.services.pool_outlooks import PoolOutlooks
from masking_core.services.pools import NumberRequest, Pools
from masking_core.services.recordings import Recordings
from masking_core.services.requests import OpenRequest, ParticipantRequest
from masking_core.services.sessions import Sessions, SessionView

START: Instant = 1_800_000_000 * SECOND
POOL = "ride-uk"


def real(index: int) -> str:
    """A participant's number; Ofcom keeps these thousand for fiction."""
    return f"+447700900{index:03}"


def virtual(index: int) -> str:
    """A virtual number in London; likewise kept for fiction."""
    return f"+442079460{index:03}"


class World:
    """The services over a store, at the time ``now``."""

    def __init__(
        self,
        store: Store,
        vault: Vault | None = None,
        now: Instant = START,
        ids: str = "0",
        files: RecordingFiles | None = None,
    ) -> None:
        self.store = store
        self.vault = vault or RingVault.random()
        self.now = now
        numbers = count(1)
        plan = PhonenumbersPlan()
        store.migrate()
        fit_keys(store, self.vault)
        self.sessions = Sessions(
            store,
            self.vault,
            plan,
            self.clock,
            lambda: f"{self.now:020}-{ids}-{next(numbers):06}",
            new_pin,
        )
        self.pools = Pools(store, store, self.vault, plan, self.clock)
        self.recording = CallRecording(store, self.vault)
        self.noted: list[Decided] = []
        pins = PinEntry(store, store, self.vault, self.clock)
        admitting = Admitting(store, self.vault, plan, self.clock)
        self.routing = CallRouting(store, pins, admitting, self.vault, self, self.clock)
        self.reports = CallReports(store, self.vault, self.clock)
        self.calls = Calls(store, self.vault)
        self.summaries = CallSummaries(store, plan, CountsCodec(), self.clock)
        self.explaining = Explaining(store, self.vault, admitting, self.clock)
        self.outlooks = PoolOutlooks(
            store, HourCounting(store, store, CountsCodec(), self.clock), self.vault, plan, self.clock, Lock
        )
        self.recordings = Recordings(store, files or ProviderRecordings(), self.vault, self.clock)
        self.blocks = Blocks(store, self.vault, self.clock, lambda: f"{self.now:020}-{ids}-{next(numbers):06}")
        self.erasing = Erasing(store, self.vault, self.clock)
        self.housekeeping = Housekeeping(store, self.clock)
        self.api_keys = ApiKeys(store, self.vault, self.clock, new_secret)
        self.audit = Audit(store, self.vault)
        self._call_numbers: Iterator[int] = count(1)

    def clock(self) -> Instant:
        return self.now

    def note(self, decided: Decided) -> None:
        """Take note of a decision; ``record_calls`` records it. Port: ``CallLog``."""
        self.noted.append(decided)

    def record_calls(self) -> None:
        """Record the decisions that were noted."""
        noted, self.noted = self.noted, []
        self.recording.record(noted)

    def pool(self, numbers: int = 4, name: str = POOL, first: int = 0, **policy: Any) -> None:
        """A pool with so many London numbers."""
        self.pools.create(name, PoolPolicy(**policy))
        if numbers:
            self.add(*(virtual(first + index) for index in range(numbers)), pool=name)

    def add(self, *numbers: str, pool: str = POOL, **facts: Any) -> None:
        self.pools.add_numbers(pool, [NumberRequest(number, **facts) for number in numbers])

    def open(self, a: int | str | tuple[str, ...], b: int | str | tuple[str, ...], **asked: Any) -> SessionView:
        """A session between two people, by index, by number or by several numbers."""
        wanted = asked.pop("wanted", ("", ""))
        participants = tuple(
            ParticipantRequest(numbers_of(person), proxy_number=proxy)
            for person, proxy in zip((a, b), wanted, strict=True)
        )
        return self.sessions.open(OpenRequest(asked.pop("pool", POOL), participants, **asked))

    def call(self, caller: int | str | None, dialled: str) -> Decision:
        number = None if caller is None else RealNumber(numbers_of(caller)[0])
        return self.routing.route(IncomingCall(dialled, number, f"call-{next(self._call_numbers)}"))

    def dials(self, caller: int | str, dialled: str) -> tuple[str, str] | None:
        """Whom a call reaches and what that person sees, or None when it is not connected to a participant."""
        decision = self.call(caller, dialled)
        if isinstance(decision, Dial) and decision.reason == "ACTIVE_SESSION":
            return decision.to.e164, decision.caller_id
        return None

    def number(self, index: int) -> VirtualNumber:
        return self.pools.get_number(virtual(index))


def numbers_of(person: int | str | tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(person, int):
        return (real(person),)
    return (person,) if isinstance(person, str) else person


def proxies(view: SessionView) -> tuple[str, str]:
    """The numbers that the two participants dial."""
    first, second = view.session.sides
    return first.proxy, second.proxy
