"""What a ring of keys does to numbers and bytes."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sealing.key import Key
from adapters.sealing.vault import RingVault
from masking_core.errors import SealBroken
from masking_core.phone_number import RealNumber
from masking_core.sealed import Sealed

NUMBER = RealNumber("+447700900123")
OTHER = RealNumber("+447700900124")
PLACE = "session/0190/0"
OLD = Key("00000001", bytes(range(32)))
NEW = Key("00000002", bytes(range(32, 64)))
SEALED_BY_THE_FIRST_VERSION = (
    "016a1f3c2b59c5368d104f76f039be0d884e56ad3c6d11cdc281dcfa6a4e38075fba5942cfd498c0a6d1d7b3087d21899a"
)
LOOKUP_OF_THE_FIRST_VERSION = "da10ddb5015ffa43ae9be0f5e3a0dd67"
NUMBERS = st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True).map(RealNumber)


def hkdf(secret: bytes, use: str) -> bytes:
    """HKDF-SHA-256 of RFC 5869 for one block of output, as the standard library has it in parts."""
    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, f"masking/{use}/1".encode() + b"\x01", "sha256")


@given(NUMBERS, st.text(max_size=40))
def test_a_number_opens_where_it_was_sealed(number: RealNumber, place: str) -> None:
    vault = RingVault.of(NEW)
    assert vault.unseal(vault.seal(number, place), place) == number


@given(st.binary(max_size=300))
def test_bytes_open_where_they_were_sealed(data: bytes) -> None:
    vault = RingVault.of(NEW)
    assert vault.unseal_bytes(vault.seal_bytes(data, PLACE), PLACE) == data


def test_a_number_sealed_twice_looks_different() -> None:
    vault = RingVault.random()
    assert vault.seal(NUMBER, PLACE) != vault.seal(NUMBER, PLACE)


def test_a_short_and_a_long_number_make_seals_of_the_same_length() -> None:
    vault = RingVault.random()
    shortest, longest = RealNumber("+1234567"), RealNumber("+123456789012345")
    assert len(vault.seal(shortest, PLACE)) == len(vault.seal(longest, PLACE)) == 49


def test_a_seal_shows_nothing_of_the_number() -> None:
    sealed = bytes(RingVault.random().seal(NUMBER, PLACE))
    assert NUMBER.digits.encode() not in sealed
    assert bytes.fromhex(NUMBER.digits) not in sealed


def test_a_seal_with_any_bit_changed_does_not_open() -> None:
    vault = RingVault.random()
    sealed = vault.seal(NUMBER, PLACE)
    for position in range(len(sealed)):
        for bit in range(8):
            altered = bytearray(sealed)
            altered[position] ^= 1 << bit
            with pytest.raises(SealBroken):
                vault.unseal(Sealed(bytes(altered)), PLACE)


def test_a_seal_of_any_other_length_does_not_open() -> None:
    vault = RingVault.random()
    sealed = vault.seal(NUMBER, PLACE)
    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            vault.unseal(Sealed(sealed[:length]), PLACE)
    with pytest.raises(SealBroken):
        vault.unseal(Sealed(sealed + b"\0"), PLACE)


@given(st.binary(max_size=100))
def test_bytes_that_nobody_sealed_do_not_open(data: bytes) -> None:
    with pytest.raises(SealBroken):
        RingVault.of(OLD).unseal(Sealed(data), PLACE)


@pytest.mark.parametrize("place", ["session/0190/1", "session/0191/0", "", "report/0190", "session/0190/0 "])
def test_a_seal_does_not_open_at_another_place(place: str) -> None:
    vault = RingVault.random()
    with pytest.raises(SealBroken):
        vault.unseal(vault.seal(NUMBER, PLACE), place)


def test_a_seal_does_not_open_with_another_secret_under_the_same_id() -> None:
    sealed = RingVault.of(OLD).seal(NUMBER, PLACE)
    with pytest.raises(SealBroken):
        RingVault.of(Key(OLD.key_id, NEW.secret)).unseal(sealed, PLACE)


def test_a_seal_cannot_be_relabelled_as_another_key_s() -> None:
    first, second = Key("00000001", bytes(32)), Key("00000002", bytes(32))
    sealed = RingVault.of(first).seal(NUMBER, PLACE)
    relabelled = Sealed(sealed[:1] + bytes.fromhex(second.key_id) + sealed[5:])
    with pytest.raises(SealBroken):
        RingVault.of(second).unseal(relabelled, PLACE)


def test_a_seal_of_a_key_that_is_gone_names_the_key() -> None:
    sealed = RingVault.of(OLD).seal(NUMBER, PLACE)
    with pytest.raises(SealBroken, match="key 00000001"):
        RingVault.of(NEW).unseal(sealed, PLACE)


@pytest.mark.parametrize(
    "data", [b"", b"no number", b"+44\0\0770090012", b"\xff" * 16, "+4477009001\u0662\u0663".encode()]
)
def test_sealed_bytes_that_are_no_number_do_not_open_as_one(data: bytes) -> None:
    vault = RingVault.random()
    with pytest.raises(SealBroken):
        vault.unseal(vault.seal_bytes(data, PLACE), PLACE)


def test_no_error_of_a_broken_seal_tells_what_was_sealed() -> None:
    vault = RingVault.random()
    with pytest.raises(SealBroken) as caught:
        vault.unseal(vault.seal_bytes(b"07700900123", PLACE), PLACE)
    assert "7700900123" not in repr(caught.value)
    assert caught.value.__suppress_context__


def test_the_first_key_seals_and_every_key_opens() -> None:
    before, during = RingVault.of(OLD), RingVault.of(NEW, OLD)
    assert during.sealed_by(during.seal(NUMBER, PLACE)) == NEW.key_id
    assert during.unseal(before.seal(NUMBER, PLACE), PLACE) == NUMBER


def test_the_ids_checks_look_up_keys_and_digests_stand_in_the_ring_s_order() -> None:
    old, new, both = RingVault.of(OLD), RingVault.of(NEW), RingVault.of(NEW, OLD)
    assert both.key_ids() == (NEW.key_id, OLD.key_id)
    assert both.checks() == new.checks() + old.checks()
    assert both.lookups(NUMBER) == new.lookups(NUMBER) + old.lookups(NUMBER)
    assert both.digests(b"report") == new.digests(b"report") + old.digests(b"report")


def test_the_sealing_key_of_a_seal_is_told_even_when_the_ring_lacks_it() -> None:
    assert RingVault.of(NEW).sealed_by(RingVault.of(OLD).seal(NUMBER, PLACE)) == OLD.key_id


@pytest.mark.parametrize("text", [b"", b"\x01", b"\x02" * 60, b"\x01" * 32])
def test_what_is_no_seal_was_sealed_by_nobody(text: bytes) -> None:
    with pytest.raises(SealBroken):
        RingVault.random().sealed_by(Sealed(text))


def test_look_up_keys_are_equal_for_equal_numbers_alone() -> None:
    vault = RingVault.random()
    assert vault.lookups(NUMBER) == vault.lookups(RealNumber(NUMBER.e164))
    assert vault.lookups(NUMBER) != vault.lookups(OTHER)


def test_look_up_keys_differ_from_key_to_key_and_from_a_plain_hash() -> None:
    (old,), (new,) = RingVault.of(OLD).lookups(NUMBER), RingVault.of(NEW).lookups(NUMBER)
    assert old != new
    assert len(old) == 16
    assert old != hashlib.sha256(NUMBER.e164.encode()).digest()[:16]


def test_a_digest_of_bytes_is_no_look_up_key() -> None:
    vault = RingVault.random()
    assert vault.digests(NUMBER.e164.encode())[0][:16] != vault.lookups(NUMBER)[0]


def test_two_random_vaults_share_nothing() -> None:
    first, second = RingVault.random(), RingVault.random()
    assert first.lookups(NUMBER) != second.lookups(NUMBER)
    assert first.checks()[0].check != second.checks()[0].check


def test_what_is_stored_follows_from_the_secret_by_hkdf_and_hmac() -> None:
    vault = RingVault.of(OLD)
    data = NUMBER.e164.encode()
    assert vault.lookups(NUMBER) == (hmac.digest(hkdf(OLD.secret, "lookup"), data, "sha256")[:16],)
    assert vault.digests(data) == (hmac.digest(hkdf(OLD.secret, "digest"), data, "sha256"),)
    assert vault.checks()[0].check == hkdf(OLD.secret, "check").hex()


def test_what_an_earlier_version_stored_is_still_understood() -> None:
    vault = RingVault.of(Key("6a1f3c2b", bytes(range(32))))
    sealed = Sealed(bytes.fromhex(SEALED_BY_THE_FIRST_VERSION))
    assert vault.unseal(sealed, "session/s/0") == NUMBER
    assert vault.lookups(NUMBER)[0].hex() == LOOKUP_OF_THE_FIRST_VERSION


def test_refreshing_a_fixed_ring_keeps_it() -> None:
    vault = RingVault.of(NEW, OLD)
    vault.refresh()
    assert vault.key_ids() == (NEW.key_id, OLD.key_id)


def test_a_ring_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        RingVault.of()


def test_a_ring_with_one_id_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="same id"):
        RingVault.of(OLD, Key(OLD.key_id, NEW.secret))


@pytest.mark.parametrize("key_id", ["", "1", "0000000g", "0000000A", "000000001", "00000001\n"])
def test_a_key_with_an_ill_formed_id_is_refused(key_id: str) -> None:
    with pytest.raises(ValueError, match="eight digits"):
        Key(key_id, bytes(32))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_with_a_secret_of_another_length_is_refused_without_telling_it(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes") as caught:
        Key("00000001", b"S" * length)
    assert "SSS" not in str(caught.value)


def test_a_key_does_not_print_its_secret() -> None:
    assert repr(OLD) == "Key(key_id='00000001')"
    assert str(Key.new(0x6A1F3C2B).created) == "2026-06-02 20:25:15+00:00"
