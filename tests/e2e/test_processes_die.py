"""SIGKILL of the serving processes themselves, under load, over the network."""

import os
import random
import signal
import subprocess
from contextlib import suppress
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

import grpc
import httpx

from e2e.site import Site
from masking.v1 import session_service_pb2 as pb
from support.world import real

KILLS = 8
ATTEMPTS = 4
REQUESTS = count(1)


class Load(Thread):
    """Opens, reports and closes, and writes down what was acknowledged."""

    def __init__(self, site: Site, rng: random.Random) -> None:
        super().__init__()
        self.site, self.rng, self.over = site, rng, Event()
        self.opened: dict[str, tuple[str, str, pb.Session]] = {}
        self.closed: dict[str, tuple[str, str, pb.Session]] = {}
        self.reported: list[str] = []

    def run(self) -> None:
        while not self.over.is_set():
            try:
                self.step(f"request-{next(REQUESTS)}")
            except (grpc.RpcError, httpx.HTTPError):
                continue

    def step(self, request_id: str) -> None:
        a, b = (real(index) for index in self.rng.sample(range(200, 240), 2))
        session = self.site.open(a, b, request_id)
        self.opened[session.name] = (a, b, session)
        command = self.site.call(a, session.participants[0].proxy_number)
        if self.site.report(clientReferenceId=command["clientReferenceId"], note=request_id).status_code == 200:
            self.reported.append(command["clientReferenceId"])
        name = self.rng.choice(list(self.opened))
        closing = self.opened.pop(name)
        self.site.close(closing[2])
        self.closed[name] = closing


def test_what_was_acknowledged_survives_the_death_of_any_process(site: Site) -> None:
    rng = random.Random(8)
    for kill in range(KILLS):
        load = Load(site, rng)
        load.start()
        enough = rng.randrange(2, 8)
        while len(load.closed) < enough:
            assert load.is_alive()
            load.join(0.01)
        command = ("serve-grpc", "serve-edge")[kill % 2]
        if kill % 4 == 3:
            os.kill(rng.choice(workers_of(site.running[command])), signal.SIGKILL)
        else:
            site.kill(command)
            site.start(command)
        load.over.set()
        load.join()
        check(site, load)


def workers_of(master: "subprocess.Popen[bytes]") -> list[int]:
    """The processes that an edge has started."""
    children = Path(f"/proc/{master.pid}/task/{master.pid}/children").read_text()
    return [int(child) for child in children.split()]


def answered(site: Site, caller: str, dialled: str) -> dict[str, Any]:
    """What a call is answered; a worker that is just dying resets what it had accepted, and the next one answers."""
    for _ in range(ATTEMPTS):
        with suppress(httpx.TransportError):
            return site.call(caller, dialled)
    return site.call(caller, dialled)


def check(site: Site, load: Load) -> None:
    for name, (a, b, session) in load.opened.items():
        found = site.sessions.GetSession(pb.GetSessionRequest(name=name))
        if found.state == pb.Session.STATE_ACTIVE:
            first, second = session.participants
            assert answered(site, a, first.proxy_number)["phoneNumber"] == b[1:]
            assert answered(site, b, second.proxy_number)["phoneNumber"] == a[1:]
            site.close(session)
    for name, (a, _, session) in load.closed.items():
        assert site.sessions.GetSession(pb.GetSessionRequest(name=name)).state == pb.Session.STATE_CLOSED
        assert answered(site, a, session.participants[0].proxy_number)["command"] == "audio"
