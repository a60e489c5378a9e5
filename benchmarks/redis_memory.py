"""Bytes of Redis' memory per active session, every key and index counted.

Run with ``python benchmarks/redis_memory.py [sessions]``; it starts a server of its own. Sessions are
opened as users open them, by several processes at once, and the server is asked before and after.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from adapters import system
from adapters.storage.registry import open_store
from masking_core.allocation import Need
from masking_core.home import Home
from masking_core.instants import HOUR
from masking_core.opening import Opening
from masking_core.pools import Geography, PoolPolicy
from masking_core.sealed import Caller, LookupKey, Sealed
from masking_core.services.pools import NumberRequest
from masking_core.sessions import Session, Side
from support.redis_servers import Server
from support.world import World

POOL = "ride-uk"
NUMBERS = 1_000
PROCESSES = 2
SEALED_BYTES = 49


def need(person: int) -> Need:
    """A participant who takes part in nothing else, made without the cost of the numbering plan and of sealing."""
    lookup = LookupKey((person * 0x9E3779B97F4A7C15 % 2**128).to_bytes(16, "big"))
    return Need((Caller(Sealed(bytes(SEALED_BYTES)), (lookup,)),), "", Home("GB", ""))


def open_sessions(url: str, first: int, last: int, key_ids: tuple[str, ...]) -> None:
    store = open_store(url)
    pool = store.get_pool(POOL)
    assert pool is not None  # noqa: S101 # made by main
    side = Side("", "", Geography.NONE, reused_early=False, legs=())
    for index in range(first, last):
        now = system.now()
        draft = Session(system.new_id(), POOL, (side, side), now, now, now + HOUR)
        store.open_session(Opening(draft, pool, (need(2 * index + 1), need(2 * index + 2)), key_ids), now)
    store.close()


def main(sessions: int) -> None:
    server = Server(append_only=False).start()
    url = f"redis://{server.address}"
    world = World(open_store(url), now=system.now())
    world.pools.create(POOL, PoolPolicy())
    world.pools.add_numbers(POOL, [NumberRequest(f"+4420794{index:05}") for index in range(60_000, 60_000 + NUMBERS)])
    before = used(server)
    share = sessions // PROCESSES
    with ProcessPoolExecutor(PROCESSES) as pool:
        shares = [
            pool.submit(open_sessions, url, part * share, (part + 1) * share, world.vault.key_ids())
            for part in range(PROCESSES)
        ]
        for each in shares:
            each.result()
    opened = share * PROCESSES
    print(f"{(used(server) - before) / opened:.0f} bytes per active session, of {opened:,}")
    world.store.close()
    server.remove()


def used(server: Server) -> int:
    with server.client() as client:
        return int(client.info("memory")["used_memory"])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
