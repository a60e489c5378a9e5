"""Whom the allow-list lets in, and whose word counts about where a request comes from."""

from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.edge_client import CALLBACK_URL, CREDENTIAL, Edge, callback_body
from masking_core.signature import sign
from support.world import real, virtual
from webhook_edge.clients import Clients

ALLOWED = (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))
PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "welcome"),
    [
        ("192.0.2.7", "", True),
        ("2001:db8::7", "", True),
        ("::ffff:192.0.2.7", "", True),
        ("198.51.100.1", "", False),
        ("198.51.100.1", "192.0.2.7", False),
        ("192.0.2.7", "198.51.100.1", True),
        ("10.0.0.1", "", False),
        ("10.0.0.1", "192.0.2.7", True),
        ("10.0.0.1", "192.0.2.7:4711", True),
        ("fd00::1", "[2001:db8::7]:4711", True),
        ("10.0.0.1", "192.0.2.7, 198.51.100.1", False),
        ("10.0.0.1", "198.51.100.1, 192.0.2.7", True),
        ("10.0.0.1", "198.51.100.1, 192.0.2.7, 10.0.0.2", True),
        ("10.0.0.1", "192.0.2.7, nonsense", False),
        ("10.0.0.1", "192.0.2.7,", False),
        ("10.0.0.1", "192.0.2.7, " + "10.0.0.1, " * 200 + "10.0.0.1", False),
        ("", "192.0.2.7", False),
    ],
)
def test_the_nearest_address_that_is_no_proxy_of_ours_decides(peer: str, forwarded_for: str, welcome: bool) -> None:  # noqa: FBT001
    assert Clients(ALLOWED, PROXIES).may_ask(peer, forwarded_for) is welcome


def test_without_a_list_nobody_is_refused() -> None:
    everybody = Clients((), PROXIES)

    assert everybody.may_connect("198.51.100.1")
    assert everybody.may_ask("198.51.100.1", "nonsense")


def test_a_proxy_may_connect_whoever_it_speaks_for() -> None:
    clients = Clients(ALLOWED, PROXIES)

    assert clients.may_connect("10.0.0.1")
    assert clients.may_connect("192.0.2.7")
    assert not clients.may_connect("198.51.100.1")


@given(st.text())
def test_nothing_that_a_client_says_of_itself_lets_it_in(claimed: str) -> None:
    clients = Clients(ALLOWED, PROXIES)

    assert not clients.may_ask("198.51.100.1", claimed)
    assert not clients.may_ask("10.0.0.1", f"192.0.2.7,{claimed},198.51.100.1")


def ask(edge: Edge, path: str = "/infobip/callback", **headers: str) -> Any:
    body = callback_body(real(1), virtual(0))
    signed = {"Authorization": sign(CALLBACK_URL, body, CREDENTIAL), **headers}
    return edge.client.simulate_post(path, body=body, headers=signed, remote_addr="198.51.100.1")


def test_who_is_not_on_the_list_is_refused_even_with_a_signature() -> None:
    refused = ask(Edge(edge_allow=ALLOWED))

    assert refused.status_code == 403
    assert list(refused.json) == ["error"]
    assert ask(Edge(edge_allow=ALLOWED), "/audio/not-allowed.mp3").status_code == 403
    assert ask(Edge()).status_code == 200


def test_who_comes_through_a_trusted_proxy_is_judged_by_the_address_it_names() -> None:
    edge = Edge(edge_allow=ALLOWED, trusted_proxies=(ip_network("198.51.100.0/24"),))

    assert ask(edge, **{"X-Forwarded-For": "192.0.2.7"}).status_code == 200
    assert ask(edge, **{"X-Forwarded-For": "203.0.113.9"}).status_code == 403
    assert ask(edge).status_code == 403
