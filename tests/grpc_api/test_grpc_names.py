import pytest

from adapters.grpc_server.names import (
    NumberName,
    number_name,
    parse_number,
    parse_pool,
    parse_session,
    pool_name,
    session_name,
)
from masking_core.errors import InvalidArgument

A_UUID = "018f3a5e-7c1b-7d2e-9b1a-3f5c7e9a1b2d"


def test_a_name_is_read_as_it_was_written() -> None:
    assert parse_session("name", session_name(A_UUID)) == A_UUID
    assert parse_pool("name", pool_name("ride-uk")) == "ride-uk"
    assert parse_number("name", number_name("ride-uk", "+442079460000")) == NumberName("ride-uk", "+442079460000")


def test_a_dash_stands_for_any_pool_of_a_number() -> None:
    assert parse_number("name", "pools/-/numbers/+442079460000") == NumberName("", "+442079460000")


def test_no_session_has_no_name() -> None:
    assert session_name("") == ""


@pytest.mark.parametrize(
    "name",
    [
        "sessions/",
        "session/abc",
        "abc",
        "/sessions/abc",
        "sessions/abc/",
        "sessions/abc\n",
        "sessions/a b",
        "sessions/ABC",
        "sessions/a\0",
        "sessions/..",
        f"sessions/{'a' * 37}",
    ],
)
def test_an_ill_formed_session_name_is_refused_without_repeating_it(name: str) -> None:
    with pytest.raises(InvalidArgument, match=r"^name: must read sessions/\{session\}$"):
        parse_session("name", name)


@pytest.mark.parametrize("name", ["pools/", "pools/-", "pools/Ride", "pools/a/b", "ride-uk", f"pools/{'a' * 64}"])
def test_an_ill_formed_pool_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgument, match=r"^pool: must read pools/\{pool\}$"):
        parse_pool("pool", name)


@pytest.mark.parametrize(
    "name",
    [
        "pools/ride-uk/numbers/",
        "pools/ride-uk/numbers/442079460000",
        "pools/ride-uk/numbers/+44 20 7946 0000",
        "pools//numbers/+442079460000",
        "pools/*/numbers/+442079460000",
        "numbers/+442079460000",
        "pools/ride-uk/numbers/+٤٤٢٠٧٩٤٦٠٠٠٠",
    ],
)
def test_an_ill_formed_number_name_is_refused_without_repeating_it(name: str) -> None:
    with pytest.raises(InvalidArgument) as raised:
        parse_number("names[3]", name)
    assert raised.value.field == "names[3]"
    assert "2079" not in str(raised.value)


def test_a_missing_name_is_said_to_be_needed() -> None:
    with pytest.raises(InvalidArgument, match=r"^session\.name: is needed, and reads sessions/\{session\}$"):
        parse_session("session.name", "")
