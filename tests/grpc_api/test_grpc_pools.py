from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from hypothesis import given
from hypothesis import strategies as st

from adapters.grpc_server.convert_policies import POLICY_FIELDS, POLICY_PARTS, policy_message, to_policy
from grpc_api.asking import POOL_NAME, at, lasting
from grpc_api.grpc_caller import Api, refusal
from masking.v1 import number_service_pb2 as pb
from masking.v1 import session_service_pb2 as session_pb
from masking_core.audio import Announcement, Audio
from masking_core.call_settings import CallerId, CallSettings
from masking_core.instants import DAY, MINUTE
from masking_core.pins import PinPolicy
from masking_core.pools import Geography, PoolPolicy, Treatment
from support.world import POOL, START, World, virtual

RECORDING = pb.PoolPolicy.Recording(
    announcement=session_pb.ANNOUNCEMENT_SESSION_ENDED, audio=session_pb.Audio(file_id="ended")
)
DEFAULTS = pb.PoolPolicy(
    geography=pb.PoolPolicy.GEOGRAPHY_NONE,
    cool_off=lasting(86_400),
    on_shortage=pb.PoolPolicy.SHORTAGE_REUSE_EARLY,
    retention=lasting(30 * 86_400),
    on_ended_session=pb.PoolPolicy.TREATMENT_PLAY,
    on_no_session=pb.PoolPolicy.TREATMENT_PLAY,
    call_retention=lasting(90 * 86_400),
    pins=pb.PoolPolicy.Pins(length=8, tries=3, lock_after=30, lock_window=lasting(600), lock_time=lasting(3600)),
    calls_at_once=10,
)
OTHER = pb.PoolPolicy(
    geography=pb.PoolPolicy.GEOGRAPHY_AREA,
    strict_geography=True,
    cool_off=lasting(60),
    on_shortage=pb.PoolPolicy.SHORTAGE_REFUSE,
    retention=lasting(3600),
    default_time_to_live=lasting(600),
    max_time_to_live=lasting(1200),
    countries=["GB", "CH"],
    on_ended_session=pb.PoolPolicy.TREATMENT_FORWARD,
    on_no_session=pb.PoolPolicy.TREATMENT_FORWARD,
    call_centre="+442079460999",
    announcements=[RECORDING],
    on_caller_withheld=pb.PoolPolicy.TREATMENT_ASK_PIN,
    ended_session_period=lasting(1800),
    call_settings=session_pb.CallSettings(
        record=True,
        omit_callee_announcement_from_recording=True,
        caller_announcement=session_pb.Audio(standard=session_pb.ANNOUNCEMENT_CALL_RECORDED),
        callee_announcement=session_pb.Audio(file_id="told"),
        caller_id=session_pb.CALLER_ID_DIALLED,
    ),
    call_retention=lasting(7 * 86_400),
    pins=pb.PoolPolicy.Pins(length=6, tries=2, lock_after=9, lock_window=lasting(60), lock_time=lasting(120)),
    limits=pb.PoolPolicy.Limits(
        caller_calls_per_minute=1,
        caller_concurrent_calls=2,
        session_calls_per_minute=3,
        session_concurrent_calls=4,
        calls_per_session=5,
        number_calls_per_minute=6,
        number_concurrent_calls=7,
        pool_calls_per_minute=8,
        pool_concurrent_calls=9,
        daily_budget="250.5",
        longest_call=lasting(600),
    ),
    calls_at_once=4,
)


THIRD = pb.PoolPolicy(
    call_settings=session_pb.CallSettings(
        caller_announcement=session_pb.Audio(file_id="other"),
        callee_announcement=session_pb.Audio(file_url="https://example.org/other.mp3"),
        caller_id=session_pb.CALLER_ID_FIXED,
        fixed_caller_id=virtual(0),
    ),
    pins=pb.PoolPolicy.Pins(length=12, tries=1, lock_after=99, lock_window=lasting(90), lock_time=lasting(91)),
    limits=pb.PoolPolicy.Limits(
        caller_calls_per_minute=21,
        caller_concurrent_calls=22,
        session_calls_per_minute=23,
        session_concurrent_calls=24,
        calls_per_session=25,
        number_calls_per_minute=26,
        number_concurrent_calls=27,
        pool_calls_per_minute=28,
        pool_concurrent_calls=29,
        daily_budget="99",
        longest_call=lasting(900),
    ),
)


