from typing import Any

import grpc
import pytest

from grpc_api.asking import POOL_NAME, at, lasting, opening
from grpc_api.grpc_caller import Api, refusal
from masking.v1 import number_service_pb2 as pb
from masking_core.instants import MINUTE
from masking_core.phone_number import redact_within
from masking_core.pools import NumberState
from support.world import START, World, real, virtual


def add(api: Api, *numbers: pb.Number, pool: str = POOL_NAME) -> list[pb.Number]:
    return list(api.numbers.AddNumbers(pb.AddNumbersRequest(pool=pool, numbers=numbers)).numbers)


def name(index: int, pool: str = "ride-uk") -> str:
    return f"pools/{pool}/numbers/{virtual(index)}"


def listed(api: Api, **asked: Any) -> list[str]:
    return [each.number for each in api.numbers.ListNumbers(pb.ListNumbersRequest(**asked)).numbers]


def test_a_number_is_described_by_its_numbering_plan(api: Api, world: World) -> None:
    world.pool(0)
    (added,) = add(api, pb.Number(number=virtual(1)))
    assert added == pb.Number(
        name=name(1),
        number=virtual(1),
        country="GB",
        area="20",
        voice=True,
        sms=False,
        state=pb.Number.STATE_IN_SERVICE,
        create_time=at(START),
    )
    assert api.numbers.GetNumber(pb.GetNumberRequest(name=name(1))) == added
    assert api.numbers.GetNumber(pb.GetNumberRequest(name=name(1, "-"))) == added


def test_what_is_said_of_a_number_holds(api: Api, world: World) -> None:
    world.pool(0)
    (added,) = add(api, pb.Number(number=virtual(1), country="FR", area="7", voice=False, sms=True))
    assert (added.country, added.area, added.voice, added.sms) == ("FR", "7", False, True)


def test_a_number_shows_what_sessions_take_of_it(api: Api, world: World) -> None:
    world.pool(2)
    opened = api.sessions.OpenSession(opening(reserve_numbers=True)).session
    number = api.numbers.GetNumber(pb.GetNumberRequest(name=name(0)))
    assert (number.load, number.reserved_by) == (1, opened.name)


def test_a_draining_number_takes_no_sessions_until_it_is_added_again(api: Api, world: World) -> None:
    world.pool(1)
    (drained,) = api.numbers.DrainNumbers(pb.DrainNumbersRequest(names=[name(0)])).numbers
    assert drained.state == pb.Number.STATE_DRAINING
    assert refusal(api.sessions.OpenSession, opening()).code == grpc.StatusCode.RESOURCE_EXHAUSTED
    (added,) = add(api, pb.Number(number=virtual(0)))
    assert added.state == pb.Number.STATE_IN_SERVICE
    api.sessions.OpenSession(opening())


def test_numbers_without_sessions_can_be_removed(api: Api, world: World) -> None:
    world.pool(3)
    api.numbers.RemoveNumbers(pb.RemoveNumbersRequest(names=[name(0), name(1, "-"), name(0)]))
    assert listed(api) == [virtual(2)]


def test_numbers_with_sessions_stay_and_so_do_all_others_of_the_request(api: Api, world: World) -> None:
    world.pool(1)
    api.sessions.OpenSession(opening(time_to_live=lasting(60)))
    world.add(virtual(5))
    for _ in ("running", "remembered"):
        refused = refusal(api.numbers.RemoveNumbers, pb.RemoveNumbersRequest(names=[name(5), name(0)]))
        assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "NUMBER_IN_USE")
        assert listed(api) == [virtual(0), virtual(5)]
        world.now += MINUTE


