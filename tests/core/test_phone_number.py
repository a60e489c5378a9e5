"""Phone numbers as text, and the real ones that never print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking_core.phone_number import RealNumber, from_digits, is_e164, redact

E164 = st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True)
NOT_E164 = ["", "+", "447700900123", "+0447700900", "+44 7700 900123", "+123456", "+1234567890123456", "+44770090012a"]
LOOK_ALIKES = [
    "+447700900123\n",
    "\n+447700900123",
    "++447700900123",
    "+٤٤٧٧٠٠٩٠٠١٢٣",
    "\uff0b447700900123",
    "+44770090012\0",
]


def test_a_number_prints_with_its_beginning_and_its_end_alone() -> None:
    assert str(RealNumber("+41793026727")) == "+41•••••6727"
    assert repr(RealNumber("+41793026727")) == "+41•••••6727"


@pytest.mark.parametrize("text", ["{}", "{!r}", "{!s}", "%s"])
def test_a_number_prints_redacted_however_it_is_formatted(text: str) -> None:
    number = RealNumber("+447700900123")
    assert "7700900" not in (text.format(number) if "{" in text else text % number)
    assert "7700900" not in f"{[number]} { ({'a': number}) } {number}"


@given(E164)
def test_a_number_of_any_length_keeps_it_and_hides_five_digits_and_all_but_its_ends(e164: str) -> None:
    shown = redact(e164)
    assert len(shown) == len(e164)
    assert shown.count("•") >= 5
    assert set(shown[3:-4]) <= {"•"}
    assert all(mark in ("•", digit) for mark, digit in zip(shown, e164, strict=True))


@given(E164)
def test_a_number_gives_itself_away_when_asked(e164: str) -> None:
    assert RealNumber(e164).e164 == e164
    assert "+" + RealNumber(e164).digits == e164


@given(E164)
def test_digits_of_the_wire_become_a_number_and_back(e164: str) -> None:
    assert from_digits(e164[1:]) == e164
    assert is_e164(e164)


@pytest.mark.parametrize("text", NOT_E164 + LOOK_ALIKES, ids=ascii)
def test_what_is_no_number_is_refused_without_being_shown(text: str) -> None:
    assert not is_e164(text)
    with pytest.raises(ValueError, match=r"^not an E\.164 phone number$"):
        RealNumber(text)


@pytest.mark.parametrize(
    "digits", ["", "anonymous", "+447700900123", "0447700900123", "123456", "1" * 16, "44 770090012"]
)
def test_digits_that_are_no_number_are_none(digits: str) -> None:
    assert from_digits(digits) is None


@given(st.text())
def test_any_text_is_a_number_or_not(text: str) -> None:
    assert is_e164(text) == (from_digits(text.removeprefix("+")) == text)


def test_equal_numbers_are_equal_and_stand_in_sets() -> None:
    assert {RealNumber("+447700900123"), RealNumber("+447700900123")} == {RealNumber("+447700900123")}
