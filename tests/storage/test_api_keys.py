"""Making and revoking API keys, on every backend."""

from collections.abc import Sequence
from typing import Any

import pytest

from masking_core.access import KeyTable, Scope, parsed_token
from masking_core.errors import InvalidArgument, NotFound
from masking_core.instants import HOUR, NEVER
from masking_core.ports.records import RecordStore
from masking_core.services.api_keys import ApiKeys, KeyRequest
from support.world import START, World

BILLING = KeyRequest("billing", [Scope.SESSIONS_WRITE, Scope.CALLS_READ], ["ride-uk"], START + HOUR)


def test_a_key_that_was_made_is_there_and_its_secret_is_told_once(world: World) -> None:
    made = world.api_keys.create(BILLING)
    parsed = parsed_token(made.token)
    assert parsed is not None
    assert (parsed[0], len(parsed[1])) == (made.key.key_id, 32)
    (kept,) = world.api_keys.table().keys
    assert kept == made.key
    assert kept.fits(parsed[1])
    assert (kept.scopes, kept.pools) == ((Scope.CALLS_READ, Scope.SESSIONS_WRITE), ("ride-uk",))
    assert (kept.create_time, kept.expire_time, kept.revoke_time) == (START, START + HOUR, NEVER)


def test_a_key_for_a_certificate_has_no_secret(world: World) -> None:
    made = world.api_keys.create(KeyRequest("ops", [Scope.CALLS_READ], identity="spiffe://example.org/ops"))
    assert (made.token, made.key.digest) == ("", b"")
    assert world.api_keys.table().of_identity(["spiffe://example.org/ops"], START) == made.key


def test_the_table_is_sealed(world: World) -> None:
    made = world.api_keys.create(BILLING)
    sealed = world.store.get_record("api-keys")
    assert sealed is not None
    assert not any(text in bytes(sealed) for text in (b"billing", made.key.key_id.encode(), made.key.digest))


def test_a_key_is_revoked_once_and_stays_in_the_table(world: World) -> None:
    first, second = world.api_keys.create(BILLING), world.api_keys.create(BILLING)
    world.now += 5
    assert world.api_keys.revoke(first.key.key_id).revoke_time == START + 5
    world.now += 5
    assert world.api_keys.revoke(first.key.key_id).revoke_time == START + 5
    assert [key.in_force(world.now) for key in world.api_keys.table().keys] == [False, True]
    with pytest.raises(NotFound, match="API key 000000000000"):
        world.api_keys.revoke("000000000000")
    assert second.key in world.api_keys.table().keys


class _Overtaken:
    """A store in which another key is made just before each of the first writes."""

    def __init__(self, world: World, times: int) -> None:
        self._world, self._times = world, times

    def get_record(self, name: str) -> Any:
        return self._world.store.get_record(name)

    def set_record(self, name: str, expected: Any, sealed: Any, key_ids: Sequence[str]) -> None:
        if self._times:
            self._times -= 1
            self._world.api_keys.create(BILLING)
        self._world.store.set_record(name, expected, sealed, key_ids)


def test_keys_that_are_made_at_the_same_time_are_all_there(world: World) -> None:
    store: RecordStore = _Overtaken(world, 3)
    ApiKeys(store, world.vault, world.clock, bytes).create(BILLING)
    assert len(world.api_keys.table().keys) == 4


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Billing"}, "name"),
        ({"name": "a\tb"}, "name"),
        ({"scopes": []}, "scope"),
        ({"expire_time": START}, "expires"),
        ({"identity": "a\tb"}, "certificate"),
        ({"identity": " "}, "certificate"),
        ({"scopes": [Scope.PRIVACY_ERASE], "pools": ["ride-uk"]}, "pool"),
        ({"pools": ["ride,uk"]}, "pool"),
        ({"pools": [""]}, "pool"),
    ],
)
def test_a_request_that_is_wrong_makes_no_key(world: World, changes: dict[str, Any], field: str) -> None:
    request = KeyRequest(**({"name": "billing", "scopes": [Scope.CALLS_READ]} | changes))
    with pytest.raises(InvalidArgument) as refused:
        world.api_keys.create(request)
    assert refused.value.field == field
    assert world.api_keys.table() == KeyTable()
