"""Which rings may write to a store, and how a session moves to another ring."""

from dataclasses import replace

import pytest

from adapters.sealing.key import Key
from adapters.sealing.vault import RingVault
from core.drafts import session
from masking_core.errors import KeysChanged, SealBroken
from masking_core.keys import check_ring, rekeyed
from masking_core.phone_number import RealNumber
from masking_core.pools import Geography
from masking_core.ports.keys import Vault
from masking_core.sealed import Caller, Sealed, side_place
from masking_core.sessions import Leg, Session, Side

A, B = Key("0000000a", b"a" * 32), Key("0000000b", b"b" * 32)
ONLY_A, BOTH_A_SEALS, BOTH_B_SEALS, ONLY_B = (RingVault.of(*ring) for ring in ((A,), (A, B), (B, A), (B,)))
NUMBERS = (RealNumber("+447700900101"), RealNumber("+447700900102"))
GONE = RealNumber("+447700900103")
ONE, TWO = "+442079460001", "+442079460002"


def sealed_side(index: int, vault: Vault, proxy: str, *numbers: RealNumber) -> Side:
    place = side_place("s1", index)
    callers = [Caller(vault.seal(number, place), vault.lookups(number)) for number in numbers]
    current, *former = (Leg(caller, proxy) for caller in callers)
    legs = (current, *(replace(leg, until=7) for leg in former))
    return Side("", proxy, Geography.NONE, reused_early=False, legs=legs)


def sealed_session(vault: Vault) -> Session:
    """Two participants, the first of whom once had another number."""
    return session(sealed_side(0, vault, ONE, NUMBERS[0], GONE), sealed_side(1, vault, TWO, NUMBERS[1]))


def opened(moved: Session, vault: Vault) -> list[RealNumber]:
    return [
        vault.unseal(leg.caller.sealed, side_place("s1", index))
        for index, side in enumerate(moved.sides)
        for leg in side.legs
    ]


@pytest.mark.parametrize(
    ("ring", "stored"),
    [(["a"], ["a"]), (["a", "b"], ["a"]), (["a", "b"], ["a", "b"]), (["b", "a"], ["a", "b"]), (["b", "a"], ["b"])],
)
def test_a_ring_that_looks_up_by_every_key_of_the_store_and_seals_by_one_may_write(
    ring: list[str], stored: list[str]
) -> None:
    check_ring(ring, stored)
    check_ring(ring, stored[::-1])


@pytest.mark.parametrize(
    ("ring", "stored"),
    [(["a"], ["a", "b"]), (["b"], ["a", "b"]), (["a"], ["b"]), (["a", "b"], ["b"]), (["b", "a"], ["a"]), (["a"], [])],
)
def test_any_other_ring_may_not_write(ring: list[str], stored: list[str]) -> None:
    with pytest.raises(KeysChanged):
        check_ring(ring, stored)


@pytest.mark.parametrize("vault", [ONLY_A, BOTH_A_SEALS, BOTH_B_SEALS])
def test_a_session_that_is_under_the_ring_already_is_left_alone(vault: RingVault) -> None:
    assert rekeyed(sealed_session(vault), vault) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [(ONLY_A, BOTH_A_SEALS), (BOTH_A_SEALS, BOTH_B_SEALS), (ONLY_A, BOTH_B_SEALS), (BOTH_B_SEALS, ONLY_B)],
)
def test_a_session_moves_to_a_ring_with_every_number_it_ever_had(before: RingVault, after: RingVault) -> None:
    stored = sealed_session(before)
    found = rekeyed(stored, after)
    assert found is not None
    moved, _ = found
    assert opened(moved, after) == [NUMBERS[0], GONE, NUMBERS[1]]
    assert {after.sealed_by(leg.caller.sealed) for side in moved.sides for leg in side.legs} == {after.key_ids()[0]}
    assert moved.sides[0].legs[0].caller.lookups == after.lookups(NUMBERS[0])
    assert moved.version == stored.version + 1
    assert rekeyed(moved, after) is None


def test_a_move_changes_nothing_but_seals_look_up_keys_and_the_version() -> None:
    stored = sealed_session(ONLY_A)
    found = rekeyed(stored, BOTH_B_SEALS)
    assert found is not None
    moved, _ = found
    assert replace(moved, sides=stored.sides, version=stored.version) == stored
    assert [[(leg.proxy, leg.until) for leg in side.legs] for side in moved.sides] == [
        [(leg.proxy, leg.until) for leg in side.legs] for side in stored.sides
    ]


def test_a_move_that_adds_a_key_drops_no_look_up_key() -> None:
    found = rekeyed(sealed_session(ONLY_A), BOTH_A_SEALS)
    assert found is not None
    assert found[1] == ()


def test_a_move_that_takes_a_key_away_drops_its_look_up_keys() -> None:
    found = rekeyed(sealed_session(BOTH_B_SEALS), ONLY_B)
    assert found is not None
    expected = {ONLY_A.lookups(number)[0] for number in (*NUMBERS, GONE)}
    assert set(found[1]) == expected
    assert len(found[1]) == len(expected)


def test_a_session_whose_key_is_gone_cannot_move() -> None:
    with pytest.raises(SealBroken):
        rekeyed(sealed_session(ONLY_A), ONLY_B)


def test_a_session_whose_seals_were_put_in_another_session_cannot_move() -> None:
    with pytest.raises(SealBroken):
        rekeyed(replace(sealed_session(ONLY_A), session_id="s2"), BOTH_A_SEALS)


def test_a_session_with_a_damaged_seal_cannot_move() -> None:
    stored = sealed_session(ONLY_A)
    leg = stored.sides[0].legs[0]
    damaged = replace(leg, caller=replace(leg.caller, sealed=Sealed(leg.caller.sealed[:-1])))
    first = replace(stored.sides[0], legs=(damaged,))
    with pytest.raises(SealBroken):
        rekeyed(replace(stored, sides=(first, stored.sides[1])), BOTH_A_SEALS)
