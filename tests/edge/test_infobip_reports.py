"""What a status report's body is taken to mean."""

import json
from contextlib import suppress
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge import recorded
from webhook_edge.status_reports import parse_status
from webhook_edge.strict_json import MalformedWebhook


def test_the_published_report_names_no_reference() -> None:
    assert parse_status(recorded.REPORT, UTC).reference == ""


@pytest.mark.parametrize(
    ("body", "reference"),
    [
        (b'{"clientReferenceId":"session.call"}', "session.call"),
        (rb'{"clientReferenc\u0065Id":"session\u002ecall"}', "session.call"),
        (b'{"clientReferenceId":"a.b","clientReferenceId":"c.d"}', "c.d"),
        (b'{"clientReferenceId":null}', ""),
        (b'{"clientReferenceId":17}', "17"),
        (b'{"clientReferenceId":["a.b"]}', ""),
        (b'{"clientReferenceId":"' + b"x" * 201 + b'"}', ""),
        (b'{"call":{"clientReferenceId":"a.b"}}', ""),
        (
            b'{"fileID":"1","fileId":"2","duration":"15","duration":15,"from":"1","from":"2","clientReferenceId":"a.b"}',
            "a.b",
        ),
        (b"{}", ""),
    ],
)
def test_a_report_names_the_call_it_is_about(body: bytes, reference: str) -> None:
    assert parse_status(body, UTC).reference == reference


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"a":\xff}',
        b'{"a":"\\u0000"}',
        b'{"a":"\\udead"}',
        b'{"a":NaN}',
        b"[" * 60_000,
        b'{"a":"\x00"}',
    ],
)
def test_a_report_that_is_no_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedWebhook):
        parse_status(body, UTC)


@given(
    st.one_of(
        st.binary(), st.text().map(str.encode), st.dictionaries(st.text(), st.text()).map(json.dumps).map(str.encode)
    )
)
def test_no_report_raises_anything_but_that_it_is_malformed(body: bytes) -> None:
    with suppress(MalformedWebhook):
        assert len(parse_status(body, UTC).reference) <= 200
