"""A webhook that is sent again: nothing is recorded twice, and after the end of a session it reveals nothing."""

from edge.edge_client import Edge, callback_body
from masking_core.call_records import CallQuery
from support.world import proxies, real

AGAIN = 5


def test_a_callback_that_is_sent_again_makes_no_second_call() -> None:
    edge = Edge()
    edge.world.pool()
    session = edge.world.open(1, 2)
    body = callback_body(real(1), proxies(session)[0])

    answers = [edge.callback(body).json for _ in range(AGAIN)]
    edge.world.record_calls()

    assert answers == [answers[0]] * AGAIN
    assert len(edge.world.calls.list(CallQuery(limit=10))) == 1


def test_a_callback_that_is_sent_again_after_the_end_reveals_nobody() -> None:
    edge = Edge()
    edge.world.pool()
    session = edge.world.open(1, 2)
    body = callback_body(real(1), proxies(session)[0])
    assert edge.callback(body).json["phoneNumber"] == real(2)[1:]

    edge.world.sessions.close(session.session.session_id)

    assert edge.callback(body).json["fileUrl"].endswith("/audio/session-ended.mp3")


def test_a_report_that_is_sent_again_is_kept_once() -> None:
    edge = Edge()
    edge.world.pool()
    session_id = edge.world.open(1, 2).session.session_id
    report = b'{"clientReferenceId":"%s.c","from":"%s"}' % (session_id.encode(), real(1)[1:].encode())

    statuses = [edge.status(report).status_code for _ in range(AGAIN)]

    assert statuses == [200] * AGAIN
    assert edge.world.reports.of_session(session_id) == [report]
