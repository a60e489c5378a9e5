"""What a callee sees once a fixed caller ID has left: never a number that may be somebody else's. On every backend."""

from dataclasses import replace

import pytest

from masking_core.call_settings import CallerId, CallSettings
from masking_core.calls import Dial
from masking_core.errors import InvalidArgument
from masking_core.instants import HOUR
from masking_core.phone_number import RealNumber
from masking_core.services.requests import OpenRequest, ParticipantRequest
from support.world import POOL, World, proxies, real, virtual

HOTLINE = virtual(70)
FIXED = CallSettings(caller_id=CallerId.FIXED, fixed_caller_id=HOTLINE)


def ready(world: World) -> None:
    world.pool(2)
    world.pool(1, "hotlines", first=70)


def seen(world: World, dialled: str) -> str:
    """What the second participant sees of a call from the first; the explanation says the same."""
    answered, explained = world.call(1, dialled), world.explaining.explain(RealNumber(real(1)), dialled).decision
    assert isinstance(answered, Dial)
    assert isinstance(explained, Dial)
    assert answered.to.e164 == real(2)
    assert explained.caller_id == answered.caller_id
    return answered.caller_id


def test_a_fixed_caller_id_is_shown_while_it_drains_and_the_number_to_call_back_once_it_has_left(world: World) -> None:
    ready(world)
    dialled, to_call_back = proxies(world.open(1, 2, call_settings=FIXED))
    assert seen(world, dialled) == HOTLINE
    world.store.drain_numbers([HOTLINE])
    assert seen(world, dialled) == HOTLINE
    world.housekeeping.sweep()
    assert seen(world, dialled) == to_call_back
    world.add(HOTLINE, pool="hotlines")
    assert seen(world, dialled) == HOTLINE
    world.pools.remove_numbers([HOTLINE])
    assert seen(world, dialled) == to_call_back


def test_a_pool_whose_caller_id_has_left_goes_on_with_the_number_to_call_back(world: World) -> None:
    ready(world)
    world.pools.update(POOL, lambda policy: replace(policy, call_settings=FIXED))
    world.pools.remove_numbers([HOTLINE])
    dialled, to_call_back = proxies(world.open(1, 2))
    assert seen(world, dialled) == to_call_back
    changed = world.pools.update(POOL, lambda policy: replace(policy, cool_off=HOUR))
    assert changed.policy.call_settings == FIXED
    with pytest.raises(InvalidArgument):
        world.pools.create("other", changed.policy)


def test_a_session_with_a_caller_id_that_has_left_is_the_same_session_when_asked_for_again(world: World) -> None:
    ready(world)
    people = (ParticipantRequest((real(1),)), ParticipantRequest((real(2),)))
    request = OpenRequest(POOL, people, request_id="r", call_settings=FIXED)
    opened = world.sessions.open(request)
    world.pools.remove_numbers([HOTLINE])
    assert world.sessions.open(request).session.session_id == opened.session.session_id
    with pytest.raises(InvalidArgument):
        world.sessions.open(OpenRequest(POOL, people, request_id="another", call_settings=FIXED))
