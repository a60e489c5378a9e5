"""What is desired comes about, whatever is there, and whenever an application of it dies."""

import os
import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.infobip.desired import AudioFile, Desired, Selection
from adapters.infobip.planning import Action
from adapters.infobip.wire import Draft
from infobip.provisioned import STRANGER, Died, Scene, Steps
from masking_core.audio import Announcement
from masking_core.pools import NumberState, PoolPolicy
from masking_core.services.pools import NumberRequest
from masking_core.services.requests import OpenRequest, ParticipantRequest
from support.world import real, virtual

URL = "https://masking.example.org/infobip"
DRAFT = Draft("Masking", f"{URL}/callback", f"{URL}/status")
EVERY = bool(os.environ.get("EVERY_INTERRUPTION"))
"""Whether 500 numbers are interrupted at every request in turn, which takes a while, and not at a few drawn ones."""


def wanted(*numbers: str, **more: Any) -> Desired:
    """These numbers in the pool ride-uk."""
    return Desired(DRAFT, (Selection("ride-uk", numbers=frozenset(numbers), **more),))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as stack:
        yield Scene(tmp_path, stack)


def masking(scene: Scene, name: str) -> dict[str, Any]:
    """The action that leads to the configuration of this name, which is made."""
    made = scene.simulator.account.create_configuration({"name": name, "callbackUrl": DRAFT.callback_url})
    return {"action": {"type": "VOICE_NUMBER_MASKING", "voiceNumberMaskingConfigKey": made["key"]}}


def in_use_for_a_while(scene: Scene, numbers: int) -> Desired:
    """An account with everything that may have become of one, and what shall become of it.

    Of the numbers given: some new, some live under another configuration of ours, one with another action,
    some that shall go, and one in a pool that is gone at the provider.
    """
    account = scene.simulator.account
    owned = [virtual(index) for index in range(numbers)]
    account.rent(owned)
    account.rent([virtual(998)], "GB", tags=("parcels",))
    before, current = masking(scene, "Before"), masking(scene, "Masking")
    live, leaving, idle, other = owned[:3], owned[3], owned[4], owned[5]
    for number, action in (*((each, before) for each in live), (leaving, current), (idle, before)):
        found = account.find(number)
        assert found is not None
        account.create_voice(found.key, action)
    taken = account.find(other)
    assert taken is not None
    account.create_voice(taken.key, {"action": {"type": "FORWARD_TO_NUMBER"}})
    scene.services.pools.create("ride-uk", PoolPolicy())
    requests = [NumberRequest(number) for number in (*live, leaving, virtual(999))]
    scene.services.pools.add_numbers("ride-uk", requests)
    # A session keeps the two that shall go from being forgotten in the midst of the test.
    participants = tuple(
        ParticipantRequest((real(index),), proxy_number=number) for index, number in enumerate((leaving, virtual(999)))
    )
    scene.services.sessions.open(OpenRequest("ride-uk", participants))
    account.create_credentials({"apiId": STRANGER.api_id, "key": STRANGER.key})
    selections = (
        Selection(
            "ride-uk",
            numbers=frozenset(owned) - {leaving, idle},
            audio={Announcement.SESSION_ENDED: AudioFile("digest", b"ID3 ended")},
        ),
        Selection("parcels-uk", tags=frozenset({"parcels"})),
    )
    return Desired(DRAFT, selections)


def test_an_empty_account_is_set_up_and_then_nothing_is_left_to_do(scene: Scene) -> None:
    scene.simulator.account.rent([virtual(index) for index in range(3)])
    scene.simulator.account.rent(["+12125550100"], "US")
    desired = Desired(DRAFT, (Selection("ride-uk", countries=frozenset({"GB"})),))
    planned = scene.apply(desired, Steps(), dry=True)
    assert scene.voices()[virtual(0)] == "nothing"
    assert scene.apply(desired, Steps()) == planned
    actions = [change.action for change in planned.changes]
    assert actions == [Action.SET, Action.CREATE, Action.CREATE_POOL, *[Action.ASSIGN] * 3, *[Action.ADD] * 3]
    assert scene.pooled() == {virtual(index): "ride-uk" for index in range(3)}
    assert scene.voices() == {"+12125550100": "nothing"} | {virtual(index): "Masking" for index in range(3)}
    again = scene.apply(desired, Steps())
    assert (again.changes, again.conflicts) == ((), ())


