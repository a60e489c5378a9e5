"""A day's traffic through the real processes, and what is left of it on the disk."""

import random
from pathlib import Path

import grpc
import pytest

from e2e.site import Site
from masking.v1 import session_service_pb2 as pb
from support.world import real, virtual

PEOPLE = [real(index) for index in range(140, 200)]
SESSIONS = 120


def test_a_days_traffic_leaves_no_real_number_on_the_disk(site: Site, tmp_path: Path) -> None:
    rng = random.Random(1123)
    running: list[pb.Session] = []
    for step in range(SESSIONS):
        a, b = rng.sample(PEOPLE, 2)
        try:
            session = site.open(a, b, reference=f"ride-{step}", labels={"city": "york"})
        except grpc.RpcError:
            session = running[-1]
        else:
            running.append(session)
        call_and_report(site, session, a, b)
        misbehave(site, a, b)
        if len(running) > 1 and rng.random() < 0.8:
            site.close(running.pop(rng.randrange(len(running))))
        if step == SESSIONS // 2:
            site.run("keys", "rotate", "--pause", "2")
    site.stop()
    digits = [number.removeprefix("+44") for number in PEOPLE]
    searched = 0
    for file in sorted(path for path in tmp_path.rglob("*") if path.is_file()):
        content = file.read_bytes()
        searched += len(content)
        assert not [number for number in digits if number.encode() in content], file.name
    assert searched > 100_000
    assert (tmp_path / "serve-edge.log").stat().st_size
    database = b"".join(file.read_bytes() for file in (tmp_path / "data").glob("masking.db*"))
    assert virtual(0).encode() in database


def call_and_report(site: Site, session: pb.Session, a: str, b: str) -> None:
    for caller, participant in zip((a, b), session.participants, strict=True):
        command = site.call(caller, participant.proxy_number)
        answer = site.report(
            **{
                "action": "dial",
                "from": caller[1:],
                "to": participant.proxy_number[1:],
                "transferTo": command.get("phoneNumber"),
                "clientReferenceId": command.get("clientReferenceId"),
                "status": "answered",
                "pricePerSecond": 0.4,
                "currency": "EUR",
            }
        )
        assert answer.status_code == 200
        assert site.call("anonymous", participant.proxy_number)["command"] == "audio"


def misbehave(site: Site, a: str, b: str) -> None:
    """Requests that are refused, each with real numbers where something might repeat them."""
    with pytest.raises(grpc.RpcError) as raised:
        site.open(a, a)
    assert a not in str(raised.value)
    with pytest.raises(grpc.RpcError) as raised:
        site.open(a, f"{b}x")
    assert b not in str(raised.value)
    url = f"http://{site.edge_address}/infobip/callback"
    body = f'{{"from":"{a[1:]}","to":"{b[1:]}"'
    assert site.client.post(url, content=body, headers={"Authorization": f"{a}:{b}"}).status_code == 401
    assert site.post("callback", {"from": a, "to": [b]}).status_code == 400
    assert site.client.get(f"http://{site.edge_address}/{a}").status_code == 404
    assert site.call(a, b)["command"] == "audio"
