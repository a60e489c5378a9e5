"""Status reports: kept once, whole and sealed, with the session they belong to."""

import json

import pytest

from edge import recorded
from edge.edge_client import CREDENTIAL, STATUS_URL, Edge
from masking_core.signature import sign, without_unsigned_members
from support.world import proxies, real


@pytest.fixture
def edge() -> Edge:
    return Edge()


def test_a_report_is_kept_whole_with_its_session(edge: Edge) -> None:
    edge.world.pool()
    session = edge.world.open(1, 2)
    reference = edge.call(real(1), proxies(session)[0])["clientReferenceId"]
    body = json.dumps({"clientReferenceId": reference, "status": "answered", "from": real(1)}).encode()

    answer = edge.status(body)

    assert answer.status_code == 200
    assert edge.world.reports.of_session(session.session.session_id) == [body]


def test_a_report_keeps_every_byte_as_it_came(edge: Edge) -> None:
    body = b' {"calculatedDuration":1 , "x" : "\\u00e9\xc3\xa9", "x":0.0,\n"currency":"EUR"}\r\n'

    assert edge.status(body).status_code == 200
    assert edge.world.reports.of_session("") == [body]


def test_the_same_report_twice_is_kept_once(edge: Edge) -> None:
    first, second = edge.status(recorded.REPORT), edge.status(recorded.REPORT)

    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    assert edge.world.reports.of_session("") == [recorded.REPORT]


def test_two_reports_of_one_call_are_both_kept(edge: Edge) -> None:
    bodies = [b'{"clientReferenceId":"s.c","status":"busy"}', b'{"clientReferenceId":"s.c","status":"answered"}']

    for body in bodies:
        edge.status(body)

    assert edge.world.reports.of_session("s") == bodies


def test_the_members_that_the_provider_adds_after_signing_do_not_count(edge: Edge) -> None:
    authorization = sign(STATUS_URL, without_unsigned_members(recorded.REPORT), CREDENTIAL)

    assert edge.post("/infobip/status", recorded.REPORT, {"Authorization": authorization}).status_code == 200


def test_a_callbacks_signature_is_no_reports(edge: Edge) -> None:
    authorization = sign(STATUS_URL, recorded.REPORT, CREDENTIAL)

    assert edge.post("/infobip/status", recorded.REPORT, {"Authorization": authorization}).status_code == 401
