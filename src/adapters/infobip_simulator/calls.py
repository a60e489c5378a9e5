"""Placing calls: what Infobip does when somebody dials a number of the account, and what becomes of it."""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any, Final

import httpx

from adapters.infobip_simulator.account import MASKING, Account
from adapters.infobip_simulator.webhooks import Leg, Webhook

_TIMEOUT: Final = 30.0
_SERVER_ERROR: Final = 500
_MOST_CAPTURES: Final = 5
_SECONDS: Final = 15
STATUSES: Final = ("answered", "busy", "no answer", "failed", "congestion")


@dataclass(frozen=True, slots=True)
class Posted:
    """One webhook that was posted: where, what was answered, and 0 for no answer."""

    kind: str
    url: str
    status: int
    answer: str


@dataclass(slots=True)
class PlacedCall:
    """One call and what became of it.

    ``problem`` says why the caller heard nothing but a dead line; ``commands`` are the answers obeyed.
    """

    caller: str
    dialled: str
    webhooks: list[Posted] = field(default_factory=list)
    commands: list[dict[str, Any]] = field(default_factory=list)
    problem: str = ""
    recording_file_id: str = ""

    @property
    def command(self) -> Mapping[str, Any]:
        """The last command obeyed; empty when there was none."""
        return self.commands[-1] if self.commands else {}

    def document(self) -> dict[str, Any]:
        """The call as JSON has it."""
        return asdict(self)


class CallNetwork:
    """The telephone network of one account."""

    def __init__(self, account: Account) -> None:
        """Take the account."""
        self._account = account
        self._lock = Lock()
        self._client = httpx.Client(timeout=_TIMEOUT, trust_env=False, limits=httpx.Limits(max_connections=64))
        self.placed: list[PlacedCall] = []

    def close(self) -> None:
        """Give back the connections."""
        self._client.close()

    def place(self, caller: str, dialled: str, *, digits: Sequence[str] = (), status: str = "answered") -> PlacedCall:
        """Dial ``dialled``; numbers have a plus sign or none, and ``caller`` is empty when withheld.

        ``digits`` are typed one after the other where the answer asks for some; ``status`` is how the
        call to the counterpart ends.
        """
        leg = Leg(caller.removeprefix("+"), dialled.removeprefix("+"), uuid.uuid4().hex, str(uuid.uuid4()))
        call = PlacedCall(leg.caller, leg.dialled)
        with self._lock:
            self.placed.append(call)
        configuration = self._configuration(leg.dialled, call)
        if configuration is None:
            return call
        if self._ask(configuration, leg, call, iter(digits)):
            command = call.command
            ended = status if command["command"] == "dial" else "answered"
            seconds = _SECONDS if ended == "answered" else 0
            if command["command"] == "dial" and seconds and (command.get("recording") or {}).get("enabled"):
                with self._account.lock:
                    reference = str(command.get("clientReferenceId", ""))
                    call.recording_file_id = self._account.media.record(reference, seconds)
            self._report(configuration, leg.report(command, ended, seconds, call.recording_file_id), call)
        else:
            self._report(configuration, leg.report({}, "failed", 0, ""), call)
        return call

    def _configuration(self, dialled: str, call: PlacedCall) -> Mapping[str, Any] | None:
        with self._account.lock:
            number = self._account.find(dialled)
            action = (number.voice or {}).get("action", {}) if number else {}
            if number is None:
                call.problem = "the number is not in service"
            elif action.get("type") != MASKING:
                call.problem = "the number has no masking set-up"
            elif action["voiceNumberMaskingConfigKey"] not in self._account.configurations:
                call.problem = "the number's masking configuration is gone"
            else:
                return dict(self._account.configurations[action["voiceNumberMaskingConfigKey"]])
        return None

    def _ask(self, configuration: Mapping[str, Any], leg: Leg, call: PlacedCall, digits: Iterator[str]) -> bool:
        """Ask what to do until the answer is final; False when there is none that can be obeyed."""
        typed: str | None = None
        for _ in range(_MOST_CAPTURES):
            answer = self._post(
                "callback",
                (configuration["callbackUrl"], configuration.get("backupCallbackUrl")),
                leg.callback(typed),
                call,
            )
            command = _command(answer)
            if command is None:
                call.problem = "the callback was not answered with a command"
                return False
            call.commands.append(command)
            if command["command"] != "captureDtmf":
                return True
            typed = next(digits, "")[: int(command.get("maxLength", 15))]
        call.problem = "digits were asked for without an end"
        return False

    def _report(self, configuration: Mapping[str, Any], report: Webhook, call: PlacedCall) -> None:
        if configuration.get("statusUrl"):
            self._post("report", (configuration["statusUrl"], configuration.get("backupStatusUrl")), report, call)

    def _post(self, kind: str, urls: Sequence[str | None], webhook: Webhook, call: PlacedCall) -> bytes | None:
        """Post to the first URL, and to the next when it fails; the body of a 200, else None."""
        for url in filter(None, urls):
            with self._account.lock:
                authorization = webhook.authorization(url, self._account.credentials)
            headers = {"Content-Type": "application/json"}
            headers |= {"Authorization": authorization} if authorization else {}
            try:
                answer = self._client.post(url, content=webhook.body, headers=headers)
            except httpx.HTTPError as error:
                call.webhooks.append(Posted(kind, url, 0, type(error).__name__))
                continue
            call.webhooks.append(Posted(kind, url, answer.status_code, answer.text))
            if answer.status_code < _SERVER_ERROR:
                return answer.content if answer.status_code == httpx.codes.OK else None
        return None


def _command(answer: bytes | None) -> dict[str, Any] | None:
    """The command in an answer, if it is one that can be obeyed."""
    try:
        command = json.loads(answer or b"")
    except ValueError:
        return None
    return command if isinstance(command, dict) and _can_be_obeyed(command) else None


def _can_be_obeyed(command: Mapping[str, Any]) -> bool:
    match command.get("command"):
        case "dial":
            announcements = command.get("announcements") or {}
            heard = all(_one_file(announcements[party]) for party in announcements)
            recorded = (command.get("recording") or {}).get("enabled")
            told = {"caller", "callee"} <= set(announcements)
            reference = str(command.get("clientReferenceId", ""))
            numbers = all(str(command.get(name, "")).isdigit() for name in ("phoneNumber", "callerId"))
            return bool(numbers and heard and (told or not recorded) and len(reference) <= 200)  # noqa: PLR2004 the API's limit
        case "audio" | "captureDtmf":
            return _one_file(command)
    return False


def _one_file(members: Mapping[str, Any]) -> bool:
    return bool(members.get("fileId")) != bool(members.get("fileUrl"))
