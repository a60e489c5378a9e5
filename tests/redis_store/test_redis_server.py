"""What is particular to Redis: its settings, its scripts, its memory, and what goes wrong with the server."""

import logging
import re
import signal
from collections.abc import Callable, Iterator

import pytest

from adapters.deadline import limited_to
from adapters.sealing.vault import RingVault
from adapters.storage.redis import pools
from adapters.storage.redis.names import Names
from adapters.storage.redis.packing import Phase, pack_id
from adapters.storage.registry import UnknownStoreError, open_store
from masking_core.calls import Reason
from masking_core.errors import StoreNotReady, StoreUnavailable
from masking_core.instants import DAY, HOUR, MINUTE
from masking_core.phone_number import RealNumber
from masking_core.services.call_reports import ReportedCall
from masking_core.services.requests import ParticipantChange, SessionChange
from masking_core.sessions import SessionQuery
from support.callers import decided, record
from support.redis_proxy import RedisProxy
from support.redis_servers import Server, every_key, fresh_prefix, wait_for
from support.sentinels import follows
from support.world import POOL, World, proxies, real, virtual


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server("--appendfsync", "always").start()
    yield server
    server.remove()


@pytest.fixture
def world(server: Server) -> Iterator[World]:
    world = World(open_store(f"redis://{server.address}"))
    world.pool()
    yield world
    world.store.close()


def set_option(server: Server, name: str, value: str) -> None:
    with server.client() as client:
        client.config_set(name, value)


def test_scripts_survive_being_flushed(world: World, server: Server) -> None:
    view = world.open(1, 2)
    with server.client() as client:
        client.script_flush()
    world.sessions.close(view.session.session_id)
    assert world.call(1, proxies(view)[0]).reason is Reason.ENDED_SESSION
    with server.client() as client:
        client.script_flush()
    assert world.dials(1, proxies(world.open(1, 2))[0])


def test_a_restart_of_the_server_loses_nothing_and_needs_no_restart_of_ours(world: World, server: Server) -> None:
    view = world.open(1, 2)
    server.kill()
    with limited_to(0.5), pytest.raises(StoreUnavailable):
        world.call(1, proxies(view)[0])
    with pytest.raises(StoreUnavailable):
        world.store.check()
    server.start()
    world.store.check()
    assert world.dials(1, proxies(view)[0]) == (real(2), proxies(view)[1])
    world.sessions.close(view.session.session_id)


def test_a_server_that_does_not_answer_is_unavailable_within_the_callers_deadline(world: World, server: Server) -> None:
    server.signal(signal.SIGSTOP)
    with limited_to(0.1), pytest.raises(StoreUnavailable, match="in time"):
        world.call(1, virtual(0))
    server.signal(signal.SIGCONT)
    assert world.call(1, virtual(0)).reason is Reason.NO_SESSION


def test_an_unmigrated_database_is_not_ready_and_says_what_to_do(server: Server) -> None:
    with pytest.raises(StoreNotReady, match="run `masking migrate`"):
        open_store(f"redis://{server.address}?prefix=other:").check()


def test_a_database_of_a_newer_program_is_refused(world: World, server: Server) -> None:
    with server.client() as client:
        client.set("{a}schema", "999")
    for refused in (world.store.check, world.store.migrate):
        with pytest.raises(StoreNotReady, match="newer version"):
            refused()


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl", "volatile-lru"])
def test_an_evicting_server_is_refused(world: World, server: Server, policy: str) -> None:
    set_option(server, "maxmemory-policy", policy)
    with pytest.raises(StoreNotReady, match="set maxmemory-policy noeviction"):
        world.store.check()
    set_option(server, "maxmemory-policy", "noeviction")
    world.store.check()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"appendfsync": "everysec"}, "about a second|a second of what"),
        ({"appendfsync": "no"}, "kernel"),
        ({"appendonly": "no"}, "no append-only file"),
    ],
)
def test_settings_that_can_lose_data_are_warned_of_once(
    world: World, server: Server, caplog: pytest.LogCaptureFixture, settings: dict[str, str], told: str
) -> None:
    with caplog.at_level(logging.WARNING):
        world.store.check()
        assert not caplog.records
        for name, value in settings.items():
            set_option(server, name, value)
        for _ in range(2):
            world.store.check()
    assert len(caplog.records) == 1
    assert re.search(told, caplog.text)


def test_a_full_server_is_unavailable_loses_nothing_and_heals(world: World, server: Server) -> None:
    view = world.open(1, 2)
    set_option(server, "maxmemory", "1")
    with pytest.raises(StoreUnavailable, match="memory"):
        world.open(3, 4)
    assert world.dials(1, proxies(view)[0])
    set_option(server, "maxmemory", "0")
    world.open(3, 4)


