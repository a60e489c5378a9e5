"""From an empty account to calls, reports, new credentials and numbers that leave, over real processes."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest

from adapters.infobip_simulator.calls import PlacedCall
from adapters.infobip_simulator.server import Simulator, serving
from cli.command_line import DEADLINE, Ended, Machine, free_address
from masking_core.signature import Credential, sign

KEY = "a-made-up-key"
DRIVER, RIDER = "+447700900101", "+447700900102"
NUMBERS = [f"+4420794600{index:02}" for index in range(1, 9)]
CALLERS, CALLS = 6, 200


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    machine.environment["MASKING_INFOBIP_API_KEY"] = KEY
    # This machine may stand still for longer than any caller should wait.
    machine.environment |= {"MASKING_EDGE_QUEUE": "1000", "MASKING_EDGE_QUEUE_MS": "10000"}
    yield machine
    machine.stop()


@pytest.fixture
def simulator(machine: Machine) -> Iterator[Simulator]:
    """The stand-in in this process, with eight numbers, and the machine before it."""
    with serving(Simulator(("127.0.0.1", 0), KEY)) as simulator:
        simulator.account.rent(NUMBERS)
        machine.environment["MASKING_INFOBIP_BASE_URL"] = simulator.base_url
        (machine.folder / "infobip.toml").write_text('[pools.ride-uk]\ncountries = ["GB"]\n')
        yield simulator


def succeed(machine: Machine, *arguments: str) -> Ended:
    ended = machine.run(*arguments)
    assert ended.code == 0, ended.err
    return ended


def opened(machine: Machine) -> tuple[str, list[str]]:
    """A new session's name, and the numbers that driver and rider dial."""
    participants = ("--participant", DRIVER, "--participant", RIDER)
    document = succeed(machine, "sessions", "open", "--pool", "ride-uk", *participants, "--json").document
    return document["name"], [each["proxy_number"] for each in document["participants"]]


def test_provision_open_call_report_rotate_and_drain(machine: Machine, simulator: Simulator) -> None:
    machine.start("serve").told()
    succeed(machine, "infobip", "apply")
    name, (first, second) = opened(machine)

    there = simulator.network.place(DRIVER, first)
    back = simulator.network.place(RIDER, f"+{there.command['callerId']}")
    assert (there.command["phoneNumber"], there.command["callerId"]) == (RIDER[1:], second[1:])
    assert (back.command["phoneNumber"], back.command["callerId"]) == (DRIVER[1:], first[1:])
    assert {(each.kind, each.status) for each in (*there.webhooks, *back.webhooks)} == {
        ("callback", 200),
        ("report", 200),
    }

    old = simulator.account.get_credentials()
    machine.run("infobip", "credentials", "rotate", "--wait", "0s")
    assert simulator.account.get_credentials() != old
    assert simulator.network.place(DRIVER, first).command["phoneNumber"] == RIDER[1:]
    succeed(machine, "infobip", "credentials", "rotate", "--wait", "30s", "--quiet", "1s")

    simulator.account.cancel(first)
    succeed(machine, "infobip", "apply")
    states = {
        each["number"]: each["state"] for each in succeed(machine, "numbers", "list", "--json").document["numbers"]
    }
    assert states[first] == "STATE_DRAINING"
    assert Counter(states.values()) == {"STATE_IN_SERVICE": 7, "STATE_DRAINING": 1}
    succeed(machine, "sessions", "close", name)
    assert simulator.network.place(RIDER, second).command["fileUrl"].endswith("/session-ended.mp3")
    assert succeed(machine, "infobip", "plan").out == "Infobip is set up as it shall be\n"
    status = succeed(machine, "infobip", "status", "--json").document
    assert "never" not in status["last_webhooks"].values()


