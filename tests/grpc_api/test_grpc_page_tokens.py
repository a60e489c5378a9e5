import base64
import re
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.grpc_server.page_tokens import to_page
from masking_core.errors import InvalidArgument

KEYS = st.from_regex(r"[A-Za-z0-9+-]{1,96}", fullmatch=True)


def token_after(key: str, *asked: object) -> str:
    _, token = to_page(1, "", *asked).cut([key, "another"], lambda item: item)
    return token


@given(KEYS)
def test_a_token_leads_to_where_the_page_ended(key: str) -> None:
    assert to_page(10, token_after(key, "sessions", "ride-uk"), "sessions", "ride-uk").after == key


@given(KEYS)
def test_a_token_can_stand_in_a_url(key: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token_after(key, "sessions"))


def test_the_size_of_the_page_may_change_on_the_way() -> None:
    token = token_after("abc", "sessions")
    assert to_page(1_000, token, "sessions").size == 1_000


@pytest.mark.parametrize("asked", [("pools",), ("sessions", "other"), ("sessions", ""), ()])
def test_a_token_of_another_list_or_of_other_filters_is_refused(asked: tuple[object, ...]) -> None:
    token = token_after("abc", "sessions", "ride-uk")
    with pytest.raises(InvalidArgument) as raised:
        to_page(10, token, *asked)
    assert raised.value.field == "page_token"


@given(st.text(max_size=80))
def test_garbage_is_refused(token: str) -> None:
    if not token:
        return
    with pytest.raises(InvalidArgument):
        to_page(10, token, "sessions")


def test_a_token_cut_short_or_prolonged_is_refused() -> None:
    token = token_after("abc", "sessions")
    for spoilt in (token[:-1], token[:8], token + "A", token + "=", token[1:], token.swapcase(), " " + token):
        with pytest.raises(InvalidArgument):
            to_page(10, spoilt, "sessions")


@pytest.mark.parametrize("key", [b"", b"\0", b"\xff\xfe", b"a'b", b"_", b"a" * 97])
def test_a_token_that_somebody_computed_for_a_key_that_is_none_is_refused(key: bytes) -> None:
    digest = sha256(repr(("sessions",)).encode() + b"\0" + key).digest()[:12]
    token = base64.urlsafe_b64encode(digest + key).decode().rstrip("=")
    with pytest.raises(InvalidArgument):
        to_page(10, token, "sessions")


def test_the_last_page_has_no_token_even_when_it_is_full() -> None:
    page = to_page(3, "", "pools")
    assert page.limit == 4
    assert page.cut(["a", "b", "c"], str) == (["a", "b", "c"], "")
    shown, token = page.cut(["a", "b", "c", "d"], str)
    assert shown == ["a", "b", "c"]
    assert to_page(3, token, "pools").after == "c"


def test_a_page_has_50_items_unless_told_and_never_more_than_1000() -> None:
    assert to_page(0, "", "pools").size == 50
    assert to_page(2**31 - 1, "", "pools").size == 1_000


def test_a_negative_size_is_refused() -> None:
    with pytest.raises(InvalidArgument) as raised:
        to_page(-1, "", "pools")
    assert raised.value.field == "page_size"
