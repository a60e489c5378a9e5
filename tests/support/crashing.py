"""What a process does until it is killed; it stands where a process of its own can import it."""

import random
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

from adapters.sealing.vault import FileVault
from adapters.storage.registry import open_store
from masking_core.calls import call_reference
from masking_core.exhaustion import PoolExhausted
from masking_core.services.call_reports import ReportedCall
from support.world import World

PEOPLE = 12


def live(connection: Connection, url: str, keys: Path, life: int) -> None:
    """Open, close and report for ever; say what is begun before, and what was acknowledged after."""
    world = World(open_store(url), FileVault(keys), ids=f"{life:03}")
    rng, steps = random.Random(life), count()
    running: list[str] = []
    connection.send(("alive",))
    for step in steps:
        name = f"{life}-{step}"
        choice = rng.random()
        if choice < 0.5 or not running:
            a, b = rng.sample(range(PEOPLE), 2)
            reserve = rng.random() < 0.2
            connection.send(("opening", name, a, b, reserve))
            try:
                view = world.open(a, b, request_id=name, reserve_numbers=reserve)
            except PoolExhausted:
                connection.send(("refused", name))
                continue
            running.append(view.session.session_id)
            connection.send(("opened", name, view.session.session_id))
        elif choice < 0.75:
            session_id = running.pop(rng.randrange(len(running)))
            connection.send(("closing", session_id))
            world.sessions.close(session_id)
            connection.send(("closed", session_id))
        else:
            session_id = rng.choice(running)
            world.reports.keep(name.encode(), ReportedCall(reference=call_reference(session_id, name)))
            connection.send(("reported", session_id, name))
