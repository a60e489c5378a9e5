"""Making, listing and revoking API keys."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from masking_core.access import (
    API_KEYS_PLACE,
    KEY_ID_BYTES,
    SECRET_BYTES,
    ApiKey,
    KeyTable,
    Scope,
    digest_of,
    token_of,
)
from masking_core.errors import InvalidArgument, NotFound
from masking_core.instants import NEVER, Clock, Instant
from masking_core.ports.keys import Vault
from masking_core.ports.records import RecordStore
from masking_core.services.sealed_record import Form, SealedRecord

KEY_TABLE = Form(API_KEYS_PLACE, KeyTable(), KeyTable.from_bytes)

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_POOL = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_IDENTITY = re.compile(r"[!-~]([ -~]{0,253}[!-~])?")
_EVERYWHERE = frozenset({Scope.BLOCKS_READ, Scope.BLOCKS_WRITE, Scope.PRIVACY_ERASE})
"""Scopes over things that lie in no pool."""


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """A key that is asked for; with an ``identity`` it stands for a certificate, and has no secret."""

    name: str
    scopes: Sequence[Scope]
    pools: Sequence[str] = ()
    expire_time: Instant = NEVER
    identity: str = ""


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key that was just made, and what its owner sends, which nobody can tell a second time."""

    key: ApiKey
    token: str


class ApiKeys:
    """The keys of one store."""

    def __init__(self, store: RecordStore, vault: Vault, clock: Clock, new_secret: Callable[[int], bytes]) -> None:
        """Take the ports; ``new_secret`` gives so many random bytes."""
        self._record = SealedRecord(store, vault, KEY_TABLE)
        self._clock = clock
        self._new_secret = new_secret

    def table(self) -> KeyTable:
        """Every key that was made."""
        return self._record.opened(self._record.stored())

    def create(self, request: KeyRequest) -> MadeKey:
        """Make a key. A name may be given again, so that a new key can take an older one's place.

        Raises InvalidArgument naming the member of the request.
        """
        now = self._clock()
        _check(request, now)
        secret = self._new_secret(SECRET_BYTES)
        key = ApiKey(
            self._new_secret(KEY_ID_BYTES).hex(),
            request.name,
            tuple(sorted(set(request.scopes))),
            tuple(sorted(set(request.pools))),
            now,
            request.expire_time,
            digest=b"" if request.identity else digest_of(secret),
            identity=request.identity,
        )
        self._record.change(lambda table: table.with_key(key))
        return MadeKey(key, "" if request.identity else token_of(key.key_id, secret))

    def revoke(self, key_id: str) -> ApiKey:
        """Revoke a key, unless it was already, and return it. Raises NotFound."""
        if self.table().find(key_id) is None:
            raise NotFound("API key", key_id)
        now = self._clock()
        revoked = self._record.change(lambda table: table.revoking(key_id, now)).find(key_id)
        if revoked is None:
            raise NotFound("API key", key_id)
        return revoked


def _check(request: KeyRequest, now: Instant) -> None:
    if not _NAME.fullmatch(request.name):
        raise InvalidArgument("name", "must be of lower-case letters, digits, dots and hyphens, at most 63")
    if not request.scopes:
        raise InvalidArgument("scope", "is needed")
    if request.pools and (everywhere := _EVERYWHERE.intersection(request.scopes)):
        raise InvalidArgument("pool", f"cannot limit {min(everywhere)}, which reaches every pool")
    if not all(map(_POOL.fullmatch, request.pools)):
        raise InvalidArgument("pool", "must be the name of a pool")
    if request.expire_time <= now:
        raise InvalidArgument("expires", "must lie in the future")
    if request.identity and not _IDENTITY.fullmatch(request.identity):
        raise InvalidArgument("certificate", "must be a name as it stands in a certificate, of printable ASCII")
