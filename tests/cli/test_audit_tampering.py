"""Whoever writes to the store itself, and has no key, is found out by ``masking audit verify``; on every backend."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.cli.exit_codes import ExitCode
from adapters.sealing.key_file import KeyFile
from adapters.sealing.vault import FileVault, RingVault
from adapters.storage.registry import open_store
from cli.command_line import CommandLine
from masking_core.audit import AUDIT_HEAD, AuditHead, Entry, line_after
from masking_core.instants import SECOND
from support.stores import SHARED, URLS
from support.tampering import Hand, laid_on
from support.world import START, World

LINES = 9


@pytest.fixture(params=SHARED)
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store of each backend, which the settings name with its key file."""
    url = URLS[request.param](tmp_path)
    KeyFile.create(tmp_path / "keys.toml")
    monkeypatch.setenv("MASKING_STORE", url)
    monkeypatch.setenv("MASKING_KEYS", str(tmp_path / "keys.toml"))
    return url


@pytest.fixture
def world(url: str, tmp_path: Path) -> Iterator[World]:
    """The store, with an audit of so many lines."""
    world = World(open_store(url), FileVault(tmp_path / "keys.toml"))
    write(world, LINES)
    yield world
    world.store.close()


@pytest.fixture
def hand(url: str, world: World) -> Iterator[Hand]:
    del world
    with laid_on(url) as hand:
        yield hand


def write(world: World, lines: int) -> None:
    for index in range(lines):
        target = f"sessions/{index}"
        world.audit.extend([Entry(START + index * SECOND, "local", "SessionService.CloseSession", target, "OK")])


def changed(hand: Hand, number: int) -> tuple[int, str, bytes]:
    return next((each, text.replace("sessions/", "sessions/x"), digest) for each, text, digest in hand.lines()
                if each == number)  # fmt: skip


def change_one(hand: Hand) -> None:
    hand.put(changed(hand, 4))


def change_one_with_its_digest(hand: Hand) -> None:
    before = hand.lines()[2][2]
    number, text, _ = changed(hand, 4)
    hand.put((number, text, line_after(before, number, text).digest))


def change_all_from_there(hand: Hand) -> None:
    before = hand.lines()[2][2]
    for number in range(4, LINES + 1):
        _, text, _ = changed(hand, number)
        before = line_after(before, number, text).digest
        hand.put((number, text, before))


def reorder(hand: Hand) -> None:
    (_, fourth, its_digest), (_, fifth, the_other) = hand.lines()[3:5]
    hand.put((4, fifth, the_other))
    hand.put((5, fourth, its_digest))


def cut_the_tail(hand: Hand) -> None:
    hand.delete(8)
    hand.delete(9)


def cut_the_beginning(hand: Hand) -> None:
    hand.delete(1)


def delete_all(hand: Hand) -> None:
    for number, _, _ in hand.lines():
        hand.delete(number)


def append(hand: Hand) -> None:
    text = changed(hand, 9)[1]
    hand.put((10, text, line_after(hand.lines()[-1][2], 10, text).digest))


def put_before_the_beginning(hand: Hand) -> None:
    _, text, digest = hand.lines()[0]
    hand.put((-3, text, digest))


def forge_the_head(hand: Hand) -> None:
    strange = RingVault.random().seal_bytes(AuditHead(1, 1).to_bytes(), AUDIT_HEAD)
    hand.put_head(strange)


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        (change_one, "line 4 was altered"),
        (change_one_with_its_digest, "line 5 was altered"),
        (change_all_from_there, "line 9 is not the one that the chain ended with"),
        (reorder, "line 4 was altered"),
        (lambda hand: hand.spoil(4), "line 4 was altered"),
        (lambda hand: hand.spoil(9), "line 9 was altered"),
        (lambda hand: hand.delete(4), "line 4 is missing"),
        (cut_the_beginning, "line 1 is missing"),
        (cut_the_tail, "lines are missing from 8 to the end, which is 9"),
        (delete_all, "lines are missing from 1 to the end, which is 9"),
        (append, "line 10 stands behind the end, which is 9"),
        (put_before_the_beginning, "line -3 stands before the beginning, which is 1"),
        (forge_the_head, "the head was altered, or is sealed with an unknown key"),
        (lambda hand: hand.put_head(b""), "the head was altered, or is sealed with an unknown key"),
    ],
)
def test_what_was_done_to_the_store_is_found_at_its_first_place(
    masking: CommandLine, hand: Hand, tamper: Callable[[Hand], None], found: str
) -> None:
    assert masking.json("audit", "verify")["last"] == LINES
    tamper(hand)
    broken = masking("audit", "verify", "--json")
    assert (broken.code, broken.error["reason"]) == (ExitCode.REFUSED, "AUDIT_BROKEN")
    assert broken.error["message"] == f"the audit is not whole: {found}"
    assert masking("audit", "list", "--all").code == ExitCode.OK


def test_an_older_head_is_found_by_the_lines_behind_it_and_without_them_by_a_mark(
    masking: CommandLine, world: World, hand: Hand
) -> None:
    older = hand.head()
    write(world, 2)
    mark = masking.json("audit", "verify")["mark"]
    hand.put_head(older)
    broken = masking("audit", "verify", "--json").error["message"]
    assert broken == "the audit is not whole: line 10 stands behind the end, which is 9"
    for number in (10, 11):
        hand.delete(number)
    assert masking.json("audit", "verify")["last"] == LINES
    known = masking("audit", "verify", "--mark", mark, "--json")
    assert (known.code, known.error["reason"]) == (ExitCode.REFUSED, "AUDIT_BROKEN")
    assert known.error["message"].endswith("the chain ends with line 9, and line 11 was there before")


def test_lines_that_were_brought_back_after_they_were_forgotten_are_found(
    masking: CommandLine, world: World, hand: Hand
) -> None:
    third = hand.lines()[2]
    assert world.audit.trim(START + 4 * SECOND) == 4
    assert masking.json("audit", "verify")["first"] == 5
    hand.put(third)
    broken = masking("audit", "verify", "--json").error["message"]
    assert broken == "the audit is not whole: line 3 stands before the beginning, which is 5"
