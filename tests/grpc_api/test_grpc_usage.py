"""``NumberService.PoolUsage``, and what is logged of pools that are low."""

import logging
from datetime import UTC, datetime

import pytest

from adapters.composition import Services
from adapters.grpc_server import pool_watch
from adapters.grpc_server.server import GrpcServer
from grpc_api.asking import POOL_NAME, at, opening
from grpc_api.grpc_caller import Api
from grpc_api.polling import eventually
from masking.v1 import number_service_pb2 as pb
from masking_core.instants import DAY, HOUR, SECOND
from masking_core.pool_outlook import Shortage, UsageDay
from support.callers import decided, record, reported
from support.world import POOL, START, World, real, virtual

TODAY = START - START % DAY
Usage = pb.PoolUsageResponse


def usage(api: Api) -> pb.PoolUsageResponse:
    return api.numbers.PoolUsage(pb.PoolUsageRequest(name=POOL_NAME))


def grow(world: World) -> None:
    """Twenty days on each of which somebody held one number more than the day before."""
    for age in range(1, 21):
        world.store.note_day(POOL, UsageDay(TODAY - age * DAY, 20 - age))


def test_usage_counts_numbers_and_sessions(api: Api, world: World) -> None:
    world.pool(7, calls_at_once=3)
    assert usage(api) == Usage(in_service=7, idle=7, look_time=at(START), calls_at_once=3)
    opened = [api.sessions.OpenSession(opening(other, 1)).session.name for other in (2, 3)]
    reserved = api.sessions.OpenSession(opening(4, 5, reserve_numbers=True)).session.participants[0].proxy_number
    api.numbers.DrainNumbers(pb.DrainNumbersRequest(names=[f"{POOL_NAME}/numbers/{reserved}"]))
    found = usage(api)
    assert found.nearest_participant.session in opened
    found.nearest_participant.session = ""
    assert found == Usage(
        in_service=6,
        draining=1,
        reserved=2,
        idle=found.idle,
        active_sessions=3,
        highest_load=found.highest_load,
        share_in_use=(6 - found.idle) / 6,
        look_time=at(START),
        nearest_participant=Usage.NearestParticipant(participant_index=1, numbers_held=2, numbers_left=3),
        calls_at_once=3,
    )


def test_usage_tells_what_runs_out_and_when(api: Api, world: World) -> None:
    world.pool(40, calls_at_once=1)
    api.sessions.OpenSession(opening(1, 2))
    grow(world)
    found = usage(api).forecast
    assert found == Usage.Forecast(exhaust_time=at(TODAY + 20 * DAY), limit=Usage.Forecast.LIMIT_DISTINCTNESS)


def test_of_many_numbers_at_capacity_the_first_hundred_are_named(api: Api, world: World) -> None:
    world.pool(120, calls_at_once=1)
    for number in range(120):
        asked = decided(world, f"c{number}", START - HOUR, dialled=virtual(number))
        record(world, asked, reported(f"c{number}", START - HOUR, inbound_seconds=60))
    found = usage(api)
    assert (len(found.numbers_at_capacity), found.numbers_at_capacity_count, found.peak_calls) == (100, 120, 120)
    hour = START - HOUR - START % HOUR
    assert found.numbers_at_capacity[0] == Usage.BusyNumber(number=virtual(0), peak_calls=1, peak_time=at(hour))


def test_no_real_number_is_in_what_is_told(api: Api, world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.pool(1)
    api.sessions.OpenSession(opening(1, 2))
    with caplog.at_level(logging.INFO):
        pool_watch.look(world.outlooks)
    for number in (real(1), real(2)):
        assert number not in str(usage(api))
        assert number[1:] not in caplog.text


def test_a_line_is_logged_for_each_shortage_once_a_day(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.pool(2, calls_at_once=2)
    session_id = world.open(1, 2).session.session_id
    with caplog.at_level(logging.WARNING):
        pool_watch.look(world.outlooks)
    assert caplog.messages == []
    last = world.open(1, 3).session.session_id
    for call in ("c1", "c2"):
        asked = decided(world, call, START - 60 * SECOND, dialled=virtual(1))
        record(world, asked, reported(call, START - 60 * SECOND, inbound_seconds=30))
    grow(world)
    with caplog.at_level(logging.WARNING):
        pool_watch.look(world.outlooks)
        pool_watch.look(world.outlooks)
    nearly, busy, out = caplog.messages
    who = nearly.partition(" of session ")[2].partition(" ")[0]
    assert who in (session_id, last)
    assert nearly == f"pool {POOL} is low: a participant of session {who} has 0 of 2 numbers left"
    told = "within a day 1 of its numbers had 2 calls at once or more, +442079460001 had 2"
    assert busy == f"pool {POOL} is low: {told}"
    today = datetime.fromtimestamp(TODAY // SECOND, UTC)
    assert out == f"pool {POOL} is low: at the present growth somebody has no number left on {today:%Y-%m-%d}"


def test_a_server_looks_at_its_pools_by_itself(
    services: Services, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.grpc_server.server._WATCH_SECONDS", 0.01)
    world.pool(1)
    world.open(1, 2)
    server = GrpcServer(services, "127.0.0.1:0", 2)
    server.start()
    try:
        eventually(lambda: bool(world.outlooks.known()))
        eventually(lambda: bool(world.store.usage_days(POOL, 0)))
    finally:
        server.stop(grace=0)
    assert list(world.store.usage_days(POOL, 0)) == [UsageDay(TODAY, 1, Shortage.NEARLY_EXHAUSTED)]


def test_a_pool_whose_calls_grow_says_so(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.pool(2, calls_at_once=10)
    for age in range(1, 17):
        for call in range(17 - age):
            name, time = f"{age}-{call}", TODAY - age * DAY
            record(world, decided(world, name, time), reported(name, time, inbound_seconds=60))
    with caplog.at_level(logging.WARNING):
        pool_watch.look(world.outlooks)
    day = datetime.fromtimestamp((TODAY + 3 * DAY) // SECOND, UTC)
    assert caplog.messages[-1] == (
        f"pool {POOL} is low: at the present growth its numbers have all the calls they carry on {day:%Y-%m-%d}"
    )
