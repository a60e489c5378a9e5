from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import grpc
import pytest

from adapters.composition import Services
from adapters.grpc_server.event_service import MOST_WATCHERS
from adapters.grpc_server.server import GrpcServer
from grpc_api.asking import POOL_NAME, at, opening
from grpc_api.grpc_caller import Api, refusal
from grpc_api.polling import eventually
from grpc_api.switched_store import SwitchedStore
from masking.v1 import event_service_pb2 as pb
from masking.v1 import session_service_pb2 as session_pb
from masking_core.calls import IncomingCall
from masking_core.errors import StoreUnavailable
from masking_core.events import Event, EventKind
from masking_core.instants import HOUR, SECOND
from masking_core.phone_number import RealNumber
from masking_core.services.call_reports import ReportedCall
from support.world import POOL, START, World, real

LONG = 60.0
MANY = 20_000
Kind = pb.Event.Kind


class Watcher:
    """One stream, and the token it was told last."""

    def __init__(self, api: Api, token: str = "", **asked: Any) -> None:
        self.stream: Any = api.events.WatchEvents(pb.WatchEventsRequest(resume_token=token, **asked))
        self.token = token
        self._told: list[pb.Event] = []

    def begun(self) -> "Watcher":
        """Wait for the first message, which tells no event: what happens from here on is told."""
        assert not self.message().events
        return self

    def message(self) -> pb.WatchEventsResponse:
        told: pb.WatchEventsResponse = next(self.stream)
        self.token = told.resume_token
        return told

    def events(self, count: int) -> Sequence[pb.Event]:
        """The next so many events, in as many messages as it takes."""
        while len(self._told) < count:
            self._told += self.message().events
        told, self._told = self._told[:count], self._told[count:]
        return told

    def end(self) -> grpc.StatusCode:
        """The status that the server ends it with."""
        with pytest.raises(grpc.RpcError) as raised:
            for _ in self.stream:
                pass
        ended: Any = raised.value
        code: grpc.StatusCode = ended.code()
        return code


@contextmanager
def watching(api: Api, token: str = "", **asked: Any) -> Iterator[Watcher]:
    """A watcher that leaves at the end."""
    watcher = Watcher(api, token, **asked)
    yield watcher.begun()
    watcher.stream.cancel()


def opened(api: Api, a: int = 1, b: int = 2) -> str:
    return str(api.sessions.OpenSession(opening(a, b)).session.name)


def close(api: Api, name: str) -> None:
    api.sessions.CloseSession(session_pb.CloseSessionRequest(name=name))


def test_what_happens_to_a_session_is_told_in_order(api: Api, world: World) -> None:
    world.pool(4)
    with watching(api) as watcher:
        name = opened(api)
        change = session_pb.Session(name=name, reference="ride 17")
        api.sessions.UpdateSession(session_pb.UpdateSessionRequest(session=change))
        world.now += SECOND
        close(api, name)
        told = watcher.events(3)
    about: dict[str, Any] = {"pool": POOL_NAME, "session": name}
    assert told == [
        pb.Event(kind=Kind.KIND_SESSION_OPENED, time=at(START), session_version=1, **about),
        pb.Event(kind=Kind.KIND_SESSION_UPDATED, time=at(START), session_version=2, **about),
        pb.Event(kind=Kind.KIND_SESSION_CLOSED, time=at(world.now), session_version=3, **about),
    ]


def test_expiries_calls_and_shortages_are_told_too(api: Api, world: World) -> None:
    world.pool(1)
    view = world.open(1, 2, time_to_live=HOUR)
    dialled = view.session.sides[0].proxy
    with watching(api) as watcher:
        world.routing.route(IncomingCall(dialled, RealNumber(real(1)), "c1"))
        world.record_calls()
        world.reports.keep(b"{}", ReportedCall("c1"))
        world.now += 2 * HOUR
        world.housekeeping.sweep()
        world.open(1, 2)
        told = watcher.events(5)
    assert [Kind.Name(event.kind) for event in told] == [
        "KIND_CALL_DECIDED",
        "KIND_CALL_REPORTED",
        "KIND_SESSION_EXPIRED",
        "KIND_SESSION_OPENED",
        "KIND_POOL_LOW",
    ]
    assert [event.detail for event in told] == ["ACTIVE_SESSION", "UNKNOWN", "", "", "REUSED_EARLY"]
    assert (told[0].call, told[0].session) == ("calls/c1", f"sessions/{view.session.session_id}")


def test_a_watcher_that_comes_back_misses_nothing(api: Api, world: World) -> None:
    world.pool(4)
    with watching(api) as watcher:
        first = opened(api)
        assert watcher.events(1)[0].session == first
        token = watcher.token
    close(api, first)
    second = opened(api)
    with watching(api, token) as again:
        assert [event.session for event in again.events(2)] == [first, second]
        third = opened(api, 3, 4)
        assert again.events(1)[0].session == third


