"""Cutting the members that are not signed out of a status report's text."""

import json
from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking_core.signature import without_unsigned_members

Member = tuple[str, Any]

PUBLISHED_START = (
    b'{"action":"dial","from":"41793026727","to":"41793026731","transferTo":"41793026785","duration":"15",'
    b'"status":"answered","fileId":null,"fileUrl":null,'
    b'"nmCorrelationId":"6ag710o6ihb23q06epc23n46ihd0nilcibb0nq9ccbq6mmsdgbp4nghefjs67vgo7200","inboundDuration":15,'
)
PUBLISHED_END = (
    b'"ringingTime":"2018-01-01 12:00:00","answeredTime":"2018-01-01 12:00:10",'
    b'"correlationId":"0f754338-1aff-4e09-a933-7d205ca7aed4","inboundDuration":"30"}'
)
PUBLISHED = PUBLISHED_START + b'"calculatedDuration":15,"pricePerSecond":0.0,"currency":"EUR",' + PUBLISHED_END
UNSIGNED: tuple[Member, ...] = (("calculatedDuration", 15), ("pricePerSecond", 0.0), ("currency", "EUR"))
UNSIGNED_NAMES = {name for name, _ in UNSIGNED}

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.sampled_from(
        ['","currency":"EUR"', "{", "}", "[", '"', "\\", '\\",', "currency", ':"x"', "\n", "é\ud83d\ude00"]
    ),
)
NAMES = st.one_of(
    st.text(),
    st.sampled_from(["action", "duration", "Currency", "currency ", '"currency"', "currencyCode", "price", ""]),
).filter(lambda name: name not in UNSIGNED_NAMES)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.text(), st.sampled_from(sorted(UNSIGNED_NAMES))), inner, max_size=4),
    ),
    max_leaves=8,
)
SIGNED_MEMBERS = st.lists(st.tuples(NAMES, VALUES), max_size=6)
UNSIGNED_MEMBERS = st.lists(st.tuples(st.sampled_from(sorted(UNSIGNED_NAMES)), VALUES), max_size=5)
SPACE = st.text(alphabet=" \t\r\n", max_size=3)


def compact(members: Sequence[Member]) -> str:
    return "{" + ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in members) + "}"


def spaced(members: Sequence[Member]) -> str:
    return "{" + ", ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in members) + "}"


def indented(members: Sequence[Member]) -> str:
    lines = ",\n".join(f"  {json.dumps(name)} : {json.dumps(value, indent=4)}" for name, value in members)
    return f"{{\n{lines}\n}}\n"


def unescaped(members: Sequence[Member]) -> str:
    return (
        "{"
        + ",".join(
            f"{json.dumps(name, ensure_ascii=False)}:{json.dumps(value, ensure_ascii=False)}" for name, value in members
        )
        + "}"
    )


def cut(text: str) -> str:
    return without_unsigned_members(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def mixed(draw: st.DrawFn, signed: Sequence[Member], unsigned: Sequence[Member]) -> list[Member]:
    """All the members, each group in its order, the second anywhere among the first."""
    members = list(signed)
    positions = sorted(draw(st.integers(0, len(signed))) for _ in unsigned)
    for offset, (position, member) in enumerate(zip(positions, unsigned, strict=True)):
        members.insert(position + offset, member)
    return members


@st.composite
def reports(draw: st.DrawFn, fewest: int = 0) -> tuple[list[Member], list[Member]]:
    """The members of a report, and those of them that are signed."""
    signed = draw(SIGNED_MEMBERS.filter(lambda members: len(members) >= fewest))
    return mixed(draw, signed, draw(UNSIGNED_MEMBERS)), signed


def test_the_published_report_is_cut_to_what_is_signed() -> None:
    assert without_unsigned_members(PUBLISHED) == PUBLISHED_START + PUBLISHED_END


@pytest.mark.parametrize("order", list(permutations(UNSIGNED)), ids=lambda order: "-".join(name for name, _ in order))
@pytest.mark.parametrize("write", [compact, spaced, indented])
def test_the_three_are_cut_wherever_they_stand_together_or_apart(write: Any, order: tuple[Member, ...]) -> None:
    rest: list[Member] = [("action", "dial"), ("duration", 15), ("status", "answered")]
    a, b, c = order
    expected = write(rest)
    assert cut(write([a, b, c, *rest])) == expected
    assert cut(write([*rest, a, b, c])) == expected
    assert cut(write([rest[0], a, b, c, *rest[1:]])) == expected
    assert cut(write([a, rest[0], b, *rest[1:], c])) == expected
    assert cut(write([rest[0], a, rest[1], b, rest[2], c])) == expected


@pytest.mark.parametrize("name", sorted(UNSIGNED_NAMES))
def test_each_of_the_three_is_cut_alone(name: str) -> None:
    assert cut(compact([("a", 1), (name, "x"), ("b", 2)])) == '{"a":1,"b":2}'
    assert cut(compact([(name, "x")])) == "{}"


def test_a_duplicate_is_cut_too_and_duplicates_of_others_stay() -> None:
    assert cut('{"currency":"EUR","a":1,"currency":"USD","a":2,"currency":null}') == '{"a":1,"a":2}'


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"a":"currency"}',
        '{"a":",\\"currency\\":\\"EUR\\""}',
        '{"a":"x\\\\","b":"\\"currency\\":1"}',
        '{"a":{"currency":"EUR","pricePerSecond":0.0,"calculatedDuration":15}}',
        '{"a":[{"currency":"EUR"},"currency"],"b":[[],{}]}',
        '{"Currency":1,"CURRENCY":1," currency":1,"currency ":1,"currencyCode":1,"xcurrency":1}',
        '{"\\"currency\\"":1,"a\\"currency":2}',
        '{"a":0.0,"b":1e-7,"c":-0,"d":15.00,"e":"\\u00e9\\/"}',
        '  {"a" : 1 }  ',
        '{"a":1}\n{"currency":"EUR","b":2}',
    ],
)
def test_what_only_looks_like_one_of_the_three_stays_to_the_letter(text: str) -> None:
    assert cut(text) == text


