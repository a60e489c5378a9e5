"""How a session is put together on the numbers chosen for it, and put together again when it changes."""

from dataclasses import replace

import pytest

from core.drafts import LONDON, NOW, VIRTUAL, Listed, caller, facts, need, pool, session, side
from masking_core.allocation import Need
from masking_core.errors import NumberNotAvailable
from masking_core.exhaustion import PoolExhausted
from masking_core.instants import HOUR
from masking_core.opening import Opening, Revision
from masking_core.pools import Geography
from masking_core.sessions import Leg, Session, Side

KEYS = ("00000001",)
ONE, TWO, THREE = VIRTUAL
THREE_NUMBERS = Listed({number: (facts(), 0) for number in VIRTUAL})
LATER = NOW + HOUR


def opening(first: Need, second: Need, *, reserved: bool = False) -> Opening:
    draft = session(side(""), side(""), reserved=reserved, reference="ride 7", labels={"city": "london"})
    return Opening(draft, pool(geography=Geography.AREA), (first, second), KEYS)


def revision(before: Session, first: Need | None, second: Need | None) -> Revision:
    revised = replace(before, update_time=LATER, version=before.version + 1)
    return Revision(revised, pool(), (first, second), KEYS)


def test_each_participant_gets_a_number_of_its_own_and_all_its_numbers_are_routed_on_it() -> None:
    opened = opening(need("a", "a2", label="Ann"), need("b", label="Bob")).placed(THREE_NUMBERS)
    assert opened.sides == (
        Side("Ann", ONE, Geography.AREA, False, (Leg(caller("a"), ONE), Leg(caller("a2"), ONE))),
        Side("Bob", TWO, Geography.AREA, False, (Leg(caller("b"), TWO),)),
    )


def test_all_else_of_the_session_is_as_it_was_drafted() -> None:
    asked = opening(need("a"), need("b"))
    opened = asked.placed(THREE_NUMBERS)
    assert replace(opened, sides=asked.draft.sides) == asked.draft


def test_two_participants_can_dial_the_same_number_when_there_is_no_other() -> None:
    opened = opening(need("a"), need("b")).placed(Listed({ONE: (facts(), 0)}))
    assert [each.proxy for each in opened.sides] == [ONE, ONE]


def test_each_participant_s_number_is_chosen_for_itself() -> None:
    taken = replace(THREE_NUMBERS, occupied=frozenset({("a 0", ONE), ("a 0", TWO), ("b 0", THREE)}))
    opened = opening(need("a"), need("b")).placed(taken)
    assert [each.proxy for each in opened.sides] == [THREE, ONE]


def test_a_participant_with_several_numbers_gets_one_that_is_free_for_all_of_them() -> None:
    taken = replace(THREE_NUMBERS, occupied=frozenset({("a 0", ONE), ("a2 0", TWO)}))
    assert opening(need("a", "a2"), need("b")).placed(taken).sides[0].proxy == THREE


def test_numbers_asked_for_by_name_are_given() -> None:
    opened = opening(need("a", wanted=THREE), need("b", wanted=ONE)).placed(THREE_NUMBERS)
    assert [each.proxy for each in opened.sides] == [THREE, ONE]


@pytest.mark.parametrize(("index", "name"), [(0, "a"), (1, "b")])
def test_the_participant_without_a_number_is_named(index: int, name: str) -> None:
    taken = replace(THREE_NUMBERS, occupied=frozenset((f"{name} 0", number) for number in VIRTUAL))
    with pytest.raises(PoolExhausted) as caught:
        opening(need("a"), need("b")).placed(taken)
    assert caught.value.exhaustion.side == index
    with pytest.raises(NumberNotAvailable) as refused:
        opening(need("a", wanted=TWO), need("b", wanted=TWO)).placed(taken)
    assert refused.value.side == index


def test_a_session_that_reserves_takes_idle_numbers_alone() -> None:
    in_use = Listed({ONE: (facts(in_use=True), 1)})
    with pytest.raises(NumberNotAvailable, match="IN_USE"):
        opening(need("a", wanted=ONE), need("b"), reserved=True).placed(in_use)
    assert opening(need("a", wanted=ONE), need("b")).placed(in_use).sides[0].proxy == ONE


def test_how_near_a_number_lies_and_whether_it_was_reused_early_is_told_of_each_side() -> None:
    numbers = Listed({ONE: (facts(country="US", area="202", cooling=True), 0)})
    opened = opening(need("a", home=LONDON), need("b", home=LONDON)).placed(numbers)
    assert [(each.reach, each.reused_early) for each in opened.sides] == [(Geography.NONE, True)] * 2


def test_a_change_of_neither_participant_leaves_both_as_they_are() -> None:
    before = session(side(ONE, "a"), side(TWO, "b"))
    assert revision(before, None, None).placed(THREE_NUMBERS).sides == before.sides


def test_a_participant_whose_numbers_change_keeps_its_proxy_and_its_old_numbers_stop_now() -> None:
    before = session(side(ONE, "a"), side(TWO, "b"))
    after = revision(before, need("a2", label="Ann"), None).placed(THREE_NUMBERS)
    assert after.sides[0].label == "Ann"
    assert after.sides[0].proxy == ONE
    assert after.sides[0].legs == (Leg(caller("a2"), ONE), Leg(caller("a"), ONE, LATER))
    assert after.sides[1] == before.sides[1]


def test_a_number_that_stopped_before_keeps_the_moment_it_did() -> None:
    gone = Leg(caller("a0"), ONE, NOW)
    before = session(side(ONE, "a", former=(gone,)), side(TWO, "b"))
    after = revision(before, need("a2"), None).placed(THREE_NUMBERS)
    assert after.sides[0].legs == (Leg(caller("a2"), ONE), Leg(caller("a"), ONE, LATER), gone)


def test_a_number_that_stays_among_the_new_ones_is_in_force_again() -> None:
    before = session(side(ONE, "a"), side(TWO, "b"))
    after = revision(before, need("a2", "a"), None).placed(THREE_NUMBERS)
    assert [leg.caller for leg in after.sides[0].current] == [caller("a2"), caller("a")]


def test_a_participant_whose_new_number_is_taken_on_its_proxy_moves_and_the_other_does_not() -> None:
    before = session(side(ONE, "a"), side(TWO, "b"))
    taken = Listed({ONE: (facts(), 1), TWO: (facts(), 0), THREE: (facts(), 0)}, frozenset({("a2 0", ONE)}))
    after = revision(before, need("a2"), None).placed(taken)
    assert [each.proxy for each in after.sides] == [THREE, TWO]
    assert after.sides[0].legs == (Leg(caller("a2"), THREE), Leg(caller("a"), ONE, LATER))


def test_both_participants_can_change_at_once() -> None:
    before = session(side(ONE, "a"), side(TWO, "b"))
    after = revision(before, need("a2"), need("b2")).placed(THREE_NUMBERS)
    assert [[leg.caller for leg in each.current] for each in after.sides] == [[caller("a2")], [caller("b2")]]
    assert [each.proxy for each in after.sides] == [ONE, TWO]


@pytest.mark.parametrize(("index", "name"), [(0, "a2"), (1, "b2")])
def test_a_change_that_finds_no_number_names_the_participant(index: int, name: str) -> None:
    before = session(side(ONE, "a"), side(TWO, "b"))
    taken = replace(THREE_NUMBERS, occupied=frozenset((f"{name} 0", number) for number in VIRTUAL))
    with pytest.raises(PoolExhausted) as caught:
        revision(before, need("a2"), need("b2")).placed(taken)
    assert caught.value.exhaustion.side == index