def create(api: Api, pool_id: str = POOL, **policy: Any) -> pb.Pool:
    request = pb.CreatePoolRequest(pool_id=pool_id, pool=pb.Pool(policy=pb.PoolPolicy(**policy)))
    return api.numbers.CreatePool(request)


def update(api: Api, *paths: str, **policy: Any) -> pb.Pool:
    return api.numbers.UpdatePool(updating(*paths, policy=pb.PoolPolicy(**policy)))


def updating(*paths: str, **members: Any) -> pb.UpdatePoolRequest:
    return pb.UpdatePoolRequest(pool=pb.Pool(name=POOL_NAME, **members), update_mask=FieldMask(paths=paths))


def test_a_pool_is_created_with_the_defaults_written_out(api: Api) -> None:
    created = api.numbers.CreatePool(pb.CreatePoolRequest(pool_id=POOL))
    assert created == pb.Pool(name=POOL_NAME, policy=DEFAULTS, create_time=at(START), update_time=at(START))
    assert api.numbers.GetPool(pb.GetPoolRequest(name=POOL_NAME)) == created


def test_a_whole_policy_comes_back_as_it_was_given(api: Api) -> None:
    request = pb.CreatePoolRequest(pool_id=POOL, pool=pb.Pool(policy=OTHER))
    assert api.numbers.CreatePool(request).policy == OTHER


def test_every_field_of_the_message_is_read() -> None:
    assert set(POLICY_FIELDS) == {field.name for field in pb.PoolPolicy.DESCRIPTOR.fields}


DURATIONS = st.integers(0, 400 * DAY)
POLICIES = st.builds(
    lambda cool_off, more, default, longer, treatments, lock_after, more_tries, **rest: PoolPolicy(
        cool_off=cool_off,
        retention=cool_off + more,
        default_time_to_live=default,
        max_time_to_live=default + longer if longer else 0,
        on_ended_session=treatments[0],
        on_no_session=treatments[1],
        on_caller_withheld=treatments[2],
        call_centre="+442079460999" if Treatment.FORWARD in treatments else "",
        pins=PinPolicy(4 + lock_after % 9, lock_after, lock_after + more_tries, default + 1, longer + 1),
        **rest,
    ),
    cool_off=DURATIONS,
    more=DURATIONS,
    default=DURATIONS,
    longer=DURATIONS,
    treatments=st.tuples(
        st.sampled_from((Treatment.PLAY, Treatment.FORWARD)),
        st.sampled_from(Treatment),
        st.none() | st.sampled_from(Treatment),
    ),
    lock_after=st.integers(1, 99),
    more_tries=st.integers(0, 99),
    ended_session_period=DURATIONS,
    call_retention=DURATIONS,
    calls_at_once=st.integers(1, 99),
    call_settings=st.builds(
        lambda announced, record, **rest: CallSettings(
            record=record and announced is not None,
            caller_announcement=announced,
            callee_announcement=announced,
            fixed_caller_id="+442079460000" if rest["caller_id"] is CallerId.FIXED else "",
            **rest,
        ),
        announced=st.none() | st.sampled_from(Announcement).map(lambda each: Audio(standard=each)),
        record=st.booleans(),
        record_callee_announcement=st.booleans(),
        caller_id=st.sampled_from(CallerId),
    ),
    geography=st.sampled_from(Geography),
    strict_geography=st.booleans(),
    reuse_early=st.booleans(),
    countries=st.lists(st.from_regex(r"[A-Z]{2}", fullmatch=True), max_size=4).map(tuple),
    announcements=st.dictionaries(
        st.sampled_from(Announcement),
        st.one_of(
            st.from_regex(r"[a-z0-9]{1,9}", fullmatch=True).map(lambda text: Audio(file_id=text)),
            st.just(Audio(file_url="https://example.org/a.mp3")),
        ),
    ),
)


@given(POLICIES)
def test_any_policy_survives_the_way_there_and_back(policy: PoolPolicy) -> None:
    assert to_policy(policy_message(policy)) == policy


def test_a_name_that_is_taken_is_refused(api: Api) -> None:
    create(api)
    refused = refusal(create, api)
    assert (refused.code, refused.reason) == (grpc.StatusCode.ALREADY_EXISTS, "ALREADY_EXISTS")


@pytest.mark.parametrize("pool_id", ["", "Ride", "-ride", "ride-", "a" * 64, "ride/uk", "ride\0", "pools/ride"])
def test_a_name_that_cannot_stand_in_a_resource_name_is_refused(api: Api, pool_id: str) -> None:
    refused = refusal(create, api, pool_id)
    assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, "pool_id")


