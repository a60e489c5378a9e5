"""Fuzzes what the edge reads. Run it for as long as you like: ``python tests/fuzz/fuzz_edge.py``."""

import logging
import sys
from datetime import UTC

import atheris

with atheris.instrument_imports(include=["webhook_edge", "masking_core", "json"]):
    from falcon.testing import StartResponseMock, create_environ

    from adapters.composition import wire
    from adapters.sealing.vault import RingVault
    from adapters.settings import load_settings
    from adapters.storage.registry import open_store
    from masking_core.calls import IncomingCall
    from webhook_edge import infobip, status_reports
    from webhook_edge.app import create_app
    from webhook_edge.strict_json import MalformedWebhook

APP = create_app(
    wire(open_store("memory://"), RingVault.random()),
    load_settings({"MASKING_STORE": "memory://", "MASKING_WEBHOOK_AUTH": "none"}),
)
READ_PLAIN = infobip._read_plain
OK, MALFORMED = "200 OK", "400 Bad Request"


def check(body: bytes) -> None:
    """One run: the fuzzer's bytes are a body."""
    call = meaning_of(body)
    if strict_meaning_of(body) != call:
        raise AssertionError("what is read fast means something else when it is read strictly")
    if answer("/infobip/callback", body) != (MALFORMED if call is None else OK):
        raise AssertionError("a callback was answered neither by a decision nor as malformed")
    try:
        status_reports.parse_status(body, UTC)
    except MalformedWebhook:
        if answer("/infobip/status", body) != MALFORMED:
            raise AssertionError("a malformed report was not refused") from None


def meaning_of(body: bytes) -> IncomingCall | None:
    """The call that a callback asks about; nothing but MalformedWebhook may come out."""
    try:
        return infobip.parse_callback(body)
    except MalformedWebhook:
        return None


def strict_meaning_of(body: bytes) -> IncomingCall | None:
    """The same, with the fast way closed."""
    infobip._read_plain = no_plain_reading
    try:
        return meaning_of(body)
    finally:
        infobip._read_plain = READ_PLAIN


def no_plain_reading(body: bytes) -> None:
    """In the place of the fast way."""
    del body


def answer(path: str, body: bytes) -> str:
    """The status that the application answers with."""
    started = StartResponseMock()
    list(APP(create_environ(path=path, method="POST", body=body), started))
    return str(started.status)


if __name__ == "__main__":
    logging.disable()
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()
