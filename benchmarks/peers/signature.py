"""The provider's signature, as every peer verifies it: ``<apiId>:<hex>`` with hex = SHA-256(URL + body + key)."""

import os
from hashlib import sha256
from hmac import compare_digest

URL = os.environ["PEER_URL"].encode()
API_ID, _, KEY = os.environ["PEER_CREDENTIAL"].partition(":")


def is_genuine(authorization: str | None, body: bytes) -> bool:
    """Whether the body was signed with the one credential that is in force."""
    if not authorization:
        return False
    signed = sha256(URL + body.replace(b"\n", b"").replace(b"\r", b"") + KEY.encode()).hexdigest()
    return compare_digest(authorization.encode(), f"{API_ID}:{signed}".encode())
