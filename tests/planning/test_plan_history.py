import pytest

from adapters.numbering import PhonenumbersPlan
from adapters.planning.history import country_by, history_of, nowhere
from adapters.sealing.vault import RingVault
from adapters.storage.registry import open_store
from masking_core.errors import SealBroken
from masking_core.instants import HOUR, MINUTE
from masking_core.planning.workload import ExpectedSession
from masking_core.services.requests import ParticipantChange, SessionChange
from support.world import POOL, START, World


@pytest.fixture
def world() -> World:
    world = World(open_store("memory://"))
    world.pool(4)
    return world


def history(world: World) -> list[ExpectedSession]:
    return history_of(world.store, POOL, world.now, nowhere).sessions


def test_sessions_come_by_their_start_with_the_time_they_ran(world: World) -> None:
    closed = world.open(1, 2, time_to_live=2 * HOUR)
    world.now += 10 * MINUTE
    world.open(3, 4, time_to_live=20 * MINUTE)
    world.now += 10 * MINUTE
    world.sessions.close(closed.session.session_id)
    world.open(5, 6)
    world.now += HOUR
    assert [(each.start - START, each.end - START) for each in history(world)] == [
        (0, 20 * MINUTE),
        (10 * MINUTE, 30 * MINUTE),
        (20 * MINUTE, 80 * MINUTE),
    ]


def test_a_session_that_has_just_begun_lasts_a_moment(world: World) -> None:
    world.open(1, 2)
    (session,) = history(world)
    assert session.end - session.start == 1


def test_the_same_number_is_the_same_participant_on_either_side(world: World) -> None:
    world.open(1, 2)
    world.now += 1
    world.open(3, 1)
    first, second = history(world)
    assert first.participants[0] == second.participants[1]
    assert len({*first.participants, *second.participants}) == 3


def test_who_shares_a_number_is_one_participant_whatever_came_first(world: World) -> None:
    a, b = "+447700900001", "+447700900002"
    for people in ((a, 3), (b, 4), ((a, b), 5)):
        world.open(*people)
        world.now += 1
    assert len({each.participants[0] for each in history(world)}) == 1


def test_numbers_that_a_participant_had_before_are_its_own_too(world: World) -> None:
    opened = world.open(1, 2)
    change = SessionChange(opened.session.session_id, participants={0: ParticipantChange(("+447700900009",))})
    world.sessions.update(change)
    world.now += 1
    world.open(9, 3)
    world.open(1, 4)
    assert len({each.participants[0] for each in history(world)}) == 1


def test_countries_are_those_of_the_real_numbers(world: World) -> None:
    world.open("+33612345678", 2)
    found = history_of(world.store, POOL, world.now, country_by(world.vault, PhonenumbersPlan()))
    assert found.sessions[0].countries == ("FR", "GB")
    with pytest.raises(SealBroken):
        history_of(world.store, POOL, world.now, country_by(RingVault.random(), PhonenumbersPlan()))


def test_other_pools_do_not_count_and_reserving_sessions_are_told(world: World) -> None:
    world.pool(2, name="other", first=10)
    world.open(1, 2, pool="other")
    world.open(3, 4, reserve_numbers=True)
    found = history_of(world.store, POOL, world.now, nowhere)
    assert (len(found.sessions), found.reserved) == (1, 1)


def test_a_long_history_is_read_page_by_page(world: World) -> None:
    told: list[int] = []
    for index in range(501):
        world.open(2 * index % 900, (2 * index + 1) % 900, time_to_live=1)
        world.now += 2
    assert len(history_of(world.store, POOL, world.now, nowhere, told.append).sessions) == 501
    assert told == [500, 501]
