"""What Infobip sends to the edge, sent from here: signed callbacks and status reports."""

import http.client
import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode
from adapters.settings import Settings
from adapters.settings_values import dialable
from masking_core.signature import sign

_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the provider names it; numbers have no ``+``, and a withheld caller is ``anonymous``."""

    caller: str
    dialled: str
    nm_correlation_id: str
    correlation_id: str

    @classmethod
    def new(cls, caller: str, dialled: str) -> "Call":
        """A call nobody has seen before, between numbers in E.164; ``caller`` is empty when withheld."""
        return cls(caller.removeprefix("+") or "anonymous", dialled[1:], str(uuid.uuid4()), str(uuid.uuid4()))

    def callback(self) -> dict[str, Any]:
        """The members of its callback."""
        return {"from": self.caller, "to": self.dialled, **self._ids()}

    def typed(self, digits: str) -> dict[str, Any]:
        """The members of the callback that brings what the caller typed."""
        return {"from": digits, "to": self.dialled, "dtmfCaptured": True, **self._ids()}

    def report(self, answer: Mapping[str, Any], status: str) -> dict[str, Any]:
        """The members of its status report, after the edge's answer to its callback."""
        now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
        seconds = 15 if status == "answered" else 0
        return {
            "action": answer.get("command"),
            "from": self.caller,
            "to": self.dialled,
            "transferTo": answer.get("phoneNumber"),
            "duration": seconds,
            "status": status,
            "fileId": answer.get("fileId"),
            "fileUrl": answer.get("fileUrl"),
            "inboundDuration": seconds,
            "calculatedDuration": seconds,
            "pricePerSecond": 0.0,
            "currency": "EUR",
            "ringingTime": now,
            "answeredTime": now if seconds else None,
            "clientReferenceId": answer.get("clientReferenceId"),
            **self._ids(),
        }

    def _ids(self) -> dict[str, str]:
        return {"nmCorrelationId": self.nm_correlation_id, "correlationId": self.correlation_id}


class Provider:
    """Posts to one edge, signed as the settings say."""

    def __init__(self, settings: Settings, base_url: str | None) -> None:
        """Take the edge's URL, or else its address in the settings. Raises CommandError without credentials."""
        if settings.webhook_auth == "signature" and not settings.webhook_credentials:
            raise CommandError(
                ExitCode.SETTINGS,
                "SETTINGS",
                "there are no webhook credentials to sign with: `masking serve` makes them on its first start, "
                "or set MASKING_WEBHOOK_CREDENTIALS",
            )
        self._settings = settings
        self._base_url = base_url or f"http://{dialable(settings.edge_address)}"
        # What listens on this machine is not behind the proxy of the environment.
        proxies = urllib.request.ProxyHandler(None if base_url is not None else {})
        self._opener = urllib.request.build_opener(proxies, _StayHere)

    def post_callback(self, members: Mapping[str, Any]) -> dict[str, Any]:
        """Post a callback and return the command it is answered with. Raises CommandError."""
        answer = self._post("/infobip/callback", self._settings.callback_urls[0], members, is_status=False)
        if not isinstance(answer, dict) or "command" not in answer:
            raise CommandError(ExitCode.FAILED, "NO_COMMAND", f"{self._base_url} answered without a command")
        return answer

    def post_report(self, members: Mapping[str, Any]) -> None:
        """Post a status report; it is safe once this returns. Raises CommandError."""
        self._post("/infobip/status", self._settings.status_urls[0], members, is_status=True)

    def _post(self, path: str, signed_url: str, members: Mapping[str, Any], *, is_status: bool) -> Any:
        body = json.dumps(members, separators=(",", ":")).encode()
        headers = {"Content-Type": "application/json"}
        if self._settings.webhook_credentials:
            credential = self._settings.webhook_credentials[0]
            headers["Authorization"] = sign(signed_url, body, credential, is_status=is_status)
        request = urllib.request.Request(self._base_url + path, body, headers)  # noqa: S310 the option and the setting take http and https alone
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as response:
                return _document(response.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                raise _refused(refusal.code, refusal.read()) from None
        except (OSError, http.client.HTTPException) as error:
            kind = error.reason if isinstance(error, urllib.error.URLError) else error
            raise CommandError(
                ExitCode.UNREACHABLE,
                "UNAVAILABLE",
                f"no edge answers at {self._base_url} ({type(kind).__name__}); is `masking serve` running?",
            ) from error


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follows nowhere: the signature is for one URL."""

    def redirect_request(self, *_: object) -> None:
        """Leave the answer as it is."""


def _document(content: bytes) -> Any:
    """The document that the edge answered with, None for what is none."""
    try:
        return json.loads(content)
    except ValueError:
        return None


def _refused(status: int, content: bytes) -> CommandError:
    """The failed command that a refusal makes."""
    code = ExitCode.UNREACHABLE if status >= HTTPStatus.INTERNAL_SERVER_ERROR else ExitCode.REFUSED
    said = " ".join(content.decode(errors="replace").split())[:300]
    phrase = http.client.responses.get(status, "")
    told = f"the edge answered {status} {phrase}{': ' if said else ''}{said}"
    return CommandError(code, f"HTTP_{status}", told)
