"""Who makes a request: by the API keys of the store, which may change while the server serves."""

import logging
import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final

from adapters.deadline import remaining
from masking_core.access import ApiKey, KeyTable, Visitor, parsed_token
from masking_core.errors import MaskingError, StoreUnavailable, Unauthenticated
from masking_core.instants import Clock
from masking_core.services.api_keys import ApiKeys

_log = logging.getLogger(__name__)

REFRESH: Final = 1.0
"""Seconds for which nothing is looked up for an unknown key once that was done."""

_SCHEME: Final = "bearer"


class Visitors:
    """Knows callers by their key, or by their certificate where a key stands for it.

    The keys are read again beside the RPCs, every half second. No RPC waits for that but one of an
    unknown caller, whose key may be newer than what was read; at most one look a second is taken for
    all of these. While the store is away, what was read last is in force.
    """

    def __init__(
        self, keys: ApiKeys, clock: Clock, keyless: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Ask nothing yet.

        Without a key, ``local`` lets those in for whom no key was ever made, ``anyone`` everybody,
        and the empty text nobody.
        """
        self._keys = keys
        self._clock = clock
        self._keyless = keyless
        self._monotonic = monotonic
        self._reading = Lock()
        self._table: KeyTable | None = None
        self._read = float("-inf")
        self._problem: MaskingError | None = None
        self._refused = 0

    def look(self) -> None:
        """Read the keys. Raises what the store does; those from before stay in force then."""
        with self._reading:
            self._read_again()
            problem, refused, self._refused = self._problem, self._refused, 0
        if refused:
            _log.warning("refused without a key that is in force: %d requests", refused)
        if problem is not None:
            raise problem

    def identify(self, authorization: Sequence[str], identities: Callable[[], Sequence[str]]) -> Visitor:
        """Who comes with these headers, or else with a certificate of these ``identities``.

        Raises Unauthenticated, and what the store raises while nobody can tell.
        """
        visitor = self._known(authorization, identities)
        if visitor is None:
            self._catch_up()
            visitor = self._known(authorization, identities)
        if visitor is None:
            self._refused += 1
            raise Unauthenticated(
                "the API key is not one that is in force"
                if authorization
                else "an API key is needed, as in authorization: Bearer mk_..."
            )
        return visitor

    def may_stay(self, visitor: Visitor) -> bool:
        """Whether somebody who was let in would be let in now."""
        if visitor.key is None:
            return visitor == self._keyless_visitor()
        known = None if self._table is None else self._table.find(visitor.key.key_id)
        return known is not None and known.in_force(self._clock())

    def _known(self, authorization: Sequence[str], identities: Callable[[], Sequence[str]]) -> Visitor | None:
        if self._table is None:
            return None
        if authorization:
            key = self._of_secret(self._table, authorization)
            return None if key is None else Visitor(f"key {key.key_id} {key.name}", key)
        key = self._table.of_identity(identities(), self._clock())
        if key is not None:
            return Visitor(f"certificate {key.key_id} {key.name}", key)
        return self._keyless_visitor()

    def _of_secret(self, table: KeyTable, authorization: Sequence[str]) -> ApiKey | None:
        scheme, _, token = authorization[0].partition(" ")
        parsed = parsed_token(token) if len(authorization) == 1 and scheme.lower() == _SCHEME else None
        if parsed is None:
            return None
        key_id, secret = parsed
        key = table.find(key_id)
        return key if key is not None and key.fits(secret) and key.in_force(self._clock()) else None

    def _keyless_visitor(self) -> Visitor | None:
        if self._keyless == "local" and (self._table is None or self._table.keys):
            return None
        return Visitor(self._keyless) if self._keyless else None

    def _catch_up(self) -> None:
        """Read the keys unless that was done within the second. Raises what the store does when that fails."""
        left = remaining()
        if not self._reading.acquire(timeout=-1 if left is None else left):
            raise StoreUnavailable("the API keys cannot be read in time")
        try:
            if self._monotonic() - self._read >= REFRESH:
                self._read_again()
            if self._problem is not None:
                raise self._problem
        finally:
            self._reading.release()

    def _read_again(self) -> None:
        self._read = self._monotonic()
        try:
            self._table = self._keys.table()
        except MaskingError as error:
            self._problem = error
        else:
            self._problem = None