@pytest.mark.parametrize("pool", ["other", "none"])
def test_a_name_with_the_wrong_pool_names_no_number(api: Api, world: World, pool: str) -> None:
    world.pool(2)
    world.pool(0, name="other")
    wrong = name(1, pool)
    for refused in (
        refusal(api.numbers.GetNumber, pb.GetNumberRequest(name=wrong)),
        refusal(api.numbers.DrainNumbers, pb.DrainNumbersRequest(names=[name(0), wrong])),
        refusal(api.numbers.RemoveNumbers, pb.RemoveNumbersRequest(names=[name(0), wrong])),
    ):
        assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
        assert dict(refused.details["ErrorInfo"].metadata) == {"kind": "number", "name": redact_within(wrong)}
    assert [world.number(index).state for index in (0, 1)] == [NumberState.IN_SERVICE] * 2


def test_a_number_that_is_not_there_is_not_found_and_nothing_else_is_touched(api: Api, world: World) -> None:
    world.pool(1)
    for dash in ("ride-uk", "-"):
        names = [name(0), name(7, dash)]
        assert refusal(api.numbers.DrainNumbers, pb.DrainNumbersRequest(names=names)).code == grpc.StatusCode.NOT_FOUND
        assert (
            refusal(api.numbers.RemoveNumbers, pb.RemoveNumbersRequest(names=names)).code == grpc.StatusCode.NOT_FOUND
        )
    assert world.number(0).state is NumberState.IN_SERVICE


@pytest.mark.parametrize(
    ("names", "field"),
    [
        ([], "names"),
        ([name(0), virtual(0)], "names[1]"),
        ([name(0), ""], "names[1]"),
        (["pools/ride-uk/numbers/+44\0"], "names[0]"),
        ([name(0)] * 100_001, "names"),
    ],
    ids=["none", "a bare number", "an empty one", "NUL", "too many"],
)
def test_a_wrong_name_is_told_by_its_place(api: Api, world: World, names: list[str], field: str) -> None:
    world.pool(1)
    assert refusal(api.numbers.DrainNumbers, pb.DrainNumbersRequest(names=names)).field == field
    assert refusal(api.numbers.RemoveNumbers, pb.RemoveNumbersRequest(names=names)).field == field


REFUSED_NUMBERS: dict[str, tuple[list[pb.Number], str]] = {
    "none": ([], "numbers"),
    "no E.164": ([pb.Number(number=virtual(1)), pb.Number(number="020 7946 0000")], "numbers[1].number"),
    "empty": ([pb.Number(name=name(1))], "numbers[0].number"),
    "NUL": ([pb.Number(number=virtual(1) + "\0")], "numbers[0].number"),
    "premium rate": ([pb.Number(number="+449098790000")], "numbers[0].number"),
    "twice": ([pb.Number(number=virtual(1)), pb.Number(number=virtual(1))], "numbers[1].number"),
    "a country by name": ([pb.Number(number=virtual(1), country="France")], "numbers[0].country"),
    "NUL in the country": ([pb.Number(number=virtual(1), country="G\0")], "numbers[0].country"),
    "NUL in the area": ([pb.Number(number=virtual(1), area="2\0")], "numbers[0].area"),
    "an area by name": ([pb.Number(number=virtual(1), area="London")], "numbers[0].area"),
    "a long area": ([pb.Number(number=virtual(1), area="2" * 16)], "numbers[0].area"),
}


@pytest.mark.parametrize(("numbers", "field"), REFUSED_NUMBERS.values(), ids=REFUSED_NUMBERS)
def test_a_wrong_number_is_named_and_none_is_added(
    api: Api, world: World, numbers: list[pb.Number], field: str
) -> None:
    world.pool(0)
    refused = refusal(add, api, *numbers)
    assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, field)
    assert listed(api) == []


def test_a_number_of_another_pool_is_refused(api: Api, world: World) -> None:
    world.pool(1)
    world.pool(0, name="other")
    refused = refusal(add, api, pb.Number(number=virtual(9)), pb.Number(number=virtual(0)), pool="pools/other")
    assert (refused.code, refused.reason) == (grpc.StatusCode.ALREADY_EXISTS, "ALREADY_EXISTS")
    assert listed(api) == [virtual(0)]


