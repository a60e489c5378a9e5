"""What is called: sessions opened in a store, and signed callbacks from their participants, written before any load.

``python -m latency.scene URL KEYS SESSIONS BOOK`` fills a store with the sources that PYTHONPATH names, so that each
of two commits writes the store that it reads. A *book* is a list of (caller, dialled, callee, caller id).
"""

import json
import sys
import time
import uuid
from pathlib import Path

from adapters.sealing.vault import FileVault
from adapters.storage.registry import open_store
from edge.edge_client import CALLBACK_URL, CREDENTIAL, callback_body
from masking_core.signature import sign
from support.world import World, proxies

NUMBERS, FIRST_PERSON = 200, 447_700_100_000
Book = list[tuple[str, str, str, str]]


def fill(world: World, sessions: int) -> Book:
    """Open so many sessions, each between two people of its own."""
    world.now = time.time_ns() // 1_000
    world.pool(NUMBERS)
    book: Book = []
    for index in range(sessions):
        a, b = (f"+{FIRST_PERSON + 2 * index + side}" for side in (0, 1))
        dialled_by_a, dialled_by_b = proxies(world.open(a, b))
        book += [(a, dialled_by_a, b, dialled_by_b), (b, dialled_by_b, a, dialled_by_a)]
    return book


def write_calls(path: Path, book: Book, count: int) -> None:
    """Write so many HTTP requests, none of which is a repetition: each a line with its length, then itself."""
    run = uuid.uuid4().hex[:12]
    with path.open("wb") as file:
        for index in range(count):
            caller, dialled, _, _ = book[index * 7 % len(book)]
            body = callback_body(caller, dialled, f"{run}-{index}")
            request = (
                b"POST /infobip/callback HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                b"Authorization: %s\r\nContent-Length: %d\r\n\r\n%s"
                % (sign(CALLBACK_URL, body, CREDENTIAL).encode(), len(body), body)
            )
            file.write(b"%d\n%s" % (len(request), request))


def main() -> None:
    """Fill a store, and write what was opened in it."""
    url, keys, sessions, book = sys.argv[1:]
    store = open_store(url)
    Path(book).write_text(json.dumps(fill(World(store, FileVault(Path(keys))), int(sessions))))
    store.close()


if __name__ == "__main__":
    main()