STANDARD = session_pb.Audio(standard=session_pb.ANNOUNCEMENT_NOT_ALLOWED)
REFUSED_POLICIES: dict[str, tuple[dict[str, Any], str]] = {
    "forwarding to nowhere": ({"on_no_session": pb.PoolPolicy.TREATMENT_FORWARD}, "call_centre"),
    "a call centre that is no number": ({"call_centre": "0800 123"}, "call_centre"),
    "a country by name": ({"countries": ["GB", "Switzerland"]}, "countries[1]"),
    "a negative cool-off": ({"cool_off": lasting(-1)}, "cool_off"),
    "a cool-off that outlasts memory": ({"cool_off": lasting(40 * 86_400)}, "cool_off"),
    "a retention of too many years": ({"retention": lasting(10**12)}, "retention"),
    "a default beyond the limit": (
        {"default_time_to_live": lasting(2), "max_time_to_live": lasting(1)},
        "default_time_to_live",
    ),
    "a PIN of an ended session": ({"on_ended_session": pb.PoolPolicy.TREATMENT_ASK_PIN}, "on_ended_session"),
    "a withheld caller forwarded to nowhere": (
        {"on_caller_withheld": pb.PoolPolicy.TREATMENT_FORWARD},
        "call_centre",
    ),
    "a treatment of the withheld of the future": ({"on_caller_withheld": 9}, "on_caller_withheld"),
    "a negative period": ({"ended_session_period": lasting(-1)}, "ended_session_period"),
    "a negative retention of calls": ({"call_retention": lasting(-1)}, "call_retention"),
    "calls forgotten before they are counted": ({"call_retention": lasting(86_399)}, "call_retention"),
    "fewer than no calls": ({"calls_at_once": -1}, "calls_at_once"),
    "a PIN too short": ({"pins": pb.PoolPolicy.Pins(length=3)}, "pins.length"),
    "fewer than no tries": ({"pins": pb.PoolPolicy.Pins(tries=-1)}, "pins.tries"),
    "a lock that one call closes": ({"pins": pb.PoolPolicy.Pins(tries=4, lock_after=3)}, "pins.lock_after"),
    "a lock of no time": ({"pins": pb.PoolPolicy.Pins(lock_time=lasting(0))}, "pins.lock_time"),
    "a window of negative length": ({"pins": pb.PoolPolicy.Pins(lock_window=lasting(-1))}, "pins.lock_window"),
    "secret recording": (
        {"call_settings": session_pb.CallSettings(record=True)},
        "call_settings.caller_announcement",
    ),
    "an announcement of nothing": (
        {"call_settings": session_pb.CallSettings(callee_announcement=session_pb.Audio())},
        "call_settings.callee_announcement",
    ),
    "a caller ID of the future": (
        {"call_settings": session_pb.CallSettings(caller_id=9)},  # type: ignore[arg-type] # a value of the future
        "call_settings.caller_id",
    ),
    "a fixed caller ID without a number": (
        {"call_settings": session_pb.CallSettings(caller_id=session_pb.CALLER_ID_FIXED)},
        "call_settings.fixed_caller_id",
    ),
    "a fixed caller ID that is not ours": (
        {
            "call_settings": session_pb.CallSettings(
                caller_id=session_pb.CALLER_ID_FIXED, fixed_caller_id="+442079460999"
            )
        },
        "call_settings.fixed_caller_id",
    ),
    "a geography of the future": ({"geography": 9}, "geography"),
    "a treatment of the future": ({"on_no_session": 9}, "on_no_session"),
    "another treatment of the future": ({"on_ended_session": 9}, "on_ended_session"),
    "a shortage of the future": ({"on_shortage": 9}, "on_shortage"),
    "a recording of nothing": (
        {"announcements": [pb.PoolPolicy.Recording(audio=RECORDING.audio)]},
        "announcements[0].announcement",
    ),
    "a recording without audio": (
        {"announcements": [RECORDING, pb.PoolPolicy.Recording(announcement=session_pb.ANNOUNCEMENT_NOT_ALLOWED)]},
        "announcements[1].audio",
    ),
    "a recording that is itself standard": (
        {"announcements": [pb.PoolPolicy.Recording(announcement=RECORDING.announcement, audio=STANDARD)]},
        "announcements[0].audio",
    ),
    "a recording twice": ({"announcements": [RECORDING, RECORDING]}, "announcements[1].announcement"),
    "a recording on no web": (
        {
            "announcements": [
                pb.PoolPolicy.Recording(
                    announcement=RECORDING.announcement, audio=session_pb.Audio(file_url="ftp://example.org")
                )
            ]
        },
        "announcements[0].audio.file_url",
    ),
}


