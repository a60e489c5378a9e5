"""Which rule rules a number out, and the report of a pool that has none left."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.drafts import LONDON, MOBILE, POOL, accepts, facts, pool
from masking_core.allocation import searches
from masking_core.exhaustion import NumberFacts, PoolExhausted, Rule, exhaustion, reach_of, ruled_out_by
from masking_core.home import Home
from masking_core.instants import HOUR
from masking_core.pools import Geography, NumberState, PoolPolicy

NONE, COUNTRY, AREA = Geography.NONE, Geography.COUNTRY, Geography.AREA
STRICT_AREA = PoolPolicy(geography=AREA, strict_geography=True, reuse_early=False)
EVERYTHING_WRONG: dict[str, Any] = {
    "state": NumberState.DRAINING,
    "voice": False,
    "reserved": True,
    "occupied": True,
    "in_use": True,
    "country": "US",
    "cooling": True,
}
FACTS = st.builds(
    facts,
    state=st.sampled_from(NumberState),
    voice=st.booleans(),
    country=st.sampled_from(["GB", "US", ""]),
    area=st.sampled_from(["20", "202", ""]),
    reserved=st.booleans(),
    occupied=st.booleans(),
    cooling=st.booleans(),
)
HOMES = st.builds(Home, st.sampled_from(["GB", "US", ""]), st.sampled_from(["20", "202", ""]))
POLICIES = st.builds(
    PoolPolicy,
    geography=st.sampled_from(Geography),
    strict_geography=st.booleans(),
    reuse_early=st.booleans(),
    cool_off=st.just(HOUR),
)


def ruled_out(
    home: Home = LONDON, policy: PoolPolicy = STRICT_AREA, *, reserve: bool = True, **wrong: Any
) -> Rule | None:
    return ruled_out_by(facts(**wrong), home, policy, reserve=reserve)


def test_an_idle_number_of_the_area_will_do() -> None:
    assert ruled_out() is None


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ("state", Rule.NOT_IN_SERVICE),
        ("voice", Rule.NO_VOICE),
        ("reserved", Rule.RESERVED),
        ("occupied", Rule.IN_USE_BY_PARTICIPANT),
        ("in_use", Rule.IN_USE),
        ("country", Rule.GEOGRAPHY),
        ("cooling", Rule.COOLING_OFF),
    ],
)
def test_each_rule_rules_out_and_the_earlier_one_is_named(wrong: str, rule: Rule) -> None:
    names = list(EVERYTHING_WRONG)
    assert ruled_out(**{wrong: EVERYTHING_WRONG[wrong]}) is rule
    assert ruled_out(**{name: EVERYTHING_WRONG[name] for name in names[names.index(wrong) :]}) is rule


def test_a_retired_number_is_not_in_service() -> None:
    assert ruled_out(state=NumberState.RETIRED) is Rule.NOT_IN_SERVICE


def test_a_number_in_use_will_do_for_a_session_that_reserves_nothing() -> None:
    assert ruled_out(reserve=False, in_use=True) is None


def test_a_pair_that_cools_off_will_do_where_the_pool_reuses_early() -> None:
    assert ruled_out(policy=PoolPolicy(), cooling=True) is None


@pytest.mark.parametrize(
    ("geography", "strict", "home", "country", "area", "will_do"),
    [
        (NONE, True, LONDON, "US", "202", True),
        (COUNTRY, True, LONDON, "GB", "161", True),
        (COUNTRY, True, LONDON, "US", "20", False),
        (COUNTRY, False, LONDON, "US", "20", True),
        (AREA, True, LONDON, "GB", "20", True),
        (AREA, True, LONDON, "GB", "161", False),
        (AREA, True, LONDON, "US", "20", False),
        (AREA, False, LONDON, "US", "202", True),
        (AREA, True, MOBILE, "GB", "161", True),
        (AREA, True, MOBILE, "US", "", False),
    ],
)
def test_geography_binds_as_far_as_the_policy_is_strict_and_the_participant_has_an_area(
    *, geography: Geography, strict: bool, home: Home, country: str, area: str, will_do: bool
) -> None:
    policy = PoolPolicy(geography=geography, strict_geography=strict)
    expected = None if will_do else Rule.GEOGRAPHY
    assert ruled_out(home, policy, country=country, area=area) is expected


@pytest.mark.parametrize(
    ("geography", "home", "country", "area", "reach"),
    [
        (AREA, LONDON, "GB", "20", AREA),
        (AREA, LONDON, "GB", "161", COUNTRY),
        (AREA, LONDON, "US", "20", NONE),
        (AREA, MOBILE, "GB", "", COUNTRY),
        (COUNTRY, LONDON, "GB", "20", COUNTRY),
        (NONE, LONDON, "GB", "20", NONE),
    ],
)
def test_the_reach_of_a_number_is_told_as_far_as_the_policy_asks(
    geography: Geography, home: Home, country: str, area: str, reach: Geography
) -> None:
    assert reach_of(facts(country=country, area=area), home, PoolPolicy(geography=geography)) is reach


@given(FACTS, HOMES, POLICIES)
def test_the_report_and_the_searches_agree_on_every_number(number: NumberFacts, home: Home, policy: PoolPolicy) -> None:
    found = [search for search in searches(policy, home) if accepts(search, number)]
    assert (ruled_out_by(number, home, policy, reserve=False) is None) == bool(found)
    if found:
        assert reach_of(number, home, policy) is found[0].reach


def test_a_report_counts_every_number_of_the_pool_once_under_the_first_rule_it_fails() -> None:
    groups = [
        facts(state=NumberState.DRAINING, voice=False, count=2),
        facts(occupied=True, in_use=True, count=40),
        facts(occupied=True, count=1),
        facts(reserved=True, count=7),
    ]
    report = exhaustion(pool(), 1, LONDON, groups, reserve=False)
    assert report.ruled_out == {Rule.IN_USE_BY_PARTICIPANT: 41, Rule.RESERVED: 7, Rule.NOT_IN_SERVICE: 2}
    assert list(report.ruled_out) == [Rule.IN_USE_BY_PARTICIPANT, Rule.RESERVED, Rule.NOT_IN_SERVICE]
    assert (report.pool, report.side, report.numbers) == (POOL, 1, 50)


def test_a_report_says_what_would_help_beginning_with_what_costs_most() -> None:
    groups = [facts(country="US", count=3), facts(cooling=True, count=5)]
    strict = pool(geography=COUNTRY, strict_geography=True, reuse_early=False)
    report = exhaustion(strict, 0, LONDON, groups, reserve=False)
    assert report.help == (
        "shorten the pool's cool-off, or allow early reuse",
        "add numbers of the participant's country or area, or allow geography to widen",
    )


@pytest.mark.parametrize("rule", Rule)
def test_there_is_help_against_every_rule(rule: Rule) -> None:
    wrong = {
        Rule.NOT_IN_SERVICE: "state",
        Rule.NO_VOICE: "voice",
        Rule.RESERVED: "reserved",
        Rule.IN_USE: "in_use",
        Rule.IN_USE_BY_PARTICIPANT: "occupied",
        Rule.GEOGRAPHY: "country",
        Rule.COOLING_OFF: "cooling",
    }[rule]
    strict = pool(geography=AREA, strict_geography=True, reuse_early=False)
    report = exhaustion(strict, 0, LONDON, [facts(**{wrong: EVERYTHING_WRONG[wrong]})], reserve=True)
    assert report.ruled_out == {rule: 1}
    assert len(report.help) == 1
    assert report.help[0]


def test_the_report_of_an_empty_pool_says_so() -> None:
    report = exhaustion(pool(), 0, LONDON, [], reserve=False)
    assert (report.numbers, report.ruled_out, report.help) == (0, {}, ("add numbers to the pool",))
    assert "the pool is empty" in str(PoolExhausted(report))


def test_the_error_tells_the_report_in_one_sentence() -> None:
    report = exhaustion(pool(), 1, LONDON, [facts(occupied=True, count=12), facts(voice=False)], reserve=False)
    assert str(PoolExhausted(report)) == (
        "no number of pool ride-uk is free for participants[1]: 13 numbers, ruled out: "
        "IN_USE_BY_PARTICIPANT 12, NO_VOICE 1. What would help: "
        "close sessions of this participant, or add numbers to the pool; add numbers that carry voice"
    )


@given(numbers=st.lists(FACTS), reserve=st.booleans())
def test_no_number_is_counted_twice(*, numbers: list[NumberFacts], reserve: bool) -> None:
    report = exhaustion(pool(), 0, LONDON, numbers, reserve=reserve)
    assert report.numbers == len(numbers)
    assert sum(report.ruled_out.values()) <= len(numbers)
    assert len(report.help) == (len(report.ruled_out) or 1)
