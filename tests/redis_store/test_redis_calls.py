"""What is particular to calls, events and PINs in Redis: how long they live, what is left, what a failover does."""

import logging
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from adapters.storage.redis.call_index import Standing, heading, is_crowded, places_in
from adapters.storage.redis.call_packing import StoredCall, pack_call, pack_event, unpack_call
from adapters.storage.redis.commands import script
from adapters.storage.redis.names import CALLER_BYTES, Names
from adapters.storage.redis.new_calls import AT_ONCE
from adapters.storage.redis.packing import pack_id, unpack_id
from adapters.storage.registry import open_store
from masking_core.call_records import Answer, CallQuery, CallRecord, CallReport, Outcome, Step
from masking_core.calls import Reason
from masking_core.errors import KeysChanged, StoreUnavailable
from masking_core.events import EARLIEST, Event, EventKind
from masking_core.instants import DAY, HOUR, SECOND
from masking_core.phone_number import RealNumber
from masking_core.pins import PinPolicy
from masking_core.pools import Treatment
from masking_core.ports.keys import KeyCheck
from masking_core.sealed import Caller, LookupKey, Sealed
from masking_core.services.call_recording import sealed_person
from masking_core.services.copying import Copying
from masking_core.shards import SHARDS, shard_of
from support.callers import decided, ids_of_shard, record, reported
from support.person import lookups_of, scattered, seals_of
from support.redis_servers import Server, every_key, wait_for
from support.world import POOL, START, World, real, virtual

NAMES = Names(b"")


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server("--appendfsync", "always", "--rdbcompression", "no").start()
    yield server
    server.remove()


@pytest.fixture
def world(server: Server) -> Iterator[World]:
    world = World(open_store(f"redis://{server.address}"))
    yield world
    world.store.close()


def endings(server: Server) -> dict[bytes, int]:
    """What each key of calls, events and PINs has left, in seconds; -1 for one that lives for ever."""
    with server.client() as client:
        return {
            key: client.ttl(key)
            for _, key in every_key([server])
            if not key.startswith(b"{a}") and not key.endswith(b"}k")
        }


def kind(key: bytes) -> bytes:
    """What a key of a shard holds; nothing for any other key. The key of a caller is random bytes behind its letter."""
    return key[5:6] if key.startswith(b"{i") else b""


