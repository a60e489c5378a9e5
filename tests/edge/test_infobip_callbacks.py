"""What a callback's body is taken to mean."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge import recorded
from masking_core.calls import IncomingCall
from masking_core.phone_number import RealNumber
from webhook_edge import infobip
from webhook_edge.infobip import parse_callback
from webhook_edge.strict_json import MalformedWebhook

LONG_ID = "6ag710o6ihb23q06epc23n46ihd0nilcibb0nq9ccbq6mmsdgbp4nghefjs67vgo7200"


def body_of(**members: object) -> bytes:
    return json.dumps({key.rstrip("_"): value for key, value in members.items()}).encode()


def reason(body: bytes) -> str:
    with pytest.raises(MalformedWebhook) as refused:
        parse_callback(body)
    text = str(refused.value)
    assert text.isprintable()
    return text


def test_the_published_callback_is_a_call_between_its_two_numbers() -> None:
    call = parse_callback(recorded.CALLBACK)

    assert call.dialled == "+40257879513"
    assert call.caller == RealNumber("+40257076838")


@pytest.mark.parametrize(
    "body",
    [
        body_of(to="447700900001"),
        body_of(to="447700900001", from_=None),
        body_of(to="447700900001", from_=""),
        body_of(to="447700900001", from_="anonymous"),
        body_of(to="447700900001", from_="Restricted"),
        body_of(to="447700900001", from_="++447700900002"),
        body_of(to="447700900001", from_="0447700900002"),
        body_of(to="447700900001", from_="112"),
        body_of(to="447700900001", from_="4477009000021234"),
        body_of(to="447700900001", from_=" 447700900002"),
        body_of(to="447700900001", from_="٤٤٧٧٠٠٩٠٠٠٠٢"),
        body_of(to="447700900001", from_="sip:447700900002@example.org"),
    ],
)
def test_a_caller_who_gives_no_number_is_withheld(body: bytes) -> None:
    assert parse_callback(body).caller is None


def test_a_plus_before_the_digits_changes_nothing() -> None:
    call = parse_callback(body_of(to="+447700900001", from_="+447700900002"))
    assert (call.dialled, call.caller) == ("+447700900001", RealNumber("+447700900002"))


def test_digits_typed_after_a_prompt_are_no_caller() -> None:
    assert parse_callback(body_of(to="447700900001", from_="447700900002", dtmfCaptured=True)).caller is None
    assert parse_callback(body_of(to="447700900001", from_="447700900002", dtmfCaptured=False)).caller is not None
    assert parse_callback(body_of(to="447700900001", from_="447700900002", dtmfCaptured=None)).caller is not None


@pytest.mark.parametrize("dialled", ["12", "00447700900001", "anonymous", "4477009000011234", "٤٤٧٧٠٠٩٠٠٠٠١"])
def test_what_was_dialled_and_is_no_number_stays_as_it_is(dialled: str) -> None:
    assert parse_callback(body_of(to=dialled)).dialled == dialled


def test_a_long_text_that_was_dialled_is_cut() -> None:
    assert parse_callback(body_of(to="1" * 50_000)).dialled == "1" * 64


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "the body is not JSON"),
        (b"{", "the body is not JSON"),
        (b'{"to":"447700900001"} x', "the body is not JSON"),
        (b'{"to":"447700900001",}', "the body is not JSON"),
        (b"{'to':'447700900001'}", "the body is not JSON"),
        (b'\xef\xbb\xbf{"to":"447700900001"}', "the body is not JSON"),
        (b'{"to":"447700900001","x":NaN}', "the body is not JSON"),
        (b'{"to":"447700900001","x":-Infinity}', "the body is not JSON"),
        (b'{"to":"447700900001","x":01}', "the body is not JSON"),
        (b'{"to":"4477009\x0000001"}', "the body is not JSON"),
        (b'{"to":"447700900001","x":"a\x00b"}', "the body is not JSON"),
        (b'{"to":"447700900001","x":"a\nb"}', "the body is not JSON"),
        (b'{"to":"447700900001"}\x00', "the body is not JSON"),
        ('{"to":"447700900001"}'.encode("utf-16"), "the body is not UTF-8"),
        ('{"to":"447700900001"}'.encode("utf-16-be"), "the body is not JSON"),
        (b'{"to":"447700900001","x":"\xff"}', "the body is not UTF-8"),
        (b'{"to":"447700900001","x":"\xed\xa0\x80"}', "the body is not UTF-8"),
        (b"[" * 60_000, "the body is nested too deeply"),
        (b'{"to":"447700900001","x":' + b"[" * 30_000 + b"]" * 30_000 + b"}", "the body is nested too deeply"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "the body is nested too deeply"),
        (b"[]", "the body is not a JSON object"),
        (b'[["to","447700900001"]]', "the body is not a JSON object"),
        (b"null", "the body is not a JSON object"),
        (b'"to"', "the body is not a JSON object"),
        (b"17", "the body is not a JSON object"),
        (b"{}", "Object missing required field `to`"),
        (b'{"from":"447700900002"}', "Object missing required field `to`"),
        (b'{"to":""}', "the member to is empty"),
        (b'{"to":null}', "Expected `str`, got `null` - at `$.to`"),
        (b'{"to":447700900001}', "Expected `str`, got `int` - at `$.to`"),
        (b'{"to":["447700900001"]}', "Expected `str`, got `array` - at `$.to`"),
        (b'{"to":"447700900001","from":447700900002}', "Expected `str | null`, got `int` - at `$.from`"),
        (b'{"to":"447700900001","from":1.5}', "Expected `str | null`, got `int` - at `$.from`"),
        (b'{"to":"447700900001","nmCorrelationId":{}}', "Expected `str | null`, got `array` - at `$.nmCorrelationId`"),
        (b'{"to":"447700900001","correlationId":true}', "Expected `str | null`, got `bool` - at `$.correlationId`"),
        (b'{"to":"447700900001","dtmfCaptured":"true"}', "Expected `bool | null`, got `str` - at `$.dtmfCaptured`"),
        (b'{"to":"447700900001","dtmfCaptured":1}', "Expected `bool | null`, got `int` - at `$.dtmfCaptured`"),
    ],
)
def test_a_callback_that_cannot_be_meant_is_malformed(body: bytes, expected: str) -> None:
    assert reason(body) == expected


@pytest.mark.parametrize(
    ("members", "name"),
    [
        ('"to":"447700900001","to":"447700900001"', "to"),
        ('"to":"447700900001","to":"447700900003"', "to"),
        ('"to":null,"to":"447700900001"', "to"),
        ('"t\\u006f":"447700900001","to":"447700900003"', "to"),
        ('"to":"447700900001","from":"447700900002","from":"447700900002"', "from"),
        ('"to":"447700900001","from":"447700900002","fr\\u006fm":"447700900003"', "from"),
        ('"to":"447700900001","from":null,"from":"447700900002"', "from"),
        ('"from":"447700900002","to":"447700900001","x":{},"\\u0066rom":""', "from"),
    ],
)
def test_a_number_that_stands_twice_is_malformed_however_it_is_spelled(members: str, name: str) -> None:
    assert reason(b"{" + members.encode() + b"}") == f"the member {name} stands twice"


@pytest.mark.parametrize(
    "string",
    [r"\u0000", r"a\u0000b", r"\ud800", r"\uDFFF", r"\ud800x", r"\udc00\ud800", r"\ud83d\ud83d\ude00", r"\\\ud800"],
)
@pytest.mark.parametrize(
    "template", ['{"to":"1","x":"%s"}', '{"to":"1","%s":1}', '{"to":"%s"}', '{"to":"1","x":[[{"y":["%s"]}]]}']
)
def test_a_nul_or_half_a_surrogate_pair_is_malformed_wherever_it_stands(string: str, template: str) -> None:
    assert reason((template % string).encode()) == "a string holds a NUL or half a surrogate pair"


@pytest.mark.parametrize(
    "string", [r"\\u0000", r"\\ud800", r"\ud83d\ude00", r"\uD83D\uDE00", r"\\\\u0000", "😀", r"\u00e9"]
)
def test_what_only_looks_like_it_is_not(string: str) -> None:
    body = '{"to":"447700900001","x":"' + string + '"}'

    assert parse_callback(body.encode()).dialled == "+447700900001"


def test_unknown_members_are_ignored_wherever_their_names_occur_again() -> None:
    body = (
        b'{"x":{"from":"1","to":"2","to":"3"},"to":"447700900001","y":["from","to","from"],"from":"447700900002",'
        b'"z":1e999,"big":' + b"9" * 5_000 + b',"From":"447700900009"}'
    )

    call = parse_callback(body)

    assert (call.dialled, call.caller) == ("+447700900001", RealNumber("+447700900002"))


def test_escapes_and_white_space_change_nothing() -> None:
    spelled = rb' {"fr\u006fm" : "\u0034\u0034770\u0030900002" ,' + b'\r\n\t"to":"447700900001"} '

    assert parse_callback(spelled).caller == RealNumber("+447700900002")
    assert parse_callback(spelled).dialled == "+447700900001"


def test_a_call_is_known_by_its_ids_whatever_else_its_callbacks_say() -> None:
    first = parse_callback(body_of(to="447700900001", from_="447700900002", nmCorrelationId=LONG_ID, correlationId="b"))
    later = parse_callback(
        body_of(to="447700900001", from_="12", nmCorrelationId=LONG_ID, correlationId="b", dtmfCaptured=True)
    )
    other = parse_callback(body_of(to="447700900001", from_="447700900002", nmCorrelationId=LONG_ID, correlationId="c"))
    shifted = parse_callback(body_of(to="447700900001", nmCorrelationId=LONG_ID + "b"))

    assert first.call_id == later.call_id
    assert len({first.call_id, other.call_id, shifted.call_id}) == 3
    assert len(first.call_id) == 32
    assert set(first.call_id) <= set("0123456789abcdef")


def test_a_call_without_ids_has_none_and_comes_with_what_was_posted() -> None:
    body = body_of(to="447700900001", from_="447700900002", nmCorrelationId=None, correlationId="")

    call = parse_callback(body)

    assert (call.call_id, call.unnamed) == ("", body)
    assert "900002" not in repr(call)


def test_a_call_with_ids_carries_nothing_of_what_was_posted() -> None:
    assert parse_callback(body_of(to="447700900001", from_="447700900002", correlationId="b")).unnamed == b""


STRINGS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["from", "to", "447700900001", "447700900002", "\\u0000", "x" * 70, "anonymous", "", "\\", '"']),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), STRINGS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(STRINGS, inner, max_size=3)),
    max_leaves=4,
)
NAMES = st.one_of(
    st.sampled_from(["from", "to", "nmCorrelationId", "correlationId", "dtmfCaptured", "From", "fr", "x"]), STRINGS
)


@st.composite
def nearly_callbacks(draw: st.DrawFn) -> bytes:
    """Objects like a callback: members repeated, of any type, spelled in any way, and sometimes damaged."""
    members = [
        json.dumps(draw(NAMES), ensure_ascii=draw(st.booleans()))
        + draw(st.sampled_from([":", " : ", "\n:"]))
        + json.dumps(draw(VALUES), ensure_ascii=draw(st.booleans()))
        for _ in range(draw(st.integers(0, 5)))
    ]
    if draw(st.booleans()):
        members.append('"to":"447700900001"')
    body = ("{" + ",".join(draw(st.permutations(members))) + "}").encode("utf-8", "surrogatepass")
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(body)))
        body = body[:at] + draw(st.binary(max_size=2)) + body[at + draw(st.integers(0, 2)) :]
    return body


def outcome_of(body: bytes) -> IncomingCall | str:
    try:
        return parse_callback(body)
    except MalformedWebhook as error:
        return str(error)


@given(st.one_of(nearly_callbacks(), st.binary(max_size=60)))
@example(b'{"to":"447700900001","x":{"to":1}}')
@example(b'{"to":"447700900001","nmCorrelationId":5,"nmCorrelationId":"x"}')
@example(b'{"to":"447700900001","nmCorrelationId":"x","nmCorrelationId":"y"}')
@example(b'{"to":"447700900001","x":1.0E+2,"y":-0,"z":-}')
@example(b'{"x":"from","from":"447700900002","to":"447700900001"}')
def test_what_is_read_fast_means_the_same_when_it_is_read_strictly(body: bytes) -> None:
    fast = outcome_of(body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(infobip, "_read_plain", lambda _: None)
        assert outcome_of(body) == fast


def test_the_published_callback_is_read_fast() -> None:
    assert infobip._read_plain(recorded.CALLBACK) is not None
