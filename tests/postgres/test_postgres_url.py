"""The URL: what is ours in it, what is libpq's, and that its password stays in it."""

import traceback

import pytest

from adapters.deadline import limited_to
from adapters.storage.postgres.url import parse
from adapters.storage.registry import open_store
from masking_core.errors import StoreUnavailable
from support.ports import free_ports
from support.postgres_servers import PASSWORD

SECRET = "s3cr3t-pa55word"


def test_our_parameters_are_taken_out_and_the_others_left() -> None:
    address = parse("postgresql://u:p%40@a:1,b:2/db?sslmode=require&prepare=off&application_name=x%20y")
    assert address.conninfo == "postgresql://u:p%40@a:1,b:2/db?sslmode=require&application_name=x%20y"
    assert not address.prepare
    assert parse("postgresql://host/db").prepare


@pytest.mark.parametrize(
    "url", [f"postgresql://u:{SECRET}@host/db?nonsense=1", f"postgresql://u:{SECRET}@host/db?prepare=perhaps"]
)
def test_a_wrong_url_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="Postgres store") as raised:
        open_store(url)
    assert SECRET not in "".join(traceback.format_exception(raised.value))


def test_no_password_stands_in_an_error_or_a_repr(url: str) -> None:
    wrong = url.replace(PASSWORD, SECRET)
    nobody = f"postgresql://u:{SECRET}@127.0.0.1:{free_ports(1)[0]}/db"
    for each, problem in ((wrong, "refuses"), (nobody, "cannot be reached")):
        store = open_store(each)
        with limited_to(10), pytest.raises(StoreUnavailable, match=problem) as raised:
            store.check()
        told = "".join(traceback.format_exception(raised.value))
        assert SECRET not in told
        assert "127.0.0.1" not in str(raised.value)
        assert SECRET not in repr(vars(store)) + repr(parse(each))