def test_an_account_in_use_becomes_what_is_desired_in_an_order_that_cuts_nobody_off(scene: Scene) -> None:
    desired = in_use_for_a_while(scene, 8)
    steps = Steps(watch=lambda: scene.assert_every_live_number_works(DRAFT.callback_url))
    plan = scene.apply(desired, steps, take_over=[virtual(5)], prune=True)
    assert plan.conflicts == ()
    assert {change.action for change in plan.changes} == set(Action) - {Action.CREATE, Action.SET}
    voices = scene.voices()
    assert {voices[virtual(index)] for index in (0, 1, 2, 3, 5, 6, 7, 998)} == {"Masking"}
    assert voices[virtual(4)] == "nothing"
    assert set(scene.pooled(NumberState.DRAINING)) == {virtual(3), virtual(999)}
    assert scene.pooled()[virtual(998)] == "parcels-uk"
    assert [each["name"] for each in scene.simulator.account.configurations.values()] == ["Masking"]
    (file_id,) = scene.simulator.account.media.audio
    said = scene.services.pools.get("ride-uk").policy.announcements[Announcement.SESSION_ENDED]
    assert said.file_id == file_id
    assert STRANGER in scene.services.credentials.load().accepted


def test_nothing_is_removed_unless_asked_for(scene: Scene) -> None:
    desired = in_use_for_a_while(scene, 8)
    scene.apply(desired, Steps(), take_over=[virtual(5)])
    assert scene.voices()[virtual(4)] == "Before"
    assert set(scene.pooled(NumberState.DRAINING)) == {virtual(999)}
    names = [each["name"] for each in scene.simulator.account.configurations.values()]
    assert names == ["Before", "Masking"]


def test_another_voice_action_is_a_conflict_until_somebody_gives_the_number_away(scene: Scene) -> None:
    scene.simulator.account.rent([virtual(0), virtual(1)])
    (first, _) = scene.simulator.account.numbers
    scene.simulator.account.create_voice(first, {"action": {"type": "FORWARD_TO_NUMBER"}})
    plan = scene.apply(wanted(virtual(0), virtual(1)), Steps(), prune=True)
    (conflict,) = plan.conflicts
    assert conflict.name == virtual(0)
    assert "--take-over +442079460000" in conflict.problem
    assert scene.voices() == {virtual(0): "FORWARD_TO_NUMBER", virtual(1): "Masking"}
    assert set(scene.pooled()) == {virtual(1)}
    scene.apply(wanted(virtual(0), virtual(1)), Steps(), take_over=[virtual(0)])
    assert scene.voices()[virtual(0)] == "Masking"
    assert set(scene.pooled()) == {virtual(0), virtual(1)}


def test_a_configuration_that_differs_is_changed_in_its_place(scene: Scene) -> None:
    scene.simulator.account.rent([virtual(0)])
    scene.apply(wanted(virtual(0)), Steps())
    before = list(scene.simulator.account.configurations)
    changed = Desired(replace(DRAFT, backup_callback_url=f"{URL}/backup"), wanted(virtual(0)).selections)
    plan = scene.apply(changed, Steps())
    assert [(each.action, each.detail) for each in plan.changes] == [(Action.UPDATE, "backup_callback_url differ")]
    assert list(scene.simulator.account.configurations) == before


def test_numbers_that_drain_keep_their_set_up_and_stay_out_of_service(scene: Scene) -> None:
    scene.simulator.account.rent([virtual(0), virtual(1)])
    scene.apply(wanted(virtual(0), virtual(1)), Steps())
    scene.services.pools.drain_numbers([virtual(0)])
    plan = scene.apply(wanted(virtual(0), virtual(1)), Steps(), prune=True)
    assert (plan.changes, plan.conflicts) == ((), ())
    assert set(scene.pooled(NumberState.DRAINING)) == {virtual(0)}


def test_without_a_file_the_numbers_of_the_pools_are_led_to_the_edge(scene: Scene) -> None:
    scene.simulator.account.rent([virtual(0), virtual(1)])
    scene.services.pools.create("any", PoolPolicy())
    scene.services.pools.add_numbers("any", [NumberRequest(virtual(0))])
    plan = scene.apply(Desired(DRAFT), Steps())
    assert plan.conflicts == ()
    assert scene.voices() == {virtual(0): "Masking", virtual(1): "nothing"}