@pytest.mark.parametrize(("policy", "field"), REFUSED_POLICIES.values(), ids=REFUSED_POLICIES)
def test_a_wrong_policy_is_named_whether_it_is_new_or_a_change(api: Api, policy: dict[str, Any], field: str) -> None:
    refused = refusal(create, api, **policy)
    assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, f"pool.policy.{field}")
    before = create(api)
    refused = refusal(update, api, "policy", **policy)
    assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, f"pool.policy.{field}")
    assert api.numbers.GetPool(pb.GetPoolRequest(name=POOL_NAME)) == before


def test_one_field_of_a_policy_changes_alone(api: Api, world: World) -> None:
    api.numbers.CreatePool(pb.CreatePoolRequest(pool_id=POOL, pool=pb.Pool(policy=OTHER)))
    world.now += MINUTE
    changed = update(api, "policy.cool_off", cool_off=lasting(120), countries=["FR"], geography=9)
    expected = pb.PoolPolicy()
    expected.CopyFrom(OTHER)
    expected.cool_off.CopyFrom(lasting(120))
    assert changed == pb.Pool(name=POOL_NAME, policy=expected, create_time=at(START), update_time=at(world.now))


@pytest.mark.parametrize("field", POLICY_FIELDS)
def test_a_field_that_is_named_but_not_set_takes_its_default(api: Api, field: str) -> None:
    api.numbers.CreatePool(pb.CreatePoolRequest(pool_id=POOL, pool=pb.Pool(policy=OTHER)))
    together = {"call_centre": ("on_ended_session", "on_no_session"), "max_time_to_live": ("default_time_to_live",)}
    fields = {field, *together.get(field, ())}
    kept: dict[str, Any] = {"retention": lasting(30 * 86_400)} if field == "cool_off" else {}
    changed = update(api, *(f"policy.{each}" for each in (*fields, *kept)), **kept).policy
    for each in pb.PoolPolicy.DESCRIPTOR.fields:
        expected = DEFAULTS if each.name in fields or each.name in kept else OTHER
        assert getattr(changed, each.name) == getattr(expected, each.name), each.name


@pytest.mark.parametrize("part", POLICY_PARTS)
def test_a_part_of_a_field_changes_alone(api: Api, part: str) -> None:
    field, _, name = part.partition(".")
    together = {"caller_id": ("fixed_caller_id",), "fixed_caller_id": ("caller_id",)}
    names = {name, *together.get(name, ())}
    api.numbers.CreatePool(pb.CreatePoolRequest(pool_id=POOL, pool=pb.Pool(policy=OTHER)))
    api.numbers.AddNumbers(pb.AddNumbersRequest(pool=POOL_NAME, numbers=[pb.Number(number=virtual(0))]))
    changed = update(api, *(f"policy.{field}.{each}" for each in names), **{field: getattr(THIRD, field)}).policy
    expected = pb.PoolPolicy()
    expected.CopyFrom(OTHER)
    FieldMask(paths=[f"{field}.{each}" for each in names]).MergeMessage(THIRD, expected, True)
    assert changed == expected
    assert changed != OTHER


@pytest.mark.parametrize("part", ["pins.length", "pins.lock_time", "call_settings.record", "call_settings.caller_id"])
@pytest.mark.parametrize("given", [{}, {"pins": pb.PoolPolicy.Pins(), "call_settings": session_pb.CallSettings()}])
def test_a_part_that_is_named_but_not_set_takes_its_default(api: Api, part: str, given: dict[str, Any]) -> None:
    field, _, name = part.partition(".")
    api.numbers.CreatePool(pb.CreatePoolRequest(pool_id=POOL, pool=pb.Pool(policy=OTHER)))
    changed = update(api, f"policy.{part}", **given).policy
    defaults = {"call_settings": session_pb.CallSettings(caller_id=session_pb.CALLER_ID_COUNTERPART_PROXY)}
    default = defaults.get(field, DEFAULTS.pins)
    assert getattr(getattr(changed, field), name) == getattr(default, name)
    rest = [each for each in POLICY_PARTS if each != part]
    for each in rest:
        parent, _, member = each.partition(".")
        assert getattr(getattr(changed, parent), member) == getattr(getattr(OTHER, parent), member)


