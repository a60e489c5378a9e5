"""A copy of a store without its keys, on every backend: nobody's number is read in it, nor guessed with it."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sealing.key import Key
from adapters.sealing.key_file import KeyFile
from adapters.sealing.vault import FileVault, RingVault
from adapters.storage.registry import open_store
from masking_core.phone_number import RealNumber
from masking_core.services.key_rotation import KeyRotation
from masking_core.sessions import SessionQuery
from support.lively import GONE, PEOPLE, WEBHOOK_KEY, callback, lived
from support.raw_stores import a_minute_later, raw
from support.stores import URLS
from support.thief import DISGUISES, confirmed, guesses, unpacked, written
from support.world import World, real, virtual

VIRTUAL = [virtual(index) for index in range(8)]
SAID = (
    *("NUMBER", "pin NUMBER", "call NUMBER", "caller/NUMBER", "number/NUMBER"),
    *(callback("NUMBER", dialled).decode() for dialled in VIRTUAL),
    *("call " + callback("NUMBER", dialled).decode() for dialled in VIRTUAL),
)
"""What the code hashes, with a key, and what it could be tempted to hash without one."""


@pytest.fixture(params=sorted(URLS))
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return URLS[request.param](tmp_path)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    KeyFile.create(tmp_path / "keys.toml")
    return tmp_path / "keys.toml"


@pytest.fixture
def world(url: str, keys: Path) -> Iterator[World]:
    world = World(open_store(url), FileVault(keys))
    yield world
    world.store.close()


def known_to(world: World) -> tuple[list[bytes], list[RingVault]]:
    """What a thief finds in the store and knows of the code, as keys and as secrets of keys."""
    checks = world.store.get_keys()
    known = [b"", b"masking", b"masking/lookup/1", b"masking/digest/1"]
    known += [each for check in checks for each in (check.key_id.encode(), check.check.encode())]
    secrets = [bytes(32), *(bytes.fromhex(check.check) for check in checks)]
    return known, [RingVault.of(Key(checks[0].key_id, secret)) for secret in secrets]


def of_people(vault: RingVault) -> list[tuple[bytes, str]]:
    return [(lookup, number) for number in PEOPLE for lookup in vault.lookups(RealNumber(number))]


def test_no_number_and_no_pin_stands_in_a_stolen_store_however_it_may_be_written(world: World, url: str) -> None:
    pins = lived(world)
    content = unpacked(raw(world.store, url))
    assert written(content, [*PEOPLE, *VIRTUAL]) == set(VIRTUAL)
    assert [pin for pin in pins if re.search(rb"(?<!\d)%b(?!\d)" % pin.encode(), content)] == []
    assert WEBHOOK_KEY.encode() not in content


def test_no_guess_of_a_number_or_a_pin_is_confirmed_by_a_stolen_store(world: World, url: str) -> None:
    """Whoever hashes every number there is comes by these; not one of the digests tells which they were."""
    pins = [f"+44{pin}" for pin in lived(world)]
    content = unpacked(raw(world.store, url))
    known, impostors = known_to(world)
    guessed = ((digest, each) for each in (*PEOPLE, *pins) for digest in guesses(each, SAID, known, impostors))
    assert confirmed(content, guessed) == set()


def test_with_the_key_of_a_stolen_store_every_number_is_guessed_and_read(world: World, url: str) -> None:
    lived(world)
    a_minute_later(url)
    content = unpacked(raw(world.store, url))
    assert isinstance(world.vault, RingVault)
    assert confirmed(content, of_people(world.vault)) == set(PEOPLE) - GONE
    read = {number.e164 for view in world.sessions.list(SessionQuery()) for side in view.numbers for number in side}
    assert read >= {real(0), real(1), real(300)}


def test_a_key_that_was_taken_out_gives_nothing_of_a_store_that_is_stolen_later(
    world: World, url: str, keys: Path
) -> None:
    lived(world)
    old = RingVault(KeyFile(keys).keys())
    assert confirmed(unpacked(raw(world.store, url)), of_people(old))
    assert seals_of(old, unpacked(raw(world.store, url)))

    vault = FileVault(keys)
    KeyRotation(world.store, vault, KeyFile(keys), world.clock, lambda: None, lambda *_: None).rotate()
    a_minute_later(url)

    content = unpacked(raw(world.store, url))
    assert confirmed(content, of_people(vault)) == set(PEOPLE) - GONE
    assert confirmed(content, of_people(old)) == set()
    assert seals_of(old, content) == 0


def seals_of(vault: RingVault, content: bytes) -> int:
    """How many seals name the vault's key."""
    return content.count(b"\x01" + bytes.fromhex(vault.key_ids()[0]))


@pytest.mark.parametrize("disguise", DISGUISES)
def test_the_thief_finds_what_there_is_to_find(disguise: str) -> None:
    hide, number, other = DISGUISES[disguise], real(7), real(8)
    for spelled in (number, number[1:], f"0{number[3:]}", "+44 7700 900007"):
        content = b"\0\xff{" + hide(b"from=" + spelled.encode()) + b"}\0"
        assert written(unpacked(content), [number, other]) == {number}
    for body in (number.encode(), callback(number, virtual(3))):
        content = b"\0\xff{" + hide(hashlib.sha256(body).digest()[:16]) + b"}\0"
        guessed = [(digest, each) for each in (number, other) for digest in guesses(each, SAID, (), ())]
        assert confirmed(unpacked(content), guessed) == {number}
