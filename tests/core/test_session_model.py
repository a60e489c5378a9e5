"""Sessions, their ends, and the routes that follow from them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.drafts import NOW, VIRTUAL, caller, session, side
from masking_core.audio import Announcement, Audio
from masking_core.call_settings import CallSettings
from masking_core.errors import InvalidArgument
from masking_core.instants import HOUR, NEVER
from masking_core.pools import Geography
from masking_core.sealed import LookupKey
from masking_core.sessions import Leg, RouteEntry, SessionState, Side, routes_of

ONE, TWO, _ = VIRTUAL
END = NOW + HOUR
RUNNING = session(side(ONE, "a"), side(TWO, "b"), expire_time=END)


def key(name: str) -> LookupKey:
    return LookupKey(f"{name} 0".encode())


def test_a_session_runs_until_the_microsecond_before_its_expire_time() -> None:
    assert RUNNING.is_active(END - 1)
    assert not RUNNING.is_active(END)
    assert [RUNNING.state(now) for now in (NOW, END - 1, END)] == ["ACTIVE", "ACTIVE", "EXPIRED"]


def test_a_session_without_an_end_runs_on() -> None:
    assert session(side(ONE, "a"), side(TWO, "b"), expire_time=NEVER).is_active(NEVER - 1)


def test_a_closed_session_ended_at_that_moment_and_is_one_version_on() -> None:
    closed = RUNNING.closed(NOW + 7)
    assert (closed.close_time, closed.update_time, closed.version) == (NOW + 7, NOW + 7, 2)
    assert closed.end_time == NOW + 7
    assert closed.state(NOW + 7) is SessionState.CLOSED
    assert closed.state(END + 1) is SessionState.CLOSED


def test_a_closed_session_stays_closed_by_a_clock_that_is_behind() -> None:
    closed = RUNNING.closed(NOW + 7)
    assert not closed.is_active(NOW)
    assert closed.state(NOW) is SessionState.CLOSED


def test_a_session_closed_again_or_after_its_end_is_itself() -> None:
    closed = RUNNING.closed(NOW + 7)
    assert closed.closed(NOW + 8) is closed
    assert RUNNING.closed(END) is RUNNING


def test_two_participants_with_one_number_each_make_two_routes() -> None:
    assert routes_of(RUNNING) == (
        RouteEntry(key("a"), ONE, 0, END, ended=False),
        RouteEntry(key("b"), TWO, 1, END, ended=False),
    )


def test_every_number_and_every_key_of_the_ring_makes_a_route() -> None:
    legs = (Leg(caller("a", keys=2), ONE), Leg(caller("a2", keys=2), ONE))
    routes = routes_of(session(Side("", ONE, Geography.NONE, reused_early=False, legs=legs), side(TWO, "b")))
    assert {(route.caller, route.dialled) for route in routes if route.side == 0} == {
        (b"a 0", ONE),
        (b"a 1", ONE),
        (b"a2 0", ONE),
        (b"a2 1", ONE),
    }


def test_the_routes_of_a_closed_session_end_when_it_was_closed() -> None:
    assert {(route.end_time, route.ended) for route in routes_of(RUNNING.closed(NOW + 7))} == {(NOW + 7, True)}


def test_a_number_that_no_longer_takes_part_has_a_route_that_ended_then() -> None:
    gone = Leg(caller("a0"), ONE, NOW + 5)
    changed = session(side(ONE, "a", former=(gone,)), side(TWO, "b"), expire_time=END)
    assert RouteEntry(key("a0"), ONE, 0, NOW + 5, ended=True) in routes_of(changed)
    assert RouteEntry(key("a"), ONE, 0, END, ended=False) in routes_of(changed)


def test_a_route_never_outlasts_its_session() -> None:
    gone = Leg(caller("a0"), ONE, NOW + 5)
    closed = session(side(ONE, "a", former=(gone,)), side(TWO, "b")).closed(NOW + 3)
    assert {route.caller: route.end_time for route in routes_of(closed)} == {
        key("a"): NOW + 3,
        key("b"): NOW + 3,
        key("a0"): NOW + 2,
    }


def test_a_number_that_left_and_came_back_has_one_route_that_is_in_force() -> None:
    former = (Leg(caller("a"), ONE, NOW + 5), Leg(caller("a"), ONE, NOW + 9))
    routes = routes_of(session(side(ONE, "a", former=former), side(TWO, "b"), expire_time=END))
    assert [route for route in routes if route.caller == key("a")] == [RouteEntry(key("a"), ONE, 0, END, ended=False)]


def test_a_number_that_changed_sides_on_one_proxy_calls_from_the_side_it_is_on_now() -> None:
    former = (Leg(caller("a"), ONE, NOW + 5),)
    routes = routes_of(session(side(ONE, "b", former=former), side(ONE, "a"), expire_time=END))
    assert [route.side for route in routes if route.caller == key("a")] == [1]


NAMES = st.sampled_from("abc")
LEGS = st.builds(Leg, NAMES.map(caller), st.sampled_from(VIRTUAL), st.none() | st.integers(NOW, END))
SIDES = st.builds(
    Side, st.just(""), st.just(ONE), st.just(Geography.NONE), st.just(value=False), st.lists(LEGS).map(tuple)
)


@given(SIDES, SIDES)
def test_there_is_one_route_for_each_caller_and_number_and_it_is_the_last_to_end(first: Side, second: Side) -> None:
    routes = routes_of(session(first, second, expire_time=END))
    found = {(route.caller, route.dialled): route.end_time for route in routes}
    assert len(found) == len(routes)
    legs = [leg for each in (first, second) for leg in each.legs]
    assert found == {
        (leg.caller.lookups[0], leg.proxy): max(
            END if other.until is None else min(other.until, END - 1)
            for other in legs
            if (other.caller, other.proxy) == (leg.caller, leg.proxy)
        )
        for leg in legs
    }


def test_a_side_tells_the_numbers_and_look_up_keys_in_force() -> None:
    mixed = side(ONE, "a", "a2", former=(Leg(caller("a0"), ONE, NOW),))
    assert [leg.caller for leg in mixed.current] == [caller("a"), caller("a2")]
    assert list(mixed.lookups()) == [key("a"), key("a2")]


@pytest.mark.parametrize("missing", ["caller_announcement", "callee_announcement"])
def test_a_recording_that_one_party_is_not_told_of_is_refused(missing: str) -> None:
    names = {"caller_announcement", "callee_announcement"} - {missing}
    told: dict[str, Any] = {name: Audio(file_id="x") for name in names}
    with pytest.raises(InvalidArgument) as caught:
        CallSettings(record=True, **told)
    assert caught.value.field == f"call_settings.{missing}"
    assert CallSettings(record=False, **told).record is False


@pytest.mark.parametrize(
    "sources",
    [
        {},
        {"file_id": ""},
        {"file_url": ""},
        {"file_id": "a", "file_url": "https://example.com/a.mp3"},
        {"file_id": "a", "standard": Announcement.NOT_ALLOWED},
        {"file_id": "", "standard": Announcement.NOT_ALLOWED},
    ],
)
def test_a_recording_has_exactly_one_source(sources: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument) as caught:
        Audio(**sources)
    assert caught.value.field == "audio"


@pytest.mark.parametrize("url", ["example.com/a.mp3", "ftp://example.com/a.mp3", "javascript:alert(1)", " https://a"])
def test_a_recording_is_fetched_over_http_alone(url: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        Audio(file_url=url)
    assert caught.value.field == "audio.file_url"


@pytest.mark.parametrize("source", ["a\nb", "a\0", "\ud800", "x" * 3_000], ids=lambda source: ascii(source)[:9])
def test_a_recording_s_source_is_plain_text(source: str) -> None:
    with pytest.raises(InvalidArgument, match=r"audio\.file_id"):
        Audio(file_id=source)
    with pytest.raises(InvalidArgument, match=r"audio\.file_url"):
        Audio(file_url="https://" + source)


def test_a_recording_s_source_has_two_thousand_and_forty_eight_characters_at_most() -> None:
    assert Audio(file_id="x" * 2_048).file_id
    with pytest.raises(InvalidArgument, match=r"audio\.file_id"):
        Audio(file_id="x" * 2_049)
