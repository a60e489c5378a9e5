"""The gate that every webhook passes: under the credentials in force, which may change while the edge serves."""

import logging
import time
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Final

from adapters.logs import trace_of
from adapters.settings import Settings
from masking_core.errors import MaskingError, SignatureRefused, StoreUnavailable
from masking_core.instants import SECOND, Clock, Duration, Instant
from masking_core.services.webhook_credentials import WebhookCredentials
from masking_core.signature import Credential, SignatureVerifier
from masking_core.webhooks import WebhookKind, WebhookSeen

_log = logging.getLogger(__name__)

REFRESH: Final = 1.0
"""Seconds after which the credentials are read again, if webhooks come at all."""

NOTE_EVERY: Final = 5 * SECOND
"""How much later a webhook must be than the last one told to the store, of the same kind and signer."""


class Gate:
    """Verifies webhooks, and has the store know which credentials still sign.

    The pairs of the settings count from the start, those of the store once it was read: before the
    first webhook, and again each second that brings some, in a thread of its own. Nobody waits for
    that but a webhook of an unknown signer, whose pair may be newer than what was read.
    """

    def __init__(
        self,
        settings: Settings,
        credentials: WebhookCredentials,
        clock: Clock,
        *,
        refresh: float = REFRESH,
        note_every: Duration = NOTE_EVERY,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask nothing yet."""
        self._settings = settings
        self._credentials = credentials
        self._clock = clock
        self._refresh_seconds = refresh
        self._note_every = note_every
        self._monotonic = monotonic
        self._pairs = settings.webhook_credentials
        self._verifiers = self._verifiers_of(settings.webhook_credentials)
        self._reading, self._starting = Lock(), Lock()
        self._due = 0.0
        self._read = float("-inf")
        self._problem: MaskingError | None = None
        self._follower: Thread | None = None
        self._wake = Event()
        self._last: dict[tuple[WebhookKind, str], Instant] = {}
        self._told: dict[tuple[WebhookKind, str], Instant] = {}

    def verify(self, kind: WebhookKind, authorization: str | None, body: bytes) -> str:
        """The apiId that signed a genuine webhook, empty where none need be signed.

        Raises SignatureRefused, and StoreUnavailable for an unknown signer while the store cannot tell of new ones.
        """
        if self._settings.webhook_auth == "none":
            return ""
        self._keep_up()
        try:
            return self._verifiers[kind].verify(authorization, body)
        except SignatureRefused:
            if not self._verifiers[kind].lacks(authorization):
                raise
        self._catch_up()
        return self._verifiers[kind].verify(authorization, body)

    def note(self, kind: WebhookKind, api_id: str) -> None:
        """Remember that a genuine webhook came just now."""
        self._last[kind, api_id] = self._clock()
        if (kind, api_id) not in self._told:
            self._wake_follower()

    def _keep_up(self) -> None:
        """See to it that the credentials are read once before the first webhook, and then each second."""
        now = self._monotonic()
        if now < self._due:
            return
        if self._due == 0.0:
            with self._reading:
                if self._due == 0.0:
                    self._read_again()
                    self._due = now + self._refresh_seconds
            return
        self._due = now + self._refresh_seconds
        self._wake_follower()

    def _catch_up(self) -> None:
        """Read the credentials unless that was done within the second. Raises StoreUnavailable when it fails."""
        with self._reading:
            if self._monotonic() - self._read >= self._refresh_seconds:
                self._read_again()
            if self._problem is not None:
                raise StoreUnavailable("the webhook credentials cannot be read now") from self._problem

    def _read_again(self) -> None:
        """Put the pairs in force that the store knows now; those from before stay where it cannot tell."""
        self._read = self._monotonic()
        try:
            record = self._credentials.load()
        except MaskingError as error:
            if self._problem is None:
                _log.warning("the webhook credentials loaded before stay in force: %s: %s", error.reason, error)
            self._problem = error
            return
        self._problem = None
        pairs = record.in_force(self._settings.webhook_credentials)
        if pairs != self._pairs:
            self._verifiers = self._verifiers_of(pairs)
            self._pairs = pairs

    def _verifiers_of(self, pairs: tuple[Credential, ...]) -> dict[WebhookKind, SignatureVerifier]:
        return {
            WebhookKind.CALLBACK: SignatureVerifier(self._settings.callback_urls, pairs),
            WebhookKind.REPORT: SignatureVerifier(self._settings.status_urls, pairs, is_status=True),
        }

    def _wake_follower(self) -> None:
        if self._follower is None:
            with self._starting:
                if self._follower is None:
                    self._follower = Thread(target=self._follow, name="credentials", daemon=True)
                    self._follower.start()
        self._wake.set()

    def _follow(self) -> None:
        while self._wake.wait():
            self._wake.clear()
            try:
                self._tell()
                with self._reading:
                    self._read_again()
            except Exception as error:  # noqa: BLE001 the thread must outlive whatever happens
                _log.error("the webhook credentials could not be followed: an unexpected %s", trace_of(error))

    def _tell(self) -> None:
        """Tell the store of webhooks that it does not know to be so late."""
        due = {
            key: latest
            for key, latest in list(self._last.items())
            if key not in self._told or latest - self._told[key] >= self._note_every
        }
        if due:
            try:
                self._credentials.note([WebhookSeen(kind, api_id, time) for (kind, api_id), time in due.items()])
            except MaskingError as error:
                _log.warning("the store was not told of the last webhooks: %s: %s", error.reason, error)
            else:
                self._told |= due
