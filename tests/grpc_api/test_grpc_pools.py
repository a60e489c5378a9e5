from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from hypothesis import given
from hypothesis import strategies as st

from adapters.grpc_server.convert_policies import POLICY_FIELDS, policy_message, to_policy
from grpc_api.asking import POOL_NAME, at, lasting, opening
from grpc_api.grpc_caller import Api, refusal
from masking.v1 import number_service_pb2 as pb
from masking.v1 import session_service_pb2 as session_pb
from masking_core.audio import Announcement, Audio
from masking_core.instants import DAY, MINUTE
from masking_core.pools import Geography, PoolPolicy, Treatment
from support.world import POOL, START, World

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
    lambda cool_off, more, default, longer, treatments, **rest: PoolPolicy(
        cool_off=cool_off,
        retention=cool_off + more,
        default_time_to_live=default,
        max_time_to_live=default + longer if longer else 0,
        on_ended_session=treatments[0],
        on_no_session=treatments[1],
        call_centre="+442079460999" if Treatment.FORWARD in treatments else "",
        **rest,
    ),
    cool_off=DURATIONS,
    more=DURATIONS,
    default=DURATIONS,
    longer=DURATIONS,
    treatments=st.tuples(st.sampled_from(Treatment), st.sampled_from(Treatment)),
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


def test_usage_counts_numbers_and_sessions(api: Api, world: World) -> None:
    world.pool(7)
    for other in (2, 3):
        api.sessions.OpenSession(opening(1, other))
    reserved = api.sessions.OpenSession(opening(4, 5, reserve_numbers=True)).session.participants[0].proxy_number
    api.numbers.DrainNumbers(pb.DrainNumbersRequest(names=[f"{POOL_NAME}/numbers/{reserved}"]))
    assert api.numbers.PoolUsage(pb.PoolUsageRequest(name=POOL_NAME)) == pb.PoolUsageResponse(
        in_service=6, draining=1, reserved=2, idle=1, active_sessions=3, highest_load=1
    )


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
