"""What is asked of the session service: the first wrong field is named, and no number is shown."""

from dataclasses import replace
from typing import Any

import pytest

from masking_core.audio import Audio
from masking_core.call_settings import CallSettings
from masking_core.errors import InvalidArgument
from masking_core.instants import HOUR
from masking_core.services.requests import (
    OpenRequest,
    ParticipantChange,
    ParticipantRequest,
    SessionChange,
    check_page_size,
)

ANN, BOB = ParticipantRequest(("+447700900101",), "Ann"), ParticipantRequest(("+447700900102",), "Bob")
REQUEST = OpenRequest("ride-uk", (ANN, BOB), request_id="ride-7")
NOT_TEXTS = ["x" * 257, "a\nb", "a\tb", "\0", "\x7f", "\ud800", "\u202e", "\u2028"]


def refused_field(request: OpenRequest | SessionChange) -> str:
    with pytest.raises(InvalidArgument) as caught:
        request.check()
    assert "770090010" not in str(caught.value)
    return caught.value.field


def opening(**changes: Any) -> OpenRequest:
    return replace(REQUEST, **changes)


def opening_for(**changes: Any) -> OpenRequest:
    """A request whose second participant is different."""
    return opening(participants=(ANN, replace(BOB, **changes)))


def test_a_sound_request_is_accepted() -> None:
    REQUEST.check()
    opening(
        reference="é" * 256,
        labels={"city": "Zürich 8", "k.e-y_2": ""},
        request_id="A-z.0:_" + "x" * 57,
        time_to_live=HOUR,
    ).check()
    opening_for(proxy_number="+442079460001", phone_numbers=tuple(f"+4477009001{n:02}" for n in range(10))).check()


@pytest.mark.parametrize("participants", [(), (ANN,), (ANN, BOB, ANN)])
def test_a_session_has_two_participants(participants: tuple[ParticipantRequest, ...]) -> None:
    assert refused_field(opening(participants=participants)) == "participants"


@pytest.mark.parametrize("count", [0, 11])
def test_a_participant_has_one_to_ten_numbers(count: int) -> None:
    numbers = tuple(f"+4477009001{number:02}" for number in range(count))
    assert refused_field(opening_for(phone_numbers=numbers)) == "participants[1].phone_numbers"


def test_a_participant_s_number_stands_once() -> None:
    twice = ("+447700900102", "+447700900103", "+447700900102")
    assert refused_field(opening_for(phone_numbers=twice)) == "participants[1].phone_numbers[2]"


@pytest.mark.parametrize("text", NOT_TEXTS, ids=ascii)
def test_labels_references_and_values_are_short_texts_that_print(text: str) -> None:
    assert refused_field(opening_for(label=text)) == "participants[1].label"
    assert refused_field(opening(reference=text)) == "reference"
    assert refused_field(opening(labels={"city": text})) == "labels[city]"


@pytest.mark.parametrize(
    "text", ["Zo\u00eb", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "a\u00a0b", "\U0001f469\u200d\U0001f680"]
)
def test_a_name_may_have_any_letters_joiners_and_spaces(text: str) -> None:
    opening_for(label=text).check()
    opening(reference=text, labels={"city": text}).check()


@pytest.mark.parametrize("key", ["", "City", "1st", "a b", "a" * 64, "é", "a\n", "+447700900101"])
def test_a_label_s_key_is_a_plain_word_and_a_wrong_one_is_not_shown(key: str) -> None:
    assert refused_field(opening(labels={key: "x"})) == "labels"


def test_a_session_has_sixty_four_labels_at_most() -> None:
    opening(labels={f"k{number}": "" for number in range(64)}).check()
    assert refused_field(opening(labels={f"k{number}": "" for number in range(65)})) == "labels"


@pytest.mark.parametrize("number", ["442079460001", "0", "+44 20 7946 0001", "+4420794600011111", "\0"])
def test_a_number_is_asked_for_by_name_in_e164(number: str) -> None:
    assert refused_field(opening_for(proxy_number=number)) == "participants[1].proxy_number"


@pytest.mark.parametrize("request_id", ["x" * 65, "a b", "é", "a/b", "a\n", "\0"])
def test_a_request_id_is_a_plain_word(request_id: str) -> None:
    assert refused_field(opening(request_id=request_id)) == "request_id"


def test_a_request_prints_without_its_numbers() -> None:
    assert "7700900" not in repr(REQUEST)
    assert "7700900" not in repr(SessionChange("s1", participants={0: ParticipantChange(("+447700900101",))}))


def test_the_same_request_has_the_same_fingerprint_whatever_the_order_of_its_labels() -> None:
    first, second = opening(labels={"a": "1", "b": "2"}), opening(labels={"b": "2", "a": "1"})
    assert first.fingerprint() == second.fingerprint() != ""


@pytest.mark.parametrize(
    "changes",
    [
        {"pool": "ride-fr"},
        {"time_to_live": HOUR},
        {"expire_time": HOUR},
        {"reserve_numbers": True},
        {"reference": "7"},
        {"labels": {"a": "1"}},
        {"call_settings": CallSettings(caller_announcement=Audio(file_id="x"))},
        {"participants": (BOB, ANN)},
        {"participants": (replace(ANN, proxy_number="+442079460001"), BOB)},
        {"participants": (replace(ANN, phone_numbers=("+447700900101", "+447700900103")), BOB)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_another_request_has_another_fingerprint(changes: dict[str, Any]) -> None:
    assert opening(**changes).fingerprint() != REQUEST.fingerprint()


def test_a_request_without_an_id_has_no_fingerprint() -> None:
    assert opening(request_id="").fingerprint() == ""


def test_a_change_of_nothing_is_sound() -> None:
    SessionChange("s1").check()
    SessionChange("s1", labels={}, reference="", participants={0: ParticipantChange(), 1: ParticipantChange()}).check()


@pytest.mark.parametrize("index", [-1, 2])
def test_a_change_is_of_one_of_the_two_participants(index: int) -> None:
    assert refused_field(SessionChange("s1", participants={index: ParticipantChange()})) == f"participants[{index}]"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (ParticipantChange(phone_numbers=()), "participants[1].phone_numbers"),
        (ParticipantChange(phone_numbers=("+447700900101",) * 2), "participants[1].phone_numbers[1]"),
        (ParticipantChange(label="a\nb"), "participants[1].label"),
    ],
)
def test_a_participant_is_changed_under_the_rules_it_was_made_under(change: ParticipantChange, field: str) -> None:
    assert refused_field(SessionChange("s1", participants={1: change})) == field


def test_labels_and_reference_are_changed_under_the_rules_they_were_made_under() -> None:
    assert refused_field(SessionChange("s1", labels={"A": ""})) == "labels"
    assert refused_field(SessionChange("s1", reference="\0")) == "reference"


@pytest.mark.parametrize(("asked", "given"), [(0, 50), (1, 1), (1_000, 1_000), (1_001, 1_000), (10**9, 1_000)])
def test_a_page_has_fifty_items_unless_asked_and_a_thousand_at_most(asked: int, given: int) -> None:
    assert check_page_size(asked) == given


def test_a_page_has_no_negative_size() -> None:
    with pytest.raises(InvalidArgument, match="page_size"):
        check_page_size(-1)
