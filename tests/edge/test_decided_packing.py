"""What is handed to the process that records comes out as it went in."""

import pytest

from adapters.decided_packing import pack_decisions, unpack_decisions
from masking_core.audio import Announcement, Audio
from masking_core.call_settings import CallerId, CallSettings
from masking_core.calls import AskPin, Decision, Dial, IncomingCall, Play, Reason
from masking_core.instants import DAY
from masking_core.phone_number import RealNumber
from masking_core.ports.call_log import Decided
from support.world import POOL, START, real, virtual

SETTINGS = CallSettings(
    record=True,
    caller_announcement=Audio(file_url="https://files.example.org/a.wav"),
    callee_announcement=Audio(standard=Announcement.CALL_RECORDED),
    caller_id=CallerId.FIXED,
    fixed_caller_id=virtual(3),
    not_taken_by=(1,),
)
OWN = {Announcement.CALL_RECORDED: Audio(file_id="own")}
DIAL = Dial(Reason.ACTIVE_SESSION, POOL, "s1", RealNumber(real(2)), virtual(1), "s1.c1", SETTINGS, OWN)


@pytest.mark.parametrize(
    "decision",
    [
        None,
        DIAL,
        Play(Reason.ENDED_SESSION, POOL, Announcement.SESSION_ENDED, Audio(file_id="own"), "s1"),
        Play(Reason.UNKNOWN_NUMBER, "", Announcement.NOT_IN_SERVICE, None),
        AskPin(Reason.NO_SESSION, POOL, Announcement.ENTER_PIN, None, 6),
    ],
)
def test_a_decision_comes_back(decision: Decision | None) -> None:
    calls = [
        IncomingCall(virtual(0), RealNumber(real(1)), "c1", correlation_ids=("nm-1", "x-1")),
        IncomingCall("\0*\N{GREEK SMALL LETTER ALPHA}", None, "c2", "1234"),
    ]
    decisions = [Decided(call, decision, START, START + 90 * DAY) for call in calls]
    assert unpack_decisions(pack_decisions(decisions)) == decisions


def test_no_decisions_come_back_as_none() -> None:
    assert unpack_decisions(pack_decisions([])) == []
