"""What Infobip sends to the edge, sent from here: signed callbacks and status reports."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

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
        self._trust_environment = base_url is not None

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
        try:
            with httpx.Client(trust_env=self._trust_environment, timeout=_TIMEOUT) as client:
                response = client.post(self._base_url + path, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise CommandError(
                ExitCode.UNREACHABLE,
                "UNAVAILABLE",
                f"no edge answers at {self._base_url} ({type(error).__name__}); is `masking serve` running?",
            ) from error
        return _answer(response)


def _answer(response: httpx.Response) -> Any:
    """The document that the edge answered with. Raises CommandError for a refusal."""
    if response.is_success:
        try:
            return response.json()
        except ValueError:
            return None
    code = ExitCode.UNREACHABLE if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR else ExitCode.REFUSED
    said = " ".join(response.text.split())[:300]
    raise CommandError(
        code,
        f"HTTP_{response.status_code}",
        f"the edge answered {response.status_code} {response.reason_phrase}{': ' if said else ''}{said}",
    )