def test_a_watcher_misses_nothing_when_the_server_is_another(
    api: Api, world: World, server: GrpcServer, services: Services
) -> None:
    world.pool(4)
    watcher = Watcher(api).begun()
    first = opened(api)
    watcher.events(1)
    server.stop(grace=0)
    assert watcher.end() in {grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE}
    world.sessions.close(first.removeprefix("sessions/"))
    other = GrpcServer(services, "127.0.0.1:0", 8)
    other.start()
    elsewhere = Api(other.port)
    with watching(elsewhere, watcher.token) as again:
        (closed,) = again.events(1)
    assert (closed.session, closed.kind) == (first, Kind.KIND_SESSION_CLOSED)
    elsewhere.channel.close()
    other.stop(grace=0)


def test_the_earliest_that_are_kept_can_be_had(api: Api, world: World) -> None:
    with watching(api, "earliest") as early:
        assert early.token == "earliest"
        world.pool(4)
        names = [opened(api, 2 * index, 2 * index + 1) for index in range(3)]
        assert [event.session for event in early.events(3)] == names
    with watching(api, "earliest") as late:
        assert [event.session for event in late.events(3)] == names


def test_a_watcher_of_pools_and_kinds_hears_of_no_others_and_still_gets_on(api: Api, world: World) -> None:
    world.pool(2)
    world.pool(2, "parcels-de", first=2)
    with watching(api, pools=["pools/parcels-de"]) as pools, watching(api, kinds=[Kind.KIND_SESSION_CLOSED]) as kinds:
        before = pools.token
        close(api, opened(api))
        # The token moves on beyond what it is not told.
        assert (list(pools.message().events), pools.token != before) == ([], True)
        (closed,) = kinds.events(1)
        view = world.open(3, 4, pool="parcels-de")
        (parcel,) = pools.events(1)
    assert closed.kind == Kind.KIND_SESSION_CLOSED
    assert (parcel.pool, parcel.session) == ("pools/parcels-de", f"sessions/{view.session.session_id}")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"resume_token": "nonsense!"}, "resume_token"),
        ({"resume_token": "AAAA"}, "resume_token"),
        ({"resume_token": "AAAAAAAAAAk="}, "resume_token"),
        ({"pools": [POOL_NAME, "ride-uk"]}, "pools[1]"),
        ({"kinds": [Kind.KIND_POOL_LOW, 99]}, "kinds[1]"),
        ({"kinds": [Kind.KIND_UNSPECIFIED]}, "kinds[0]"),
    ],
)
def test_what_cannot_be_watched_is_refused(api: Api, asked: dict[str, Any], field: str) -> None:
    refused = refusal(lambda: list(api.events.WatchEvents(pb.WatchEventsRequest(**asked))))
    assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, field)


def test_a_watcher_outlasts_a_store_that_is_away(api: Api, world: World, store: SwitchedStore) -> None:
    world.pool(4)
    with watching(api) as watcher:
        store.problem = StoreUnavailable("away")
        eventually(lambda: not api.serving())
        store.problem = None
        name = opened(api)
        assert watcher.events(1)[0].session == name


def test_nobody_begins_to_watch_a_store_that_is_away(api: Api, store: SwitchedStore) -> None:
    store.problem = StoreUnavailable("away")
    refused = refusal(lambda: list(api.events.WatchEvents(pb.WatchEventsRequest())))
    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")


def test_a_reader_who_does_not_read_holds_up_nobody_and_misses_nothing(api: Api, world: World) -> None:
    world.pool(4)
    with watching(api) as slow, watching(api) as quick:
        world.store.append_events(
            [Event(EventKind.POOL_LOW, START, POOL, detail=f"{index:0200}") for index in range(MANY)]
        )
        # Far more than the connection buffers: what the slow one is sent waits in the store.
        assert [int(event.detail) for event in quick.events(MANY)] == list(range(MANY))
        name = opened(api)
        assert quick.events(1)[0].session == name
        told = slow.events(MANY + 1)
    assert [int(event.detail) for event in told[:-1]] == list(range(MANY))
    assert told[-1].session == name


def test_there_are_as_many_watchers_as_may_be_and_who_leaves_makes_room(api: Api, world: World) -> None:
    world.pool(4)
    watchers = [Watcher(api).begun() for _ in range(MOST_WATCHERS)]
    refused = refusal(lambda: list(api.events.WatchEvents(pb.WatchEventsRequest())))
    assert refused.code == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert api.serving()
    name = opened(api)
    assert {watcher.events(1)[0].session for watcher in watchers} == {name}
    watchers.pop().stream.cancel()

    def room() -> bool:
        watcher = Watcher(api)
        try:
            watchers.append(watcher.begun())
        except grpc.RpcError:
            return False
        return True

    eventually(room)
    for watcher in watchers:
        watcher.stream.cancel()


def test_a_watcher_does_not_hold_a_server_that_is_to_stop(
    api: Api, world: World, server: GrpcServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.grpc_server.server._FAREWELL_SECONDS", 0)
    world.pool(4)
    watcher = Watcher(api).begun()
    unread = Watcher(api, "earliest").begun()
    world.store.append_events([Event(EventKind.POOL_LOW, START, POOL, detail="x" * 200)] * MANY)
    server.stop(LONG)
    for each in (watcher, unread):
        assert each.end() in {grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE}
