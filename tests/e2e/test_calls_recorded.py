"""What is known of calls after the edge that answered them has ended, in good order or by SIGKILL."""

import random
import signal
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from e2e.site import PATIENCE, Site
from masking.v1 import call_service_pb2 as pb
from support.world import real, virtual

CALLS = 150
PRICE = Decimal("0.15")
STATUSES = ("answered", "answered", "busy", "no answer")


@dataclass(frozen=True)
class Placed:
    """A call as the provider knows it."""

    name: str
    caller: str
    dialled: str
    answer: dict[str, Any]

    @property
    def reason(self) -> str:
        if self.answer["command"] == "dial":
            return "ACTIVE_SESSION"
        return "CALLER_WITHHELD" if self.caller == "anonymous" else "NO_SESSION"


def place_all(site: Site, rng: random.Random, first: int = 0) -> list[Placed]:
    """Calls of participants, strangers and people who withhold their number."""
    sessions = [site.open(real(2 * index), real(2 * index + 1)) for index in range(first, first + 5)]
    placed = []
    for index in range(CALLS):
        session = rng.randrange(len(sessions))
        side = rng.randrange(2)
        dialled = sessions[session].participants[side].proxy_number
        caller = rng.choice([real(2 * (first + session) + side)] * 6 + [real(990), "anonymous"])
        name = f"day-{first}-{index}"
        answer = site.post("callback", {"from": caller.lstrip("+"), "to": dialled[1:], "nmCorrelationId": name})
        placed.append(Placed(name, caller, dialled, answer.raise_for_status().json()))
    return placed


def report(site: Site, call: Placed, status: str, seconds: int) -> None:
    answer = site.report(
        action=call.answer["command"],
        **{"from": call.caller.lstrip("+")},
        to=call.dialled[1:],
        transferTo=call.answer.get("phoneNumber"),
        nmCorrelationId=call.name,
        clientReferenceId=call.answer.get("clientReferenceId"),
        status=status,
        duration=seconds,
        inboundDuration=seconds,
        calculatedDuration=seconds,
        pricePerSecond=str(PRICE),
        currency="EUR",
    )
    assert answer.status_code == 200


def known(site: Site) -> dict[str, pb.Call]:
    """Every call in the store, by the provider's name of it."""
    found = site.call_records.ListCalls(pb.ListCallsRequest(page_size=1000), timeout=PATIENCE).calls
    return {each: call for call in found for each in call.correlation_ids}


def total(site: Site) -> pb.SummarizeResponse.Tally:
    now = Timestamp()
    now.GetCurrentTime()
    request = pb.SummarizeRequest(
        begin_time=Timestamp(seconds=now.seconds - 86_400), end_time=Timestamp(seconds=now.seconds + 3_600)
    )
    return site.call_records.Summarize(request, timeout=PATIENCE).total


def restart_edge(site: Site, number: signal.Signals) -> None:
    if number is signal.SIGKILL:
        site.kill("serve-edge")
    else:
        site.running["serve-edge"].send_signal(number)
        assert site.running["serve-edge"].wait(PATIENCE) == 0
    site.start("serve-edge")


def test_a_day_ends_in_what_the_provider_knows_of_it(site: Site) -> None:
    rng = random.Random(1123)
    placed = place_all(site, rng)
    # At once after the last answer: what was not recorded yet is recorded by those who end.
    restart_edge(site, signal.SIGTERM)
    calls = known(site)
    assert {name: call.reason for name, call in calls.items()} == {call.name: call.reason for call in placed}
    assert not any(step.concluded for call in calls.values() for step in call.steps)
    assert not any(call.HasField("report") for call in calls.values())

    statuses = {call.name: rng.choice(STATUSES) for call in placed}
    seconds = {name: rng.randrange(5, 600) if status == "answered" else 0 for name, status in statuses.items()}
    for call in rng.sample(placed, len(placed)):
        for _ in range(rng.choice((1, 1, 2))):
            report(site, call, statuses[call.name], seconds[call.name])
    tally = total(site)
    assert (tally.calls, tally.answered) == (CALLS, sum(status == "answered" for status in statuses.values()))
    assert tally.total_seconds == sum(seconds.values())
    assert [Decimal(cost.amount) for cost in tally.costs] == [PRICE * sum(seconds.values()) / 100]


def test_what_a_killed_edge_had_not_recorded_is_told_by_the_reports(site: Site) -> None:
    placed = place_all(site, random.Random(1124), first=10)
    restart_edge(site, signal.SIGKILL)
    assert len(known(site)) <= CALLS
    for call in placed:
        report(site, call, "answered", 30)
    calls = known(site)
    assert {name: call.reason for name, call in calls.items()} == {call.name: call.reason for call in placed}
    assert total(site).calls == CALLS


def test_a_call_to_no_number_of_ours_is_recorded_without_what_was_dialled(site: Site) -> None:
    answer = site.call(real(1), virtual(99))
    assert answer["command"] == "audio"
    restart_edge(site, signal.SIGTERM)
    (call,) = known(site).values()
    assert (call.reason, call.pool, call.dialled) == ("UNKNOWN_NUMBER", "", "+44••••••0099")