def test_a_participants_number_is_refused(api: Api, world: World) -> None:
    world.pool(2)
    api.sessions.OpenSession(opening())
    refused = refusal(add, api, pb.Number(number=real(1)))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "NUMBER_IN_USE")


def test_a_pool_that_is_not_there_is_not_found(api: Api) -> None:
    refused = refusal(add, api, pb.Number(number=virtual(0)))
    assert refused.code == grpc.StatusCode.NOT_FOUND
    assert refused.details["ErrorInfo"].metadata["kind"] == "pool"


@pytest.mark.parametrize("pool", ["", "ride-uk", "pools/-", "pools/ride-uk/numbers"])
def test_numbers_are_added_to_one_pool(api: Api, pool: str) -> None:
    assert refusal(add, api, pb.Number(number=virtual(0)), pool=pool).field == "pool"


def test_the_filters_hold_together(api: Api, world: World) -> None:
    world.pool(2)
    world.pool(0, name="other")
    world.add("+41446681800", "+41446681801", pool="other")
    api.numbers.DrainNumbers(pb.DrainNumbersRequest(names=[name(1), "pools/-/numbers/+41446681801"]))
    draining = pb.Number.STATE_DRAINING
    assert listed(api) == ["+41446681800", "+41446681801", virtual(0), virtual(1)]
    assert listed(api, pool="pools/other") == ["+41446681800", "+41446681801"]
    assert listed(api, country="GB") == [virtual(0), virtual(1)]
    assert listed(api, state=draining) == ["+41446681801", virtual(1)]
    assert listed(api, state=pb.Number.STATE_IN_SERVICE, country="CH") == ["+41446681800"]
    assert listed(api, state=draining, country="CH", pool=POOL_NAME) == []
    assert listed(api, pool="pools/none") == []


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"pool": "other"}, "pool"),
        ({"state": 9}, "state"),
        ({"country": "gb"}, "country"),
        ({"country": "G\0"}, "country"),
        ({"page_size": -5}, "page_size"),
        ({"page_token": "AAAA"}, "page_token"),
    ],
    ids=str,
)
def test_a_filter_that_makes_no_sense_is_refused(api: Api, asked: dict[str, Any], field: str) -> None:
    refused = refusal(api.numbers.ListNumbers, pb.ListNumbersRequest(**asked))
    assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, field)


def test_pages_stay_put_while_numbers_come_and_go(api: Api, world: World) -> None:
    world.pool(0)
    world.add(*(virtual(index) for index in (2, 4, 6, 8)))
    first = api.numbers.ListNumbers(pb.ListNumbersRequest(page_size=2))
    assert [each.number for each in first.numbers] == [virtual(2), virtual(4)]
    world.add(virtual(3), virtual(7))
    api.numbers.RemoveNumbers(pb.RemoveNumbersRequest(names=[name(4)]))
    assert listed(api, page_token=first.next_page_token) == [virtual(6), virtual(7), virtual(8)]


@pytest.mark.parametrize(
    "other", [{"pool": POOL_NAME}, {"state": pb.Number.STATE_IN_SERVICE}, {"country": "GB"}], ids=str
)
def test_a_token_serves_the_same_list_alone(api: Api, world: World, other: dict[str, Any]) -> None:
    world.pool(2)
    token = api.numbers.ListNumbers(pb.ListNumbersRequest(page_size=1)).next_page_token
    assert refusal(api.numbers.ListNumbers, pb.ListNumbersRequest(page_token=token, **other)).field == "page_token"


def test_a_large_batch_is_taken_whole(api: Api, world: World) -> None:
    world.pool(0)
    numbers = [pb.Number(number=f"+4420{70_000_000 + index}") for index in range(3_000)]
    added = add(api, *numbers)
    assert [each.number for each in added] == [each.number for each in numbers]
    assert api.numbers.PoolUsage(pb.PoolUsageRequest(name=POOL_NAME)).in_service == 3_000