def test_not_one_genuine_callback_is_refused_while_credentials_are_rotated_under_load(
    machine: Machine, simulator: Simulator
) -> None:
    machine.start("serve", edge_workers="2").told()
    succeed(machine, "infobip", "apply")
    _, (first, _) = opened(machine)
    ended = Event()
    pairs = [simulator.account.get_credentials()]

    def call() -> list[PlacedCall]:
        placed = []
        while not ended.is_set():
            placed.append(simulator.network.place(DRIVER, first))
        return placed

    with ThreadPoolExecutor(CALLERS) as callers:
        calling = [callers.submit(call) for _ in range(CALLERS)]
        try:
            for _ in range(2):
                succeed(machine, "infobip", "credentials", "rotate", "--wait", "2m", "--quiet", "6s")
                pairs.append(simulator.account.get_credentials())
            wait_for_calls(simulator, CALLS)
        finally:
            ended.set()
        placed = [each for future in calling for each in future.result()]

    answers = Counter((each.kind, each.status) for call in placed for each in call.webhooks)
    assert set(answers) == {("callback", 200), ("report", 200)}, answers
    assert answers["callback", 200] > CALLS
    assert {call.command["phoneNumber"] for call in placed} == {RIDER[1:]}
    assert len({pair["apiId"] for pair in pairs}) == 3
    for pair, status in zip(pairs, (401, 401, 200), strict=True):
        wait_for_status(machine, first, pair, status)


def wait_for_calls(simulator: Simulator, more_than: int) -> None:
    """However slowly a busy machine places them."""
    end = time.monotonic() + DEADLINE
    while len(simulator.network.placed) <= more_than:
        assert time.monotonic() < end
        time.sleep(0.05)


def wait_for_status(machine: Machine, dialled: str, pair: dict[str, Any], status: int) -> None:
    """Return once every process answers a callback signed with this pair so; each follows within a second of calls."""
    url = f"http://{machine.environment['MASKING_EDGE_ADDRESS']}/infobip/callback"
    body = f'{{"from":"{DRIVER[1:]}","to":"{dialled[1:]}","nmCorrelationId":"late"}}'.encode()
    header = sign(url, body, Credential(pair["apiId"], pair["key"]))
    until = time.monotonic() + DEADLINE
    while {post(url, body, header) for _ in range(20)} != {status}:
        assert time.monotonic() < until, f"{pair['apiId']} is not answered {status}"


def post(url: str, body: bytes, header: str) -> int:
    return httpx.post(url, content=body, headers={"Authorization": header}, trust_env=False).status_code


def test_a_developer_without_an_account_has_the_stand_in_served(machine: Machine) -> None:
    address = free_address()
    server = machine.start("serve", "--with-simulator", "--simulator-address", address)
    told = server.told()
    assert told[-3:-1] == [f"  MASKING_INFOBIP_BASE_URL  http://{address}", "  MASKING_INFOBIP_API_KEY   simulator"]
    machine.environment |= {"MASKING_INFOBIP_BASE_URL": f"http://{address}", "MASKING_INFOBIP_API_KEY": "simulator"}
    (machine.folder / "infobip.toml").write_text('[pools.us]\ncountries = ["US"]\n')
    succeed(machine, "infobip", "apply")
    numbers = succeed(machine, "numbers", "list", "--json").document["numbers"]
    assert len(numbers) == 10
    heard = succeed(machine, "simulator", "call", DRIVER, numbers[0]["number"]).out
    assert heard.startswith("plays http://")
    recorded_and_fetched(machine)
    assert server.end() == 0


def recorded_and_fetched(machine: Machine) -> None:
    """A call is recorded, told of, fetched from the stand-in and deleted there."""
    heard = ("--record", "--caller-announcement", "call-recorded", "--callee-announcement", "call-recorded")
    participants = ("--participant", DRIVER, "--participant", RIDER)
    session = succeed(machine, "sessions", "open", "--pool", "us", *heard, *participants, "--json").document
    succeed(machine, "simulator", "call", DRIVER, session["participants"][0]["proxy_number"])
    (recording,) = succeed(machine, "recordings", "list", "--json").document["recordings"]
    assert recording["session"] == session["name"]
    told = succeed(machine, "recordings", "download", recording["name"], "-o", "call.wav", "--json").document
    data = (machine.folder / "call.wav").read_bytes()
    assert data.startswith(b"RIFF")
    assert (told["size"], told["sha256"]) == (len(data), sha256(data).hexdigest())
    succeed(machine, "recordings", "delete", recording["name"])
    assert machine.run("recordings", "download", recording["name"], "-o", "again.wav").code == 1
