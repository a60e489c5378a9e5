"""Verification of the provider's webhooks.

The header reads ``<apiId>:<hex>`` with ``hex = SHA-256(webhook URL + body + key)``, the body
without its newline characters. On status reports three members, which the provider adds after it
has signed, are cut out of the body's text first; all else keeps its spelling.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest

from masking_core.errors import SignatureFlaw, SignatureRefused

_ID = re.compile(r"[a-zA-Z0-9-]{1,80}")
_MAX_HEADER = 80 + 1 + 64
_UNSIGNED_MEMBERS = frozenset((b'"calculatedDuration"', b'"currency"', b'"pricePerSecond"'))
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[{}\[\],:]', re.DOTALL)
_SPACE = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Credential:
    """One pair of webhook credentials, as set at the provider. Raises ValueError for an ill-formed one."""

    api_id: str
    key: str = field(repr=False)

    def __post_init__(self) -> None:
        """Both halves have 1 to 80 characters of ``[a-zA-Z0-9-]``."""
        if not _ID.fullmatch(self.api_id) or not _ID.fullmatch(self.key):
            raise ValueError("webhook credentials read apiId:key, each 1 to 80 of a-z, A-Z, 0-9 and -")


def sign(url: str, body: bytes, credential: Credential, *, is_status: bool = False) -> str:
    """The Authorization header that the provider sends with ``body`` to ``url``."""
    signed = without_unsigned_members(body) if is_status else body
    digest = sha256(url.encode() + signed.replace(b"\n", b"").replace(b"\r", b"") + credential.key.encode())
    return f"{credential.api_id}:{digest.hexdigest()}"


class SignatureVerifier:
    """Accepts what is signed for one of ``urls`` with one of ``credentials``."""

    def __init__(self, urls: Sequence[str], credentials: Sequence[Credential], *, is_status: bool = False) -> None:
        """Take the URLs as configured at the provider, character for character."""
        self._prefixes = tuple(sha256(url.encode()) for url in urls)
        self._keys: dict[bytes, tuple[bytes, ...]] = {}
        for credential in credentials:
            api_id = credential.api_id.encode()
            self._keys[api_id] = (*self._keys.get(api_id, ()), credential.key.encode())
        self._is_status = is_status

    def lacks(self, authorization: str | None) -> bool:
        """Whether a well-formed header names an apiId that none of the credentials has."""
        try:
            return _parse(authorization)[0] not in self._keys
        except SignatureRefused:
            return False

    def verify(self, authorization: str | None, body: bytes) -> str:
        """The apiId that signed a genuine webhook. Raises SignatureRefused for any other, whatever is wrong with it."""
        api_id, given = _parse(authorization)
        keys = self._keys.get(api_id, ())
        for signed in self._readings(body) if keys else ():
            for prefix in self._prefixes:
                for key in keys:
                    digest = prefix.copy()
                    digest.update(signed)
                    digest.update(key)
                    if compare_digest(digest.hexdigest().encode(), given):
                        return api_id.decode()
        if keys:
            raise SignatureRefused(SignatureFlaw.WRONG)
        raise SignatureRefused(SignatureFlaw.UNKNOWN_SIGNER if api_id and given else SignatureFlaw.MALFORMED)

    def _readings(self, body: bytes) -> Iterator[bytes]:
        """The texts that "without its newline characters" may mean: one, unless a CR occurs."""
        signed = without_unsigned_members(body) if self._is_status else body
        signed = signed.replace(b"\n", b"")
        yield signed
        if b"\r" in signed:
            yield signed.replace(b"\r", b"")


def _parse(authorization: str | None) -> tuple[bytes, bytes]:
    if not authorization:
        raise SignatureRefused(SignatureFlaw.MISSING)
    if len(authorization) > _MAX_HEADER or not authorization.isascii():
        raise SignatureRefused(SignatureFlaw.MALFORMED)
    api_id, _, digest = authorization.partition(":")
    return api_id.encode(), digest.encode()


def without_unsigned_members(body: bytes) -> bytes:
    """``body`` without the members that are not signed, cut out of the text of its outermost object.

    A member goes with the comma and white space that bind it to its neighbour, so that the rest
    reads as if it had never been there. Any bytes are accepted, and cost time linear in their
    length; what is no JSON object comes back with nothing or something cut, and fits no signature.
    """
    kept: list[bytes] = []
    copied = 0
    for start, end in _unsigned_spans(body):
        kept.append(body[copied:start])
        copied = end
    kept.append(body[copied:])
    return b"".join(kept)


def _unsigned_spans(body: bytes) -> Iterator[tuple[int, int]]:
    """The spans to cut, in order and disjoint."""
    opened, members = _outermost_members(body)
    kept_end = opened
    position = 0
    while position < len(members):
        if not members[position].unsigned:
            kept_end = members[position].end
            position += 1
            continue
        first = position
        while position < len(members) and members[position].unsigned:
            position += 1
        if position < len(members):
            yield members[first].start, members[position].start
        elif first == 0:
            yield members[first].start, members[-1].end
        else:
            yield kept_end, members[-1].end


@dataclass(frozen=True, slots=True)
class _Member:
    start: int
    end: int
    unsigned: bool


def _outermost_members(body: bytes) -> tuple[int, list[_Member]]:
    """Where the outermost object opens, and its members without the white space around them."""
    members: list[_Member] = []
    depth = opened = start = 0
    key = b""
    for token in _TOKEN.finditer(body):
        text = token.group()
        if text in (b"{", b"["):
            depth += 1
            if depth == 1:
                opened = start = token.end()
        elif text in (b"}", b"]", b",") and depth == 1:
            member = _trimmed(body, start, token.start(), key)
            if member is not None:
                members.append(member)
            start, key = token.end(), b""
            if text != b",":
                break
        elif text in (b"}", b"]"):
            depth -= 1
        elif text == b":" and depth == 1 and not key:
            key = body[start : token.start()].strip(_SPACE)
    return opened, members


def _trimmed(body: bytes, start: int, end: int, key: bytes) -> _Member | None:
    while start < end and body[start] in _SPACE:
        start += 1
    while end > start and body[end - 1] in _SPACE:
        end -= 1
    return _Member(start, end, key in _UNSIGNED_MEMBERS) if start < end else None
