import re

from grpc_api.asking import opening
from grpc_api.grpc_caller import Api, refusal
from masking.v1 import session_service_pb2 as pb
from masking_core.calls import Dial, IncomingCall
from masking_core.pins import PinPolicy
from masking_core.pools import Treatment
from support.world import World, real


def test_participants_have_pins_where_the_pool_asks_for_them(api: Api, world: World) -> None:
    world.pool(4, on_caller_withheld=Treatment.ASK_PIN, pins=PinPolicy(length=6))
    opened = api.sessions.OpenSession(opening())
    assert all(re.fullmatch("[0-9]{6}", pin) for pin in opened.pins)
    for pin, participant, callee in zip(opened.pins, opened.session.participants, (2, 1), strict=True):
        decision = world.routing.route(IncomingCall(participant.proxy_number, None, f"call-{callee}", digits=pin))
        assert isinstance(decision, Dial)
        assert decision.to.e164 == real(callee)


def test_a_pool_that_asks_for_none_gives_none(api: Api, world: World) -> None:
    world.pool(4)
    assert list(api.sessions.OpenSession(opening()).pins) == []


def test_the_same_request_again_is_told_the_same_pins(api: Api, world: World) -> None:
    world.pool(4, on_no_session=Treatment.ASK_PIN)
    request = opening(request_id="r")
    first = api.sessions.OpenSession(request)
    assert len(first.pins) == 2
    assert api.sessions.OpenSession(request) == first


def test_pins_are_told_to_nobody_else(api: Api, world: World) -> None:
    world.pool(4, on_no_session=Treatment.ASK_PIN)
    opened = api.sessions.OpenSession(opening())
    name, full = opened.session.name, pb.SESSION_VIEW_FULL
    answers = [
        api.sessions.GetSession(pb.GetSessionRequest(name=name, view=full)),
        api.sessions.ListSessions(pb.ListSessionsRequest(view=full)),
        api.sessions.UpdateSession(pb.UpdateSessionRequest(session=pb.Session(name=name, reference="r"), view=full)),
        api.sessions.CloseSession(pb.CloseSessionRequest(name=name, view=full)),
    ]
    assert not [pin for pin in opened.pins for answer in answers if pin in str(answer)]
    other = refusal(api.sessions.OpenSession, opening(1, 2, pool="pools/none"))
    assert not [pin for pin in opened.pins if pin in other.message]


def test_pins_stay_when_the_participants_numbers_change(api: Api, world: World) -> None:
    world.pool(4, on_no_session=Treatment.ASK_PIN)
    opened = api.sessions.OpenSession(opening())
    changed = [pb.Participant(phone_numbers=[real(7)]), pb.Participant(phone_numbers=[real(2)])]
    session = pb.Session(name=opened.session.name, participants=changed)
    changed_session = api.sessions.UpdateSession(pb.UpdateSessionRequest(session=session))
    dialled = changed_session.participants[0].proxy_number
    decision = world.routing.route(IncomingCall(dialled, None, "call-1", digits=opened.pins[0]))
    assert isinstance(decision, Dial)
    assert decision.to.e164 == real(2)
