"""Policies that contradict themselves are refused, and the field is named."""

from typing import Any

import pytest

from core.drafts import NOW
from masking_core.audio import Announcement, Audio
from masking_core.errors import InvalidArgument
from masking_core.instants import DAY, HOUR
from masking_core.pools import Geography, Pool, PoolPolicy, Treatment

CALL_CENTRE = "+442079460999"


def refused_field(**policy: Any) -> str:
    with pytest.raises(InvalidArgument) as caught:
        PoolPolicy(**policy)
    return caught.value.field


def test_the_policy_that_says_nothing_is_sound() -> None:
    policy = PoolPolicy()
    assert (policy.cool_off, policy.retention) == (DAY, 30 * DAY)
    assert policy.on_ended_session is policy.on_no_session is Treatment.PLAY
    assert (policy.geography, policy.strict_geography, policy.reuse_early) == (Geography.NONE, False, True)
    assert Pool("ride-uk", policy, NOW, NOW).version == 1


def test_nearness_is_stored_as_a_number_that_never_changes_and_grows() -> None:
    assert {reach.name: reach.value for reach in Geography} == {"NONE": 0, "COUNTRY": 1, "AREA": 2}


@pytest.mark.parametrize("name", ["cool_off", "retention", "default_time_to_live", "max_time_to_live"])
def test_no_duration_is_negative(name: str) -> None:
    assert refused_field(**{name: -1}) == f"policy.{name}"


def test_what_is_forgotten_cannot_cool_off() -> None:
    assert refused_field(cool_off=DAY + 1, retention=DAY) == "policy.cool_off"
    assert PoolPolicy(cool_off=DAY, retention=DAY).cool_off == DAY


def test_the_default_time_is_within_the_longest() -> None:
    assert refused_field(default_time_to_live=HOUR + 1, max_time_to_live=HOUR) == "policy.default_time_to_live"
    assert PoolPolicy(default_time_to_live=HOUR, max_time_to_live=HOUR).max_time_to_live == HOUR
    assert PoolPolicy(default_time_to_live=HOUR).max_time_to_live == 0
    assert PoolPolicy(max_time_to_live=HOUR).default_time_to_live == 0


@pytest.mark.parametrize("country", ["", "gb", "GBR", "G1", "GB ", "ГБ"])
def test_a_country_is_two_capital_letters(country: str) -> None:
    assert refused_field(countries=("GB", country)) == "policy.countries[1]"


@pytest.mark.parametrize("treatment", ["on_ended_session", "on_no_session"])
def test_calls_are_forwarded_to_a_call_centre_that_is_named(treatment: str) -> None:
    assert refused_field(**{treatment: Treatment.FORWARD}) == "policy.call_centre"
    forwarding: dict[str, Any] = {"call_centre": CALL_CENTRE, treatment: Treatment.FORWARD}
    assert PoolPolicy(**forwarding).call_centre == CALL_CENTRE


@pytest.mark.parametrize("number", ["442079460999", "call centre", "+44 20 7946 0999", "112"])
def test_a_call_centre_is_a_number_and_a_wrong_one_is_not_shown(number: str) -> None:
    with pytest.raises(InvalidArgument, match=r"policy\.call_centre") as caught:
        PoolPolicy(call_centre=number)
    assert number not in str(caught.value)


def test_a_pool_s_own_announcement_is_a_file_of_its_own() -> None:
    standard = Audio(standard=Announcement.NOT_ALLOWED)
    field = refused_field(announcements={Announcement.SESSION_ENDED: standard})
    assert field == "policy.announcements[session-ended]"


@pytest.mark.parametrize("name", ["a", "ride-uk", "0", "a" * 63, "a--b"])
def test_a_pool_has_a_name_that_can_stand_in_a_resource_name(name: str) -> None:
    assert Pool(name, PoolPolicy(), NOW, NOW).name == name


@pytest.mark.parametrize("name", ["", "A", "a_b", "-a", "a-", "a/b", "a" * 64, "a\n", "ü", "a b", "..", "\0"])
def test_a_pool_has_no_other_name(name: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        Pool(name, PoolPolicy(), NOW, NOW)
    assert caught.value.field == "pool"
