"""API keys: what is kept of them, and whom they let in."""

import pytest

from masking_core.access import ApiKey, KeyTable, Scope, Visitor, digest_of, parsed_token, token_of
from masking_core.instants import HOUR, NEVER

SECRET = bytes(range(32))
KEY = ApiKey("0123456789ab", "billing", (Scope.CALLS_READ,), ("ride-uk",), 1, digest=digest_of(SECRET))
OTHER = ApiKey("ba9876543210", "ops", (), (), 2, expire_time=HOUR, identity="spiffe://example.org/ops")


def test_a_table_is_read_as_it_was_written() -> None:
    table = KeyTable((KEY, OTHER)).revoking(KEY.key_id, 5)
    assert KeyTable.from_bytes(table.to_bytes()) == table
    assert KeyTable.from_bytes(b"") == KeyTable()


@pytest.mark.parametrize("text", [b"x", b"a\tb\tnonsense:read\t\t1\t2\t3\t\t", b"a\tb\t\t\tone\t2\t3\t\t", b"\xff"])
def test_what_is_no_table_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        KeyTable.from_bytes(text)


def test_a_key_keeps_nothing_of_its_secret_and_knows_it_again() -> None:
    assert KEY.fits(SECRET)
    assert not KEY.fits(SECRET[::-1])
    assert not OTHER.fits(SECRET)
    assert SECRET.hex() not in KeyTable((KEY,)).to_bytes().decode()
    assert KEY.digest.hex() not in repr(KEY)


def test_a_token_names_its_key_and_carries_the_secret() -> None:
    assert parsed_token(token_of(KEY.key_id, SECRET)) == (KEY.key_id, SECRET)


@pytest.mark.parametrize(
    "token", ["", "mk_", "mk_0123456789ab_", "mk_0123456789AB_" + "A" * 43, "mk_0123456789ab_" + "A" * 44, "ü" * 59]
)
def test_what_is_no_token_is_none(token: str) -> None:
    assert parsed_token(token) is None


def test_a_key_is_in_force_until_it_expires_or_is_revoked() -> None:
    assert KEY.in_force(NEVER - 1)
    assert OTHER.in_force(HOUR - 1)
    assert not OTHER.in_force(HOUR)
    revoked = KeyTable((KEY, OTHER)).revoking(KEY.key_id, 7)
    assert [key.in_force(8) for key in revoked.keys] == [False, True]
    assert revoked.revoking(KEY.key_id, 9) == revoked


def test_a_certificate_s_name_finds_the_key_in_force_that_was_made_last() -> None:
    newer = ApiKey("cccccccccccc", "ops", (), (), 3, identity=OTHER.identity)
    table = KeyTable((OTHER, newer))
    assert table.of_identity([OTHER.identity, "x"], 4) == newer
    assert table.revoking(newer.key_id, 4).of_identity([OTHER.identity], 4) == OTHER
    assert table.of_identity(["spiffe://example.org/other"], 4) is None
    assert KeyTable((KEY,)).of_identity([""], 4) is None


def test_a_visitor_with_a_key_may_what_the_key_says_and_one_without_may_everything() -> None:
    limited, free, local = Visitor("key", KEY), Visitor("key", OTHER), Visitor("local")
    assert [each.limited for each in (limited, free, local)] == [True, False, False]
    assert [each.has(Scope.CALLS_READ) for each in (limited, free, local)] == [True, False, True]
    assert [each.may_enter("ride-uk") for each in (limited, free, local)] == [True, True, True]
    assert [each.may_enter("") for each in (limited, free, local)] == [False, True, True]
    assert [each.may_enter_all(["ride-uk", "parcels-de"]) for each in (limited, free, local)] == [False, True, True]