def test_a_server_that_fills_up_in_the_midst_does_all_of_a_step_or_nothing(world: World, server: Server) -> None:
    refused = 0
    with server.client() as client:
        for pair in range(64):
            a, b, request = 2 * pair, 2 * pair + 1, f"r{pair}"
            set_option(server, "maxmemory", str(client.info("memory")["used_memory"] + 1_000 * pair))
            try:
                world.open(a, b, request_id=request)
            except StoreUnavailable:
                refused += 1
            set_option(server, "maxmemory", "0")
            opened = world.open(a, b, request_id=request)
            assert world.dials(a, proxies(opened)[0])
            assert world.dials(b, proxies(opened)[1])
    assert len(world.sessions.list(SessionQuery(limit=100))) == 64
    assert 0 < refused < 64


def test_what_no_replica_confirms_is_not_acknowledged_the_second_time_either(world: World, server: Server) -> None:
    view, call = world.open(1, 2), decided(world, "c1")
    record(world, decided(world, "before"))
    world.store._link.replicas = 1  # type: ignore[attr-defined]
    asks: tuple[Callable[[], object], ...] = (
        lambda: world.open(3, 4, request_id="once"),
        lambda: world.sessions.close(view.session.session_id),
        lambda: world.reports.keep(b"report", ReportedCall()),
        lambda: record(world, call),
    )
    for _ in range(2):
        for ask in asks:
            with limited_to(1), pytest.raises(StoreUnavailable, match="replicas do not confirm"):
                ask()
    replica = Server("--replicaof", "127.0.0.1", str(server.port), "--repl-diskless-sync-delay", "0").start()
    try:
        wait_for(lambda: follows(replica), "the replica")
        for ask in asks:
            ask()
        assert len(world.sessions.list(SessionQuery())) == 2
        assert world.call(1, proxies(view)[0]).reason is Reason.ENDED_SESSION
    finally:
        replica.remove()