def test_all_that_is_kept_of_a_call_expires_by_itself_some_days_after_its_retention(
    world: World, server: Server
) -> None:
    record(world, decided(world, "c1", session_id="s1", correlation_ids=("nm-1",), keep_until=START + 90 * DAY))
    left = endings(server)
    days = {key: seconds // 86_400 for key, seconds in left.items()}
    of_hours = {key: each for key, each in days.items() if kind(key) in (b"h", b"y")}
    of_events = {key: each for key, each in days.items() if key.endswith(b"}e")}
    of_calls = {key: each for key, each in days.items() if key not in of_hours and key not in of_events}
    assert len(of_hours) == 2
    assert all(400 < each < 410 for each in of_hours.values())
    assert all(7 < each <= 15 for each in of_events.values())
    assert sorted(kind(key) for key in of_calls) == [b"b", b"c", b"f", b"x"]
    assert all(90 < each < 100 for each in of_calls.values())
    record(world, reported("c1", START + 10 * DAY))
    later = endings(server)
    assert all(abs(later[key] - left[key]) < 86_400 / 2 for key in of_calls)


def test_a_record_that_was_written_once_can_be_read_for_ever() -> None:
    raw = bytes.fromhex(
        "e85e7e84fffcd48a98a26331ad2b34343230373934363030303092c4067365616c656491c4036b6579c091a46e6d2d31919a01a566697273"
        "74aa4e4f5f53455353494f4ea4504c4159a7726964652d756ba0a0a0c2c2919da442555359a0c0c0c0c0c0a4302e3130a0a0a0a00509"
    )
    call = CallRecord(
        "c1",
        "+442079460000",
        Caller(Sealed(b"sealed"), (LookupKey(b"key"),)),
        correlation_ids=("nm-1",),
        steps=(Step(1, "first", Reason.NO_SESSION, Answer.PLAY, POOL),),
        reports=(CallReport(Outcome.BUSY, price_per_second=Decimal("0.10"), receive_time=5),),
        keep_until=9,
    )
    assert unpack_call(raw) == StoredCall(call, raw[:8])
    assert pack_call(call, raw[:8]) == raw


@pytest.mark.parametrize(
    ("session_id", "length"),
    [
        ("01980aa8-1234-7abc-8def-0123456789ab", 16),
        ("01980AA8-1234-7ABC-8DEF-0123456789AB", 37),
        ("01980aa8-1234-4abc-8def-0123456789ab", 37),
        ("01980aa8-1234-7abc-cdef-0123456789ab", 37),
        ("01980aa8 1234 7abc 8def 0123456789ab", 37),
        ("01980aa8-1234-7abc-8def-0123456789ag", 37),
        ("f1980aa8-1234-7abc-8def-0123456789ab", 37),
        ("order-1", 8),
        ("", 1),
    ],
)
def test_an_id_is_packed_only_if_it_comes_back(session_id: str, length: int) -> None:
    assert len(pack_id(session_id)) == length
    assert unpack_id(pack_id(session_id)) == session_id


def test_new_calls_are_put_under_the_keys_of_now_though_another_process_has_changed_them(
    world: World, server: Server
) -> None:
    def calls(name: str) -> list[CallRecord]:
        return [decided(world, f"{name}{index}") for index in range(40)]

    record(world, *calls("before"))
    other, (known,) = open_store(f"redis://{server.address}"), world.store.get_keys()
    added = KeyCheck("00000001", "made up")
    other.set_keys((known,), (known, added))
    for _ in range(2):
        with pytest.raises(KeysChanged):
            record(world, *calls("refused"))
    world.store.record_calls(calls("after"), [known.key_id, added.key_id])
    other.set_keys((known, added), (known,))
    world.store.record_calls(calls("late"), [known.key_id, added.key_id])
    record(world, *calls("end"))
    found = Counter(call.call_id.rstrip("0123456789") for call in world.store.list_calls(CallQuery(limit=1_000)))
    assert found == {"before": 40, "after": 40, "late": 40, "end": 40}
    other.close()


def test_a_call_that_is_new_is_put_without_being_looked_for(world: World, server: Server) -> None:
    with server.client() as client:
        client.config_resetstat()
        record(world, *(decided(world, f"c{index}") for index in range(200)))
        asked = client.info("commandstats")
    assert asked["cmdstat_evalsha"]["calls"] <= SHARDS
    assert asked["cmdstat_get"]["calls"] <= 2 * SHARDS


def test_a_session_with_pins_comes_back(world: World) -> None:
    world.pool(on_no_session=Treatment.ASK_PIN)
    view = world.open(1, 2)
    assert all(side.pin is not None for side in view.session.sides)
    assert world.store.get_session(view.session.session_id) == view.session


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("days", [(90, 1), (1, 90)])
def test_an_index_lives_as_long_as_the_call_in_it_that_lives_longest(
    world: World, server: Server, days: tuple[int, int], *, at_once: bool
) -> None:
    others = (f"other-{index}" for index in range(1_000))
    neighbour = next(each for each in others if shard_of(each.encode()) == shard_of(b"c1"))
    first, second = (
        decided(world, call_id, keep_until=START + each * DAY)
        for call_id, each in zip(("c1", neighbour), days, strict=True)
    )
    if at_once:
        record(world, first, second)
    else:
        record(world, first)
        record(world, second)
    left = {key: seconds / 86_400 for key, seconds in endings(server).items()}
    assert all(left[index] > 90 for index in NAMES.calls(shard_of(b"c1")))
    assert left[NAMES.call(second.call_id)] - left[NAMES.call(first.call_id)] == pytest.approx(days[1] - days[0], 0.1)


def test_a_call_whose_record_has_gone_by_itself_is_swept_out_of_every_list(world: World, server: Server) -> None:
    facts: dict[str, Any] = {"session_id": "s1", "correlation_ids": ("nm-1", "nm-2")}
    record(world, decided(world, "c1", **facts), decided(world, "c2", keep_until=START + 90 * DAY, **facts))
    assert ids_in_indexes(server) == {b"c1", b"c2"}
    with server.client() as client:
        client.delete(NAMES.call("c1"))
    world.now += 30 * DAY
    assert world.housekeeping.sweep() >= 1
    assert ids_in_indexes(server) == {b"c2"}
    assert world.housekeeping.sweep() == 0


@pytest.mark.parametrize("at_once", [1, 2, 1_000])
def test_whoever_is_erased_leaves_nothing_of_calls_whose_records_have_gone_by_themselves(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("adapters.storage.redis.calls._LARGEST_PAGE", at_once)
    names = ids_of_shard(3, 7)
    told = [decided(world, name, START + index, session_id="s1") for index, name in enumerate(names)]
    record(world, *told)
    with server.client() as client:
        client.delete(*(NAMES.call(name) for name in names[:3]))
    world.store.scrub()
    left = [Standing.of(call) for call in told[3:]]
    due, crowded, others = standings(server, shard=3)
    assert due == sorted(each.due for each in left)
    assert {place for _, place in crowded | others} == {each.place for each in left}


def ids_in_indexes(server: Server) -> set[bytes]:
    """The calls of short ids that stand in any index, wherever that is."""
    with server.client() as client:
        texts = b"".join(
            b"".join([*client.zrange(many, 0, -1), *client.hvals(few)]) for many, few in map(NAMES.calls, range(SHARDS))
        )
    return {each for each in (b"c1", b"c2") if each in texts}


@pytest.mark.parametrize("dialled", ["", "\0*\0", "{i00}", "+44•••••1"])
def test_a_call_to_whatever_is_no_number_comes_back_and_goes_like_any_other(
    world: World, server: Server, dialled: str
) -> None:
    call = decided(world, "c1", dialled=dialled, pool="")
    record(world, call)
    assert world.store.get_call("c1") == call
    assert world.store.list_calls(CallQuery(dialled=dialled)) == [call]
    world.now += 30 * DAY
    world.housekeeping.sweep()
    assert set(endings(server)) <= {*(NAMES.events(each) for each in range(SHARDS)), *hours(server)}


def hours(server: Server) -> set[bytes]:
    return {key for key in endings(server) if kind(key) in (b"h", b"y")}


STANDING = """
from adapters.storage.redis.call_index import Standing
from masking_core.call_records import CallRecord
from masking_core.sealed import Caller, LookupKey, Sealed
people = [Caller(Sealed(b""), tuple(LookupKey(b"%d-%d" % (person, key)) for key in range(4))) for person in (1, 2)]
standing = Standing.of(CallRecord("c1", "+442079460000", *people, ("n", "m")))
assert Standing.of_due(standing.due) == standing
print(standing.due.hex())
"""


def test_every_process_knows_alike_how_a_call_stands_among_those_to_forget() -> None:
    told = [
        subprocess.run(
            [sys.executable, "-c", STANDING],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    ]
    assert len(told[0]) > 2 * 8 * len("c1-1")
    assert set(told) == {told[0]}


def standings(server: Server, shard: int) -> tuple[list[bytes], set[tuple[bytes, bytes]], set[tuple[bytes, bytes]]]:
    """How a shard's calls stand among those to forget, and heading and place in the sorted set and in the hash."""
    many, few = NAMES.calls(shard)
    with server.client() as client:
        crowded = {(entry[: 2 + entry[1]], entry[2 + entry[1] :]) for entry in client.zrange(many, 0, -1)}
        others = {(found, place) for found, text in client.hgetall(few).items() for place in places_in(text)}
        return sorted(client.zrange(NAMES.shard(shard, b"x"), 0, -1)), crowded, others


def test_what_a_script_writes_of_a_call_is_what_the_program_looks_for(world: World, server: Server) -> None:
    facts: list[dict[str, Any]] = [
        {"session_id": "s1", "correlation_ids": ("n", "m")},
        {"session_id": "s1", "person": 2, "callee": sealed(world, 3)},
        {"pool": "", "session_id": "", "dialled": ""},
    ]
    names = ids_of_shard(3, len(facts))
    told = [
        decided(world, name, START + index, **fact) for index, (name, fact) in enumerate(zip(names, facts, strict=True))
    ]

    def check() -> None:
        calls = [call for call in map(world.store.get_call, names) if call is not None]
        stood = [Standing.of(call) for call in calls]
        due, crowded, others = standings(server, 3)
        assert due == sorted(each.due for each in stood)
        expected = [(found, each.place) for each in stood for found in each.headings]
        assert crowded == {entry for entry in expected if is_crowded(entry[0])}
        assert others == {entry for entry in expected if not is_crowded(entry[0])}

    record(world, *told)
    check()
    later = [decided(world, name, START - HOUR, key="typed", pool="another", correlation_ids=("k",)) for name in names]
    record(world, *later, *(reported(name, START + SECOND) for name in names))
    check()


def sealed(world: World, person: int) -> Caller | None:
    return sealed_person(world.vault, "call", "callee", RealNumber(real(person)))


@pytest.mark.parametrize("at_once", [1, 7, 200])
def test_a_heading_with_many_calls_lists_them_like_one_with_few(world: World, server: Server, at_once: int) -> None:
    names = ids_of_shard(3, 330)
    facts: dict[str, Any] = {"session_id": "s1", "correlation_ids": ("n",)}
    calls = [decided(world, name, START + index % 65 * SECOND, **facts) for index, name in enumerate(names)]
    for first in range(0, len(calls), at_once):
        record(world, *calls[first : first + at_once])
    many, few = NAMES.calls(3)
    with server.client() as client:
        beside = [entry for entry in client.zrange(many, 0, -1) if entry.startswith(heading(b"s", pack_id("s1")))]
        assert 0 < len(beside) < len(names)
        assert max(map(len, client.hvals(few))) < 400 + 20 * min(at_once, AT_ONCE)
    by_time = latest_first(calls)
    person = lookups_of(world)
    for query in (CallQuery(session_id="s1"), CallQuery(dialled=virtual(0)), CallQuery(lookups=person), CallQuery()):
        assert world.store.list_calls(replace(query, limit=1_000)) == by_time
        assert pages(world, replace(query, limit=11)) == by_time
        between = replace(query, begin=START + 10 * SECOND, end=START + 20 * SECOND, limit=1_000)
        assert world.store.list_calls(between) == [call for call in by_time if 10 <= (call.time - START) // SECOND < 20]
    assert world.store.find_calls("n") == by_time[:100]
    for gone in (names[:40], names[310:], random.Random(at_once).sample(names, 150), names[:300]):
        world.store.shelves().calls.remove(gone)
        calls = [call for call in by_time if world.store.get_call(call.call_id) is not None]
        assert not {call.call_id for call in calls} & {*gone}
        assert world.store.list_calls(CallQuery(session_id="s1", limit=1_000)) == calls
    again = [decided(world, name, START, **facts) for name in names[:20]]
    record(world, *again)
    assert world.store.list_calls(CallQuery(session_id="s1", limit=1_000)) == latest_first([*calls, *again])
    world.store.shelves().calls.remove(names)
    assert not {many, few} & set(endings(server))


def test_a_heading_that_was_written_before_there_were_pages_goes_on(world: World, server: Server) -> None:
    names = ids_of_shard(3, 80)
    calls = [decided(world, name, START + index * SECOND, session_id="s1") for index, name in enumerate(names)]
    record(world, *calls[:32])
    many, few = NAMES.calls(3)
    session = heading(b"s", pack_id("s1"))
    with server.client() as client:
        fields = [each for each in client.hkeys(few) if each.startswith(session)]
        places = [place for text in client.hmget(few, fields) for place in places_in(text)]
        client.hdel(few, *fields)
        client.hset(few, session, b"".join(map(behind_length, places)))
    assert world.store.list_calls(CallQuery(session_id="s1")) == latest_first(calls[:32])
    for call in calls[32:]:
        record(world, call)
    assert world.store.list_calls(CallQuery(session_id="s1", limit=100)) == latest_first(calls)
    world.store.shelves().calls.remove(names)
    assert not {many, few} & set(endings(server))


def behind_length(place: bytes) -> bytes:
    return bytes((len(place),)) + place


def latest_first(calls: Sequence[CallRecord]) -> list[CallRecord]:
    return sorted(calls, key=lambda call: (call.time, call.call_id), reverse=True)


def pages(world: World, query: CallQuery) -> list[CallRecord]:
    """Everything that a query finds, page by page."""
    found: list[CallRecord] = []
    while page := world.store.list_calls(query):
        found += page
        query = replace(query, after=(page[-1].time, page[-1].call_id))
    return found


def test_pages_are_whole_however_unevenly_calls_are_spread(world: World) -> None:
    ids = [f"c{index}" for index in range(600)]
    crowded = [call_id for call_id in ids if shard_of(call_id.encode()) == 3]
    others = [call_id for call_id in ids if shard_of(call_id.encode()) != 3][:30]
    times = {call_id: START + index * 7 % 11 * SECOND for index, call_id in enumerate([*crowded, *others])}
    record(world, *(decided(world, call_id, time, correlation_ids=("n",)) for call_id, time in times.items()))
    expected = [call_id for _, call_id in sorted(((time, call_id) for call_id, time in times.items()), reverse=True)]
    assert len(crowded) > 30
    for size in (1, 7, 20, 100):
        found: list[str] = []
        query = CallQuery(pool=POOL, limit=size)
        while page := world.store.list_calls(query):
            found += [call.call_id for call in page]
            query = replace(query, after=(page[-1].time, page[-1].call_id))
        assert found == expected
    assert [call.call_id for call in world.store.find_calls("n")] == expected[:100]


def test_tries_of_pins_expire_by_themselves(world: World, server: Server) -> None:
    world.store.take_try(virtual(0), "c1", b"key", PinPolicy(), world.now)
    left = endings(server)
    assert len(left) == 2
    assert all(0 < seconds < 2 * 86_400 for seconds in left.values())


def test_a_number_that_was_right_is_given_back_once_though_the_reply_was_lost(world: World, server: Server) -> None:
    for key in (b"a", b"b"):
        world.store.take_try(virtual(0), "c1", key, PinPolicy(), world.now)
    with server.client() as client:
        tries = NAMES.tries(virtual(0))
        world.store.give_back_try(virtual(0), world.now)
        assert client.hget(tries, "tries") == b"1"
        last = client.hget(tries, "given")
        client.hset(tries, "tries", 2)
        again = client.register_script(script("pin/give_back_try", (tries,)).script)
        assert again(keys=[tries], args=[last]) == 1
        assert client.hget(tries, "tries") == b"2"


def test_a_version_that_a_failover_lost_does_not_come_back(world: World, server: Server) -> None:
    record(world, decided(world, "c1"))
    versions = NAMES.shard(shard_of(b"c2"), b"h", POOL.encode())
    with server.client() as client:
        before = client.hgetall(versions)
        record(world, decided(world, "c2"))
        counted = version_of(world)
        client.delete(versions, NAMES.call("c2"))
        if before:
            client.hset(versions, mapping=before)
    record(world, decided(world, "c2", person=2))
    assert version_of(world) != counted


def version_of(world: World) -> int:
    (hour,) = world.store.counted_hours(POOL, START - HOUR, START + HOUR)
    return hour.version


def told(event_id: str, **facts: Any) -> tuple[str, bytes]:
    return event_id, pack_event(Event(EventKind.SESSION_OPENED, START, POOL, **facts))


def put(server: Server, *entries: tuple[str, bytes]) -> None:
    """Put events into a stream as another server would have."""
    with server.client() as client:
        for event_id, packed in entries:
            client.execute_command("XADD", NAMES.events(0), event_id, "e", packed)


def test_events_stand_in_their_order_though_the_clock_of_the_server_steps_back(world: World, server: Server) -> None:
    ahead = 9_000_000_000_000
    put(server, told(f"{ahead}-0", session_id="before"))
    token = world.store.latest_token()
    world.store.append_events([Event(EventKind.POOL_LOW, START, POOL, detail="after")])
    page = world.store.read_events(token, 10)
    assert [event.detail for event in page.events] == ["after"]
    assert world.store.read_events(page.token, 10).events == ()


def test_what_happens_after_a_failover_that_lost_events_is_not_missed(world: World, server: Server) -> None:
    kept = told("1000000-0", session_id="kept")
    put(server, kept, told("1000500-0", session_id="lost"))
    token = world.store.read_events(EARLIEST, 10).token
    assert token == world.store.latest_token()
    with server.client() as client:
        client.delete(NAMES.events(0))
    put(server, kept, told("1000400-0", session_id="after"))
    page = world.store.read_events(token, 10)
    assert [event.session_id for event in page.events] == ["kept", "after"]
    assert world.store.read_events(page.token, 10).events == ()


def test_a_token_older_than_what_is_kept_reads_on_without_repetition(world: World, server: Server) -> None:
    put(server, told("1000000-0", session_id="old"))
    token = world.store.latest_token()
    put(server, told("1000500-0", session_id="new"))
    with server.client() as client:
        client.execute_command("XTRIM", NAMES.events(0), "MINID", "1000001-0")
    page = world.store.read_events(token, 10)
    assert [event.session_id for event in page.events] == ["new"]
    with server.client() as client:
        client.execute_command("XTRIM", NAMES.events(0), "MINID", "1000501-0")
    assert world.store.read_events(page.token, 10) == replace(page, events=())


def test_old_events_go_by_themselves_where_nobody_sweeps(world: World, server: Server) -> None:
    put(server, *(told(f"{index}-1", session_id=f"old-{index}") for index in range(1, 401)))
    world.store.append_events([Event(EventKind.POOL_LOW, START, POOL)])
    with server.client() as client:
        assert client.xlen(NAMES.events(0)) <= 101


def test_many_events_of_one_shard_are_read_beside_those_of_the_others(world: World) -> None:
    for index in range(40):
        events = [Event(EventKind.POOL_LOW, START, session_id=f"s{index}", version=each) for each in range(1, 4)]
        world.store.append_events(events + [Event(EventKind.POOL_LOW, START + index, detail="no session")] * 5)
    found: list[Event] = []
    token = EARLIEST
    while (page := world.store.read_events(token, 30)).events:
        found += page.events
        token = page.token
    assert len(found) == 40 * 8
    for index in range(40):
        assert [event.version for event in found if event.session_id == f"s{index}"] == [1, 2, 3]
    times = [event.time for event in found if event.detail]
    assert times == sorted(times)


def traces(world: World) -> list[bytes]:
    return [*(lookup[:CALLER_BYTES] for lookup in lookups_of(world)), *seals_of(world)]


def test_nothing_of_a_person_who_was_erased_is_left_in_memory_or_in_the_servers_files(
    world: World, server: Server
) -> None:
    scattered(world)
    searched = traces(world)
    assert all(each in in_memory(server) and each in written(server) for each in searched)
    with server.client() as client:
        client.bgrewriteaof()
    world.erasing.erase(RealNumber(real(1)))
    content = in_memory(server)
    assert not [each for each in searched if each in content]
    wait_for(lambda: not [each for each in searched if each in written(server)], "the file without the person")


def in_memory(server: Server) -> bytes:
    with server.client() as client:
        return b"".join(key + client.dump(key) for _, key in every_key([server]))


def written(server: Server) -> bytes:
    """All that is in the server's files now, those aside that it takes away while we look."""
    content = []
    for path in server.folder.rglob("*"):
        if path.name != "log":
            with suppress(FileNotFoundError, IsADirectoryError):
                content.append(path.read_bytes())
    return b"".join(content)


def test_a_server_that_may_not_be_asked_to_write_its_file_anew_is_warned_of(
    world: World, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    with server.client() as client:
        client.execute_command("ACL", "SETUSER", "default", "-bgrewriteaof")
    with caplog.at_level(logging.WARNING):
        world.store.scrub()
    assert "until BGREWRITEAOF is run" in caplog.text


def test_what_was_copied_expires_by_itself_like_what_was_recorded(world: World, server: Server) -> None:
    source = World(open_store("memory://"), world.vault)
    tried = PinPolicy(lock_window=5 * DAY)
    source.pool(1, pins=tried)
    record(source, decided(source, "c1", session_id="s1", correlation_ids=("nm-1",), keep_until=START + 90 * DAY))
    source.now += HOUR
    assert source.summaries.count_finished() == 1
    source.store.take_try(virtual(0), "c1", b"key", tried, START)
    world.store.set_keys(world.store.get_keys(), ())
    assert Copying(source.store, world.store, world.clock, lambda *_: None).run().comparison.alike
    of_calls, of_hours, of_tries = [], [], []
    for key, seconds in endings(server).items():
        if kind(key) in (b"h", b"y") or key.startswith(b"{p%b}c" % POOL.encode()):
            of_hours.append(seconds // 86_400)
        elif kind(key) in (b"c", b"b", b"f", b"x"):
            of_calls.append(seconds // 86_400)
        elif key.endswith(b"}p") and key.startswith(b"{n"):
            of_tries.append(round(seconds / 86_400))
    assert len(of_calls) == 4
    assert all(90 <= days < 100 for days in of_calls)
    assert len(of_hours) == 3
    assert all(400 <= days < 410 for days in of_hours)
    assert of_tries == [6]


def test_pages_of_calls_go_on_behind_one_that_was_forgotten_meanwhile(world: World) -> None:
    names = [f"c{number}" for number in range(20)]
    record(world, *(decided(world, name, START + number) for number, name in enumerate(names)))
    shelf = world.store.shelves().calls
    *_, last = first = shelf.page("", 7)
    shelf.remove([last])
    rest = shelf.page(last, 20)
    assert sorted([*first, *rest]) == sorted(names)
    with pytest.raises(StoreUnavailable, match="forgotten meanwhile"):
        world.store.shelves().calls.page(last, 20)