def test_what_cannot_be_decided_is_told(scene: Scene) -> None:
    account = scene.simulator.account
    account.rent([virtual(0)], tags=("ride",))
    account.rent([virtual(1)], capabilities=("SMS",))
    account.rent([virtual(2)])
    for pool in ("elsewhere", "a"):
        scene.services.pools.create(pool, PoolPolicy())
    scene.services.pools.add_numbers("elsewhere", [NumberRequest(virtual(2))])
    selections = (
        Selection("a", tags=frozenset({"ride"}), numbers=frozenset({virtual(1), virtual(2), virtual(7)})),
        Selection("b", countries=frozenset({"GB"}), numbers=frozenset()),
    )
    plan = scene.apply(Desired(DRAFT, selections), Steps(), dry=True)
    assert {each.name for each in plan.conflicts} == {virtual(0), virtual(1), virtual(2), virtual(7)}
    one = (Selection("a", numbers=frozenset({virtual(1), virtual(2), virtual(7)})),)
    told = {each.name: each.problem for each in scene.apply(Desired(DRAFT, one), Steps(), dry=True).conflicts}
    assert told == {
        virtual(1): "carries no voice",
        virtual(2): "shall be in pool a, and is in pool elsewhere",
        virtual(7): "is not among the account's numbers",
    }


def test_credentials_are_accepted_by_the_edge_before_infobip_signs_with_them(scene: Scene) -> None:
    scene.configured = ()
    steps = Steps(watch=lambda: scene.assert_every_live_number_works(DRAFT.callback_url))
    plan = scene.apply(wanted(), steps)
    assert [each.action for each in plan.changes][:2] == [Action.ACCEPT, Action.SET]
    (pair,) = scene.services.credentials.load().accepted
    assert scene.simulator.account.credentials == {"apiId": pair.api_id, "key": pair.key}
    assert scene.apply(wanted(), Steps()).changes == ()


def interrupted(folder: Path, numbers: int, at: int, *, sockets: bool = True) -> tuple[Any, ...]:
    """What an application that died at a step, and the one after it, leave behind."""
    folder.mkdir()
    with ExitStack() as stack:
        scene = Scene(folder, stack, sockets=sockets)
        desired = in_use_for_a_while(scene, numbers)
        given = {"take_over": [virtual(5)], "prune": True}
        watched = Steps(at, watch=lambda: scene.assert_every_live_number_works(DRAFT.callback_url))
        with pytest.raises(Died):
            scene.apply(desired, watched, **given)  # type: ignore[arg-type] # they are what they are
        scene.assert_every_live_number_works(DRAFT.callback_url)
        watched = Steps(watch=lambda: scene.assert_every_live_number_works(DRAFT.callback_url))
        scene.apply(desired, watched, **given)  # type: ignore[arg-type] # likewise
        scene.assert_every_live_number_works(DRAFT.callback_url)
        left = scene.apply(desired, Steps(), dry=True, **given)  # type: ignore[arg-type] # likewise
        assert (left.changes, left.conflicts) == ((), ())
        return scene.end_state()


def uninterrupted(folder: Path, numbers: int) -> tuple[int, tuple[Any, ...]]:
    """How many steps an application takes, and what it leaves behind."""
    folder.mkdir()
    with ExitStack() as stack:
        scene = Scene(folder, stack)
        desired = in_use_for_a_while(scene, numbers)
        steps = Steps()
        scene.apply(desired, steps, take_over=[virtual(5)], prune=True)
        return steps.taken, scene.end_state()


def test_an_interruption_between_any_two_requests_leaves_a_state_that_the_next_run_completes(tmp_path: Path) -> None:
    steps, desired = uninterrupted(tmp_path / "whole", 7)
    assert steps > 25
    for at in range(1, steps + 1):
        assert interrupted(tmp_path / str(at), 7, at) == desired, at


def test_five_hundred_numbers_come_through_interruptions(tmp_path: Path) -> None:
    steps, desired = uninterrupted(tmp_path / "whole", 500)
    drawn = random.Random(500).sample(range(1, steps + 1), 2)
    for at in range(1, steps + 1) if EVERY else drawn:
        assert interrupted(tmp_path / str(at), 500, at, sockets=not EVERY) == desired, at
