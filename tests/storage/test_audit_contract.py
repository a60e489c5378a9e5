"""The contracts of ``RecordStore`` and ``AuditStore`` on every backend, and what the check of the audit finds."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import pytest

from adapters.sealing.key import Key
from adapters.sealing.vault import RingVault
from masking_core.audit import AUDIT_HEAD, AuditLine, Entry, line_after, line_id
from masking_core.errors import Conflict, KeysChanged
from masking_core.instants import HOUR, SECOND
from masking_core.ports.store import Store
from masking_core.sealed import Sealed
from masking_core.services.audit import Audit
from masking_core.services.audit_check import AuditCheck, Mark
from support.world import START, World

FIRST, SECOND_HEAD, THIRD = Sealed(b"first"), Sealed(b"second"), Sealed(b"third")
NAMES = ("api-keys", AUDIT_HEAD)


def entry(index: int, when: int = START) -> Entry:
    return Entry(when + index * SECOND, "local", "SessionService.CloseSession", f"sessions/{index}", "OK")


def lines(*numbers: int) -> list[AuditLine]:
    return [AuditLine(number, f"line {number}", bytes([number])) for number in numbers]


def numbers_in(store: Store) -> list[int]:
    return [line.number for line in store.audit_lines(0, 1_000)]


@pytest.fixture
def chained(world: World) -> World:
    """A store whose audit has nine lines."""
    for begin in (0, 3, 6):
        world.audit.extend([entry(begin + index) for index in range(3)])
    return world


def problem(world: World, mark: Mark | None = None) -> str:
    return AuditCheck(world.store, world.vault).run(mark).problem


@pytest.mark.parametrize("name", NAMES)
def test_a_record_changes_only_from_what_it_is(world: World, name: str) -> None:
    ids = world.vault.key_ids()
    assert world.store.get_record(name) is None
    with pytest.raises(Conflict):
        world.store.set_record(name, SECOND_HEAD, FIRST, ids)
    world.store.set_record(name, None, FIRST, ids)
    for expected in (None, SECOND_HEAD):
        with pytest.raises(Conflict):
            world.store.set_record(name, expected, SECOND_HEAD, ids)
    world.store.set_record(name, FIRST, SECOND_HEAD, ids)
    assert world.store.get_record(name) == SECOND_HEAD
    assert [world.store.get_record(other) for other in NAMES if other != name] == [None]


def test_nothing_is_written_under_another_key_ring(world: World) -> None:
    strange = ("00000001",)
    with pytest.raises(KeysChanged):
        world.store.set_record("api-keys", None, FIRST, strange)
    with pytest.raises(KeysChanged):
        world.store.extend_audit(None, FIRST, lines(1), strange)
    world.store.extend_audit(None, FIRST, lines(1), world.vault.key_ids())
    with pytest.raises(KeysChanged):
        world.store.trim_audit(FIRST, SECOND_HEAD, 2, strange)
    assert world.store.get_record("api-keys") is None
    assert (world.store.get_record(AUDIT_HEAD), numbers_in(world.store)) == (FIRST, [1])


def test_keys_that_change_while_the_audit_is_written_are_noticed(world: World) -> None:
    old = world.vault.key_ids()
    world.store.extend_audit(None, FIRST, lines(1), old)
    new = RingVault.of(Key.new(2))
    world.store.set_keys(world.store.get_keys(), new.checks())
    with pytest.raises(KeysChanged):
        world.store.extend_audit(FIRST, SECOND_HEAD, lines(2), old)
    world.store.extend_audit(FIRST, SECOND_HEAD, lines(2), new.key_ids())
    assert numbers_in(world.store) == [1, 2]


def test_the_audit_goes_on_from_its_head_alone_and_keeps_nothing_of_a_refused_line(world: World) -> None:
    ids = world.vault.key_ids()
    with pytest.raises(Conflict):
        world.store.extend_audit(FIRST, SECOND_HEAD, lines(1), ids)
    world.store.extend_audit(None, FIRST, lines(1, 2), ids)
    for expected in (None, THIRD):
        with pytest.raises(Conflict):
            world.store.extend_audit(expected, SECOND_HEAD, lines(3), ids)
    world.store.extend_audit(FIRST, SECOND_HEAD, lines(3), ids)
    assert world.store.get_record(AUDIT_HEAD) == SECOND_HEAD
    assert list(world.store.audit_lines(0, 10)) == lines(1, 2, 3)


def test_lines_are_read_in_the_order_of_their_numbers(world: World) -> None:
    world.store.extend_audit(None, FIRST, lines(*range(1, 13)), world.vault.key_ids())
    assert list(world.store.audit_lines(8, 3)) == lines(9, 10, 11)
    assert list(world.store.audit_lines(11, 3)) == lines(12)
    assert list(world.store.audit_lines(12, 3)) == []


def test_the_first_lines_go_together_with_a_new_head(world: World) -> None:
    ids = world.vault.key_ids()
    world.store.extend_audit(None, FIRST, lines(1, 2, 3), ids)
    with pytest.raises(Conflict):
        world.store.trim_audit(SECOND_HEAD, THIRD, 3, ids)
    assert numbers_in(world.store) == [1, 2, 3]
    world.store.trim_audit(FIRST, SECOND_HEAD, 3, ids)
    assert (numbers_in(world.store), world.store.get_record(AUDIT_HEAD)) == ([3], SECOND_HEAD)


def test_several_writers_make_one_chain(world: World) -> None:
    first, second = Audit(world.store, world.vault), Audit(world.store, world.vault)
    for index in range(0, 6, 2):
        first.extend([entry(index)])
        second.extend([entry(index + 1)])
    assert [told.target for _, told in first.entries()] == [f"sessions/{index}" for index in range(6)]
    assert problem(world) == ""


def test_a_new_audit_and_one_that_grew_are_whole(world: World) -> None:
    assert AuditCheck(world.store, world.vault).run().head.last == 0
    world.audit.extend([entry(0)])
    checked = AuditCheck(world.store, world.vault).run()
    assert (checked.head.first, checked.head.last, checked.problem) == (1, 1, "")


def _altered(line: AuditLine) -> AuditLine:
    return replace(line, text=line.text.replace("sessions/", "sessions/x"))


def _put(world: World, *records: AuditLine) -> None:
    world.store.shelves().audit.put(records, START)


def _remove(world: World, *numbers: int) -> None:
    world.store.shelves().audit.remove([line_id(number) for number in numbers])


def _line(world: World, number: int) -> AuditLine:
    (found,) = world.store.audit_lines(number - 1, 1)
    return found


def _change_one(world: World) -> None:
    _put(world, _altered(_line(world, 4)))


def _change_one_with_its_digest(world: World) -> None:
    before, line = _line(world, 3), _altered(_line(world, 4))
    _put(world, line_after(before.digest, 4, line.text))


def _make_all_up(world: World) -> None:
    before = _line(world, 3).digest
    for number in range(4, 10):
        made_up = line_after(before, number, _altered(_line(world, number)).text)
        _put(world, made_up)
        before = made_up.digest


def _exchange_two(world: World) -> None:
    first, second = _line(world, 4), _line(world, 5)
    _put(world, replace(second, number=4), replace(first, number=5))


def _add_one(world: World) -> None:
    _put(world, line_after(_line(world, 9).digest, 10, entry(9).to_text()))


def _forget_the_head(world: World) -> None:
    world.store.shelves().records.remove([AUDIT_HEAD])


def _forge_the_head(world: World) -> None:
    stored = world.store.get_record(AUDIT_HEAD)
    forged = RingVault.random().seal_bytes(b"1 1 00 00", AUDIT_HEAD)
    world.store.set_record(AUDIT_HEAD, stored, forged, world.vault.key_ids())


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        (_change_one, "line 4 was altered"),
        (_change_one_with_its_digest, "line 5 was altered"),
        (_make_all_up, "line 9 is not the one that the chain ended with"),
        (_exchange_two, "line 4 was altered"),
        (lambda world: _remove(world, 4), "line 4 is missing"),
        (lambda world: _remove(world, 1), "line 1 is missing"),
        (lambda world: _remove(world, 8, 9), "lines are missing from 8 to the end, which is 9"),
        (lambda world: _remove(world, *range(1, 10)), "lines are missing from 1 to the end, which is 9"),
        (_add_one, "line 10 stands behind the end, which is 9"),
        (_forget_the_head, "line 1 stands behind the end, which is 0"),
        (_forge_the_head, "the head was altered, or is sealed with an unknown key"),
    ],
)
def test_whatever_is_done_to_the_lines_is_found(chained: World, tamper: Callable[[World], None], found: str) -> None:
    assert problem(chained) == ""
    tamper(chained)
    assert problem(chained) == found


def test_what_was_brought_back_whole_from_an_earlier_day_is_found_by_a_mark(chained: World) -> None:
    earlier = chained.store.get_record(AUDIT_HEAD)
    assert earlier is not None
    chained.audit.extend([entry(9), entry(10)])
    head = AuditCheck(chained.store, chained.vault).run().head
    mark = Mark(head.last, head.digest)
    assert problem(chained, mark) == ""
    _remove(chained, 10, 11)
    latest = chained.store.get_record(AUDIT_HEAD)
    chained.store.set_record(AUDIT_HEAD, latest, earlier, chained.vault.key_ids())
    assert problem(chained) == ""
    assert problem(chained, mark) == "the chain ends with line 9, and line 11 was there before"
    Audit(chained.store, chained.vault).extend([entry(20), entry(21)])
    assert problem(chained) == ""
    assert problem(chained, mark) == "line 11 is not the one that was there before"


def test_what_is_past_its_retention_goes_and_the_rest_is_whole(chained: World) -> None:
    assert chained.audit.trim(START) == 0
    assert chained.audit.trim(START + 4 * SECOND) == 4
    assert numbers_in(chained.store) == [5, 6, 7, 8, 9]
    assert problem(chained) == ""
    chained.audit.extend([entry(9)])
    assert chained.audit.trim(START + HOUR) == 6
    assert (numbers_in(chained.store), problem(chained)) == ([], "")
    chained.audit.extend([entry(10)])
    assert (numbers_in(chained.store), problem(chained)) == ([11], "")


def test_lines_that_are_forgotten_while_they_are_checked_are_not_missed(chained: World) -> None:
    read = chained.store.audit_lines
    trimmed: list[int] = []

    def forgetting_before(after: int, limit: int) -> Sequence[AuditLine]:
        if not trimmed:
            trimmed.append(0)
            trimmed.append(chained.audit.trim(START + 4 * SECOND))
        return read(after, limit)

    chained.store.audit_lines = forgetting_before  # type: ignore[method-assign]
    checked = AuditCheck(chained.store, chained.vault).run()
    assert (trimmed, checked.head.first, checked.problem) == ([0, 4], 5, "")


def test_what_is_no_entry_is_left_out_however_much_of_it_there_is_and_stays(chained: World) -> None:
    last = _line(chained, 9)
    _put(chained, *lines(*range(2, 9)))
    assert [number for number, _ in chained.audit.entries(1, 3)] == [9]
    assert chained.audit.trim(START + HOUR) == 1
    assert numbers_in(chained.store) == list(range(2, 10))
    assert _line(chained, 9) == last


def test_more_than_a_page_is_trimmed_and_checked(world: World) -> None:
    for begin in range(0, 1_200, 400):
        world.audit.extend([entry(begin + index) for index in range(400)])
    assert problem(world) == ""
    assert world.audit.trim(START + 1_100 * SECOND) == 1_100
    assert (len(numbers_in(world.store)), problem(world)) == (100, "")


def test_an_entry_says_what_it_said_whatever_characters_it_had(world: World) -> None:
    told = Entry(START, "key 1 billing", "GetCall", "calls/a\tb\nc", "OK")
    world.audit.extend([told])
    assert _entries(world.audit.entries()) == [replace(told, target="calls/a b c")]


def _entries(numbered: Collection[tuple[int, Entry]]) -> list[Entry]:
    return [told for _, told in numbered]