def test_replicas_that_confirm_nothing_are_warned_of(
    world: World, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    replica = Server("--replicaof", "127.0.0.1", str(server.port), "--repl-diskless-sync-delay", "0").start()
    try:
        wait_for(lambda: follows(replica), "the replica")
        with caplog.at_level(logging.WARNING):
            open_store(f"redis://{server.address}?replicas=1").check()
            assert not caplog.records
            for _ in range(2):
                world.store.check()
        assert [record.getMessage().partition(";")[0] for record in caplog.records] == [
            "Redis can lose in a failover what its replicas did not have yet"
        ]
    finally:
        replica.remove()


def test_an_opening_that_another_clock_timed_holds_nobody_up(world: World, server: Server) -> None:
    """A lease that ends a minute from now was given by a server whose clock was ahead by a minute."""
    view = world.open(1, 2)
    record, underway, underways = world.store._transactions.keys(pack_id(view.session.session_id))  # type: ignore[attr-defined]
    with server.client() as client:
        seconds, micros = client.time()
        lease = seconds * 1_000 + micros // 1_000 + 60_000
        client.setrange(record, 0, Phase.REVISING)
        client.set(underway, b"12345678" + lease.to_bytes(8) + client.get(record))
        client.zadd(underways, {pack_id(view.session.session_id): lease})
    with limited_to(2):
        world.sessions.update(SessionChange(view.session.session_id, time_to_live=HOUR))


def test_too_few_replicas_are_told(world: World, server: Server) -> None:
    set_option(server, "min-replicas-to-write", "1")
    with pytest.raises(StoreUnavailable, match="too few replicas"):
        world.open(1, 2)


def test_no_real_number_stands_in_any_key(world: World, server: Server) -> None:
    people = [real(index) for index in range(30)]
    for index in range(0, 30, 2):
        view = world.open(index, index + 1, reference="order", labels={"city": "York"}, request_id=f"r{index}")
        world.reports.keep(f'{{"from":"{people[index][1:]}"}}'.encode(), ReportedCall())
        if index % 4:
            world.sessions.close(view.session.session_id)
    with server.client() as client:
        content = b"".join(key + client.dump(key) for _, key in every_key([server]))
    assert content
    for number in people:
        assert number[1:].encode() not in content
        assert number[3:].encode() not in content
        assert int(number[1:]).to_bytes(8, "big") not in content


def test_a_callback_of_somebody_with_a_session_is_one_command(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "MEMORY_SECONDS", 3_600)
    proxy = RedisProxy(server.port)
    other = World(open_store(f"redis://127.0.0.1:{proxy.port}"), world.vault, ids="other")
    dialled = proxies(world.open(1, 2))[0]
    other.pools.get(POOL)
    before = len(proxy.commands)
    for _ in range(5):
        assert other.dials(1, dialled)
    assert proxy.commands[before:] == [b"HMGET"] * 5
    other.store.close()
    proxy.close()


def endings(server: Server, kinds: tuple[bytes, ...]) -> dict[bytes, int]:
    """What each key of these kinds has left, in seconds; -1 for one that lives for ever."""
    with server.client() as client:
        return {
            key: client.ttl(key)
            for _, key in every_key([server])
            if key.startswith(kinds) and not (key.startswith(b"{i") and key.endswith(b"}k"))
        }


OF_SESSIONS = (b"c", b"{i", b"{q", b"{f")


def of_sessions(server: Server) -> dict[bytes, int]:
    """The same of the keys that a session has to itself: its record, its callers, its request, its reference."""
    with server.client() as client:
        found = endings(server, OF_SESSIONS)
        return {
            key: left
            for key, left in found.items()
            if key[:2] + key[4:6] != b"{i}l" and (client.type(key) not in (b"zset", b"stream") or key.startswith(b"{f"))
            if not (key.startswith(b"c") and client.hexists(key, "!"))
        }


def test_what_belongs_to_a_session_expires_by_itself_after_its_retention(world: World, server: Server) -> None:
    world.pools.update(POOL, lambda policy: policy.__class__(retention=2 * DAY, cool_off=DAY))
    world.open(1, 2, time_to_live=HOUR, request_id="r", reference="trip")
    left = of_sessions(server)
    assert len(left) == 5
    assert all(2 * 86_400 < seconds < 10 * 86_400 for seconds in left.values())


def test_a_session_without_an_end_expires_by_itself_once_it_is_closed(world: World, server: Server) -> None:
    view = world.open((real(1), real(3)), 2, request_id="r", reference="trip")
    world.reports.keep(b"report", ReportedCall(reference=f"{view.session.session_id}.call"))
    left = of_sessions(server)
    assert set(left.values()) == {-1}
    assert len(left) == 7
    world.sessions.close(view.session.session_id)
    assert all(0 < seconds < 40 * 86_400 for seconds in of_sessions(server).values())


def test_a_caller_stays_as_long_as_any_of_its_sessions(world: World, server: Server) -> None:
    for_ever = world.open(1, 2)
    for_a_while = world.open(1, 3, time_to_live=90 * DAY)
    caller = Names(b"").caller(world.vault.lookups(RealNumber(real(1)))[0])
    with server.client() as client:
        assert client.ttl(caller) == -1
        world.sessions.close(for_ever.session.session_id)
        assert client.ttl(caller) > 119 * 86_400
        world.sessions.close(for_a_while.session.session_id)
        assert client.ttl(caller) > 0


def test_a_clock_that_is_a_minute_off_opens_and_closes_as_any_other(world: World, server: Server) -> None:
    for minutes in (-1, 1):
        there = world.now + minutes * MINUTE
        other = World(open_store(f"redis://{server.address}"), world.vault, there, f"at{minutes}")
        view = other.open(1, 2)
        assert world.dials(1, proxies(view)[0])
        world.sessions.close(view.session.session_id)
        assert other.call(1, proxies(view)[0]).reason in (Reason.ENDED_SESSION, Reason.ACTIVE_SESSION)
        assert other.sessions.get(view.session.session_id).state == "CLOSED"


@pytest.mark.parametrize("session_id", ["019a9d7e-0000-7000-8000-00000000abcd", "a" * 15, "b" * 16, "c" * 36])
def test_a_session_with_any_id_comes_back(world: World, session_id: str) -> None:
    world.sessions._opening._new_id = lambda: session_id
    view = world.open(1, 2, request_id="r")
    assert world.sessions.get(session_id) == view
    assert world.dials(1, proxies(view)[0])
    assert [each.session.session_id for each in world.sessions.list(SessionQuery())] == [session_id]
    assert world.open(1, 2, request_id="r") == view


def test_a_changed_number_is_remembered_with_its_session(world: World) -> None:
    view = world.open(1, 2)
    world.sessions.update(SessionChange(view.session.session_id, participants={0: ParticipantChange((real(5),))}))
    lookups = world.vault.lookups(view.numbers[0][0])
    listed = world.sessions.list(SessionQuery(lookups=lookups))
    assert [each.session.session_id for each in listed] == [view.session.session_id]


@pytest.mark.parametrize(
    "url",
    [
        "redis://",
        "redis://host/name",
        "redis://host:port",
        "redis://a,b/0",
        "redis://host/0/1",
        "redis://host?prefix={x}",
        "redis://host?unknown=1",
        "redis+sentinel://host:26379",
        "redis+cluster://host/1",
        "redis+cluster://",
        "redis://host?replicas=some",
    ],
)
def test_an_url_of_another_form_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError, match=r"Redis store reads|prefix") as raised:
        open_store(url.replace("//host", "//user:hidden@host"))
    assert not isinstance(raised.value, UnknownStoreError)
    assert "hidden" not in str(raised.value)


def test_an_error_tells_no_address(server: Server) -> None:
    store = open_store(f"redis://user:hidden@127.0.0.1:{server.port}")
    with pytest.raises(StoreNotReady, match="user or the password") as raised:
        store.check()
    assert "hidden" not in str(raised.value)
    server.kill()
    with pytest.raises(StoreUnavailable, match="cannot be reached") as unreachable:
        open_store(f"redis://127.0.0.1:{server.port}").check()
    assert str(server.port) not in str(unreachable.value)


def test_two_stores_of_one_server_do_not_meet(server: Server) -> None:
    first, second = (
        World(open_store(f"redis://{server.address}?prefix={fresh_prefix()}"), RingVault.random()) for _ in range(2)
    )
    first.pool()
    assert not second.pools.list("", 10)
