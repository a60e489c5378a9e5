"""What must be right before the edge opens its port."""

import logging
import socket

import pytest

from edge.edge_client import settings
from webhook_edge.guard import CannotServe, check_guarded, reserve


def test_an_edge_with_credentials_and_urls_may_serve(caplog: pytest.LogCaptureFixture) -> None:
    check_guarded(settings())

    assert caplog.records == []


@pytest.mark.parametrize(
    ("changes", "name"),
    [({"webhook_credentials": ()}, "MASKING_WEBHOOK_CREDENTIALS"), ({"callback_urls": ()}, "MASKING_CALLBACK_URLS")],
)
def test_an_edge_that_could_verify_nothing_may_not(changes: dict[str, object], name: str) -> None:
    with pytest.raises(CannotServe, match=f"^[^\n]*{name}[^\n]*$"):
        check_guarded(settings(**changes))


def test_an_edge_told_to_believe_everybody_says_so_at_every_start(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        check_guarded(settings(webhook_auth="none", webhook_credentials=(), callback_urls=()))

    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert "MASKING_WEBHOOK_AUTH is none" in caplog.text


def test_an_address_is_held_for_sockets_that_share_it_and_refused_to_others() -> None:
    with reserve("127.0.0.1:0") as held:
        port = held.getsockname()[1]
        with socket.socket() as worker:
            worker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            worker.bind(("127.0.0.1", port))
            worker.listen()
            with socket.create_connection(("127.0.0.1", port), timeout=10), pytest.raises(CannotServe) as refused:
                reserve(f"127.0.0.1:{port}")
    assert refused.value.code == f"cannot listen at 127.0.0.1:{port}: Address already in use"


def test_an_address_that_is_not_this_machines_is_refused() -> None:
    with pytest.raises(CannotServe, match=r"^cannot listen at 203\.0\.113\.1:8080: \w+"):
        reserve("203.0.113.1:8080")
