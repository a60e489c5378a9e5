"""Fuzzes the verification of webhooks. Run it for as long as you like: ``python tests/fuzz/fuzz_signature.py``."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import atheris

with atheris.instrument_imports():
    from masking_core.errors import SignatureRefused
    from masking_core.signature import Credential, SignatureVerifier, sign, without_unsigned_members

URL = "https://example.com/infobip/status"
CREDENTIAL = Credential("api-id", "secret")
UNSIGNED = {"calculatedDuration", "currency", "pricePerSecond"}
VERIFIERS = {is_status: SignatureVerifier([URL], [CREDENTIAL], is_status=is_status) for is_status in (False, True)}
NEVER_VALID = SignatureVerifier([URL], [Credential("api-id", "another")])
END, NESTED, DEEPEST = 64, 160, 50
NAMES = (b'"currency"', b' "pricePerSecond" ', b'\n"calculatedDuration"', b'"a"', b' "currency\\"" ', b'"" ', b'"\\\\"')
VALUES = (b"1", b' "EUR"', b'"]" ', b'"}"', b'"\\\\" ', b'"\\","', b'",\\"currency\\":1"', b" null ", b"\t-0.0e1\n")
CLOSING = {"{": b"}", "[": b"]"}


def check(data: bytes) -> None:
    """One run: a header and a body from the fuzzer's bytes."""
    source = atheris.FuzzedDataProvider(data)
    is_status = source.ConsumeBool()
    header = source.ConsumeUnicode(source.ConsumeIntInRange(0, 160))
    is_object = source.ConsumeBool()
    body = source.ConsumeBytes(source.remaining_bytes())
    if is_object:
        body = text_of(iter(body), "{")
    check_refusal(NEVER_VALID, header, body)
    check_refusal(NEVER_VALID, f"api-id:{header}", body)
    VERIFIERS[is_status].verify(sign(URL, body, CREDENTIAL, is_status=is_status), body)
    check_cut(body)


def check_refusal(verifier: SignatureVerifier, header: str, body: bytes) -> None:
    """Nothing but SignatureRefused may come out."""
    try:
        verifier.verify(header, body)
    except SignatureRefused:
        return
    raise AssertionError("a forged webhook was accepted")


def check_cut(body: bytes) -> None:
    """A cut is final, and of a JSON object it leaves all but the members that are not signed."""
    cut = without_unsigned_members(body)
    if without_unsigned_members(cut) != cut:
        raise AssertionError("a second cut found something")
    before = members(body)
    if before is None or b"\\u" in body:
        return
    if members(cut) != [(name, value) for name, value in before if name not in UNSIGNED]:
        raise AssertionError("the cut took too much or too little")


def text_of(choices: Iterator[int], bracket: str, depth: int = 1) -> bytes:
    """A JSON object or array, each choice of what to write next taken from one byte; they run out, and it ends."""
    parts = []
    for choice in choices:
        if choice < END:
            break
        name = NAMES[choice % len(NAMES)] + b":" if bracket == "{" else b""
        value = next(choices, 0)
        if value >= NESTED and depth < DEEPEST:
            parts.append(name + text_of(choices, "{["[value % 2], depth + 1))
        else:
            parts.append(name + VALUES[value % len(VALUES)])
    return bracket.encode() + b",".join(parts) + CLOSING[bracket]


def members(body: bytes) -> list[tuple[str, Any]] | None:
    """The members of a JSON object in their order, duplicates included; None for anything else."""
    try:
        found = json.loads(body.decode(), object_pairs_hook=Members, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    return list(found) if isinstance(found, Members) else None


class Members(list[tuple[str, Any]]):
    """An object's members, told apart from an array's elements."""


if __name__ == "__main__":
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()