def test_numbers_and_escapes_around_a_cut_keep_their_spelling() -> None:
    assert cut('{"a":0.00,"currency":"\\u0045UR","b":"\\/\\u00e9"}') == '{"a":0.00,"b":"\\/\\u00e9"}'


def test_a_value_of_any_kind_is_cut_whole() -> None:
    assert cut('{"currency":{"code":"EUR","of":["}",{"a":","}]},"a":1}') == '{"a":1}'
    assert cut('{"a":1,"currency":[1,2,{"b":"]"}]}') == '{"a":1}'


@given(reports())
def test_a_compact_report_is_cut_to_the_text_that_was_signed(report: tuple[list[Member], list[Member]]) -> None:
    members, signed = report
    assert cut(compact(members)) == compact(signed)
    assert cut(unescaped(members)) == unescaped(signed)


@given(reports())
def test_a_spaced_report_is_cut_to_the_text_that_was_signed(report: tuple[list[Member], list[Member]]) -> None:
    members, signed = report
    assert cut(spaced(members)) == spaced(signed)


@given(reports(fewest=1))
def test_a_report_on_many_lines_is_cut_to_the_text_that_was_signed(report: tuple[list[Member], list[Member]]) -> None:
    members, signed = report
    assert cut(indented(members)).replace("\n", "") == indented(signed).replace("\n", "")


@given(reports(), st.data())
def test_whatever_the_spacing_the_other_members_are_left_in_their_order(
    report: tuple[list[Member], list[Member]], data: st.DataObject
) -> None:
    members, signed = report

    def space() -> str:
        return data.draw(SPACE)

    body = ",".join(
        f"{space()}{json.dumps(name)}{space()}:{space()}{json.dumps(value)}{space()}" for name, value in members
    )
    left = json.loads(cut(f"{space()}{{{body}{space()}}}{space()}"), object_pairs_hook=lambda pairs: pairs)
    assert left == json.loads(compact(signed), object_pairs_hook=lambda pairs: pairs)


@given(st.binary())
def test_any_bytes_are_cut_to_a_part_of_themselves(body: bytes) -> None:
    rest = iter(body)
    assert all(byte in rest for byte in without_unsigned_members(body))


PIECES = [b'"currency"', b'"a"', b'"', b"\\", b":", b",", b"{", b"}", b"[", b"]", b"1", b" ", b"\n", b"\xff"]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))
def test_a_second_cut_finds_nothing(body: bytes) -> None:
    once = without_unsigned_members(body)
    assert without_unsigned_members(once) == once


@pytest.mark.parametrize(
    "piece", [*PIECES, b'\\"', b'"\\', b",,", b'"currency":1,', b' "a" :', b"{[", b"]}"], ids=ascii
)
def test_a_long_body_of_nonsense_is_read_to_its_end(piece: bytes) -> None:
    """Linear time: a quadratic reading of any of these would take minutes."""
    for start in (b"{", b'{"a'):
        body = start + piece * (300_000 // len(piece))
        assert len(without_unsigned_members(body)) <= len(body)