def test_a_part_that_contradicts_the_rest_is_refused(api: Api) -> None:
    created = api.numbers.CreatePool(pb.CreatePoolRequest(pool_id=POOL, pool=pb.Pool(policy=OTHER)))
    refused = refusal(update, api, "policy.call_settings.callee_announcement")
    assert refused.field == "pool.policy.call_settings.callee_announcement"
    refused = refusal(update, api, "policy.pins.tries", pins=pb.PoolPolicy.Pins(tries=10))
    assert refused.field == "pool.policy.pins.lock_after"
    assert api.numbers.GetPool(pb.GetPoolRequest(name=POOL_NAME)) == created


@pytest.mark.parametrize("paths", [("policy",), ("*",), (), ("policy", "policy.cool_off")], ids=str)
def test_the_whole_policy_is_replaced(api: Api, paths: tuple[str, ...]) -> None:
    create(api, countries=["GB"])
    assert api.numbers.UpdatePool(updating(*paths, policy=OTHER)).policy == OTHER
    assert api.numbers.UpdatePool(updating(*paths, policy=pb.PoolPolicy())).policy == DEFAULTS


@pytest.mark.parametrize("paths", [("policy",), ("*",), ()], ids=str)
def test_a_policy_that_was_forgotten_is_not_a_policy_of_defaults(api: Api, paths: tuple[str, ...]) -> None:
    created = create(api, countries=["GB"])
    refused = refusal(api.numbers.UpdatePool, updating(*paths))
    assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, "pool.policy")
    assert api.numbers.GetPool(pb.GetPoolRequest(name=POOL_NAME)) == created


@pytest.mark.parametrize("path", ["name", "create_time", "policy.", "policy.cool_off.seconds", "policy.nonsense"])
def test_a_mask_that_names_what_cannot_change_is_refused(api: Api, path: str) -> None:
    create(api)
    refused = refusal(api.numbers.UpdatePool, updating("policy.cool_off", path, policy=OTHER))
    assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, "update_mask")


def test_pools_are_listed_by_name_page_after_page(api: Api) -> None:
    for name in ("c", "a", "e", "b", "d"):
        create(api, name)
    first = api.numbers.ListPools(pb.ListPoolsRequest(page_size=2))
    assert [pool.name for pool in first.pools] == ["pools/a", "pools/b"]
    create(api, "bb")
    rest = api.numbers.ListPools(pb.ListPoolsRequest(page_token=first.next_page_token))
    assert [pool.name for pool in rest.pools] == ["pools/bb", "pools/c", "pools/d", "pools/e"]
    assert rest.next_page_token == ""


def test_a_list_of_pools_takes_no_others_token(api: Api, world: World) -> None:
    world.pool(3)
    token = api.numbers.ListNumbers(pb.ListNumbersRequest(page_size=1)).next_page_token
    assert token
    assert refusal(api.numbers.ListPools, pb.ListPoolsRequest(page_token=token)).field == "page_token"
    assert refusal(api.numbers.ListPools, pb.ListPoolsRequest(page_size=-1)).field == "page_size"


@pytest.mark.parametrize("name", ["", "ride-uk", "pools/-", "pools/Ride"])
def test_an_ill_formed_name_is_refused(api: Api, name: str) -> None:
    assert refusal(api.numbers.GetPool, pb.GetPoolRequest(name=name)).field == "name"
    assert refusal(api.numbers.PoolUsage, pb.PoolUsageRequest(name=name)).field == "name"
    unnamed = pb.UpdatePoolRequest(pool=pb.Pool(name=name, policy=OTHER))
    assert refusal(api.numbers.UpdatePool, unnamed).field == "pool.name"


def test_a_pool_that_is_not_there_is_not_found(api: Api) -> None:
    for refused in (
        refusal(api.numbers.GetPool, pb.GetPoolRequest(name=POOL_NAME)),
        refusal(api.numbers.PoolUsage, pb.PoolUsageRequest(name=POOL_NAME)),
        refusal(api.numbers.UpdatePool, updating(policy=OTHER)),
    ):
        assert refused.code == grpc.StatusCode.NOT_FOUND
        assert dict(refused.details["ErrorInfo"].metadata) == {"kind": "pool", "name": POOL}


def test_a_limit_of_nothing_is_no_limit(api: Api) -> None:
    policy = create(api, max_time_to_live=lasting(0), default_time_to_live=lasting(0)).policy
    assert not policy.HasField("max_time_to_live")
    assert not policy.HasField("default_time_to_live")


def test_a_cool_off_of_nothing_is_no_default(api: Api) -> None:
    assert create(api, cool_off=lasting(0)).policy.cool_off == lasting(0)
