"""Bytes of Redis' memory per active session, every key and index counted.

Run with ``python benchmarks/redis_memory.py [sessions [named]]``; it starts a server of its own, and a
million sessions take some minutes. Each goes through every script of an opening, but each step is sent
for many sessions at once. With ``named`` each has a request id and a reference too. The server is
asked for its memory before and after.
"""

import os
import secrets
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import zip_longest
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from adapters import system
from adapters.storage.redis.address import parse
from adapters.storage.redis.call_packing import pack_event
from adapters.storage.redis.commands import Command, script
from adapters.storage.redis.connections import single
from adapters.storage.redis.packing import NO_TOKEN, TOKEN_LENGTH, Phase, pack_id, pack_record, unpack_record
from adapters.storage.redis.store import RedisStore
from adapters.storage.redis.work import SLACK, Underway, lives_for
from adapters.storage.registry import open_store
from masking_core.events import opening_events
from masking_core.instants import HOUR
from masking_core.pools import Geography, PoolPolicy
from masking_core.sealed import Caller, LookupKey, Sealed
from masking_core.services.pools import NumberRequest
from masking_core.sessions import Leg, Session, Side, routes_of
from masking_core.shards import shard_of
from support.redis_servers import Server
from support.world import World

POOL = "ride-uk"
FIRST_NUMBER, NUMBERS = 442_079_460_000, 1_000
PROCESSES, BATCH = 2, 500
SEALED_BYTES = 49
RETENTION = PoolPolicy().retention

_pack = msgspec.msgpack.Encoder().encode


def a_side(person: int, number: int) -> Side:
    """A participant who takes part in nothing else."""
    lookup = LookupKey((person * 0x9E3779B97F4A7C15 % 2**128).to_bytes(16, "big"))
    proxy = f"+{FIRST_NUMBER + number % NUMBERS}"
    leg = Leg(Caller(Sealed(os.urandom(SEALED_BYTES)), (lookup,)), proxy)
    return Side("", proxy, Geography.NONE, reused_early=False, legs=(leg,))


def a_session(index: int, *, named: bool) -> Session:
    """A session as an opening leaves it, for an hour."""
    now, sides = system.now(), (a_side(2 * index + 1, 2 * index), a_side(2 * index + 2, 2 * index + 1))
    name = {"reference": f"order-{index:09}", "request_id": f"request-{index:09}", "fingerprint": "00" * 8}
    return Session(system.new_id(), POOL, sides, now, now, now + HOUR, **(name if named else {}))  # type: ignore[arg-type]


def stages(store: RedisStore, session: Session, keys: bytes) -> list[Sequence[Command]]:
    """What opening a session sends, stage by stage, once its numbers are chosen."""
    steps, names = store._transactions, store._names
    packed_id, token = pack_id(session.session_id), secrets.token_bytes(TOKEN_LENGTH)
    own, lease, digits = steps.keys(packed_id), token + packed_id, [side.proxy[1:] for side in session.sides]
    record = pack_record(session, Phase.OPENING, ended=False)
    committed = Underway(unpack_record(packed_id, pack_record(session, Phase.COMMITTED, ended=False)), token)
    reserve = script("pool/reserve", names.pool_keys(POOL, lease), lease, packed_id, 0, _pack((digits, digits, [])))
    pairs = [(entry.caller, entry.dialled[1:]) for entry in routes_of(session)]
    lives = lives_for(session, RETENTION + SLACK)
    claim = script("other/claim_request", (names.request(session.request_id),), lease, b"", lives)
    keys_of_commit = steps.telling(packed_id, *names.index(shard_of(packed_id), POOL))
    events = [pack_event(event) for event in opening_events(session, session.create_time)]
    return [
        [script("shard/begin_opening", (*own, names.session(packed_id, b"k")), packed_id, token, HOUR, keys, record)],
        [reserve, *store._leases(pairs, lease, session.create_time), *([claim] if session.request_id else [])],
        [script("shard/commit_opening", keys_of_commit, packed_id, token, lives, *events)],
        *(stage.commands for stage in steps.work.left(committed)),
    ]


def open_sessions(url: str, first: int, last: int, *, named: bool) -> None:
    store = RedisStore(single(parse(url)))
    keys = store._link.one(Command(b"", ("GET", store._names.shard(0, b"k"))))
    for start in range(first, last, BATCH):
        batch = [a_session(index, named=named) for index in range(start, min(start + BATCH, last))]
        for together in zip_longest(*(stages(store, session, keys) for session in batch), fillvalue=()):
            store._link.many([command for each in together for command in each])
        check(store, batch[0])
    store.close()


def check(store: RedisStore, session: Session) -> None:
    """Raise AssertionError unless the session is whole."""
    assert store.get_session(session.session_id) == session
    for entry in routes_of(session):
        found = store.find_route(entry.dialled, [entry.caller])
        assert found is not None
        assert found.route is not None
    underway = store._transactions.read(pack_id(session.session_id))
    assert underway is not None
    assert underway.token in (b"", NO_TOKEN)


def main(sessions: int, *, named: bool) -> None:
    server = Server(append_only=False).start()
    url = f"redis://{server.address}"
    world = World(open_store(url), now=system.now())
    world.pools.create(POOL, PoolPolicy())
    numbers = [f"+{FIRST_NUMBER + index}" for index in range(NUMBERS)]
    world.pools.add_numbers(POOL, [NumberRequest(number) for number in numbers])
    before = used(server)
    share = sessions // PROCESSES
    with ProcessPoolExecutor(PROCESSES) as pool:
        for each in [
            pool.submit(open_sessions, url, part * share, (part + 1) * share, named=named) for part in range(PROCESSES)
        ]:
            each.result()
    opened = world.pools.usage(POOL).active_sessions
    with_events = used(server)
    with server.client() as client:
        client.delete(*client.scan_iter(match="{i??}e"))
    print(f"{(used(server) - before) / opened:.0f} bytes per active session, of {opened:,}")
    print(f"{(with_events - used(server)) / opened:.0f} bytes for the event of its opening, which is kept for a week")
    world.store.close()
    server.remove()


def used(server: Server) -> int:
    with server.client() as client:
        return int(client.info("memory")["used_memory"])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, named="named" in sys.argv)
