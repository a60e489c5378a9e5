"""Infobip's wire format of callbacks: what it posts, and what it wants to hear."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import msgspec

from masking_core.audio import Announcement, Audio
from masking_core.call_settings import CallSettings
from masking_core.calls import AskPin, Decision, IncomingCall, Play
from masking_core.phone_number import RealNumber, from_digits
from webhook_edge.strict_json import MalformedWebhook, Number, members_of

CALLBACK_PATH: Final = "/infobip/callback"
REPORT_PATH: Final = "/infobip/status"
"""Where callbacks and status reports are posted to."""

AudioUrls = Mapping[Announcement, str]
"""Where the world finds the built-in recording of each announcement."""

_PLAIN: Final = bytes(byte for byte in range(0x20, 0x7F) if byte not in b"\\[")
_MAX_DIALLED: Final = 64
_MAX_TYPED: Final = 32
_FIRST_DIGIT_MS: Final = 10_000
_NEXT_DIGIT_MS: Final = 5_000
MAX_NAME: Final = 200
"""So many characters of a name that the provider gives are kept."""


class _Callback(msgspec.Struct, rename="camel", gc=False):
    """The members of a callback that decide."""

    to: str
    caller: str | None = msgspec.field(default=None, name="from")
    nm_correlation_id: str | None = None
    correlation_id: str | None = None
    dtmf_captured: bool | None = None


class _File(msgspec.Struct, rename="camel", omit_defaults=True, gc=False):
    file_id: str | None = None
    file_url: str | None = None


class _Audio(_File, tag_field="command", tag="audio", gc=False):
    pass


class _CaptureDtmf(
    msgspec.Struct, rename="camel", omit_defaults=True, tag_field="command", tag="captureDtmf", kw_only=True
):
    max_length: int
    timeout: int
    digit_timeout: int
    terminator: str
    file_id: str | None = None
    file_url: str | None = None


class _Announcements(msgspec.Struct, omit_defaults=True):
    caller: _File | None = None
    callee: _File | None = None


class _Recording(msgspec.Struct, rename="camel", gc=False):
    enabled: bool
    record_callee_announcement: bool


class _Dial(msgspec.Struct, rename="camel", omit_defaults=True, tag_field="command", tag="dial"):
    phone_number: str
    caller_id: str
    client_reference_id: str = ""
    recording: _Recording | None = None
    announcements: _Announcements | None = None


_decode: Final = msgspec.json.Decoder(_Callback).decode
_encode: Final = msgspec.json.Encoder().encode


def parse_callback(body: bytes) -> IncomingCall:
    """The call that a callback's body asks about. Raises MalformedWebhook."""
    callback = _read_plain(body) or _read_strictly(body)
    if not callback.to:
        raise MalformedWebhook("the member to is empty")
    call_id = call_id_of(callback.nm_correlation_id, callback.correlation_id)
    return IncomingCall(
        dialled=from_digits(callback.to.removeprefix("+")) or callback.to[:_MAX_DIALLED],
        caller=None if callback.dtmf_captured or not callback.caller else number_of(callback.caller),
        call_id=call_id,
        digits=(callback.caller or "")[:_MAX_TYPED] if callback.dtmf_captured else None,
        correlation_ids=tuple(
            [name[:MAX_NAME] for name in (callback.nm_correlation_id, callback.correlation_id) if name]
        ),
        unnamed=b"" if call_id else body,
    )


def render(decision: Decision, audio: AudioUrls) -> bytes:
    """The body that answers a callback."""
    if isinstance(decision, Play):
        return render_audio(decision.audio or Audio(standard=decision.announcement), audio)
    if isinstance(decision, AskPin):
        return _render_question(decision, audio)
    call_settings = decision.call_settings
    recording = _Recording(enabled=True, record_callee_announcement=call_settings.record_callee_announcement)
    return _encode(
        _Dial(
            phone_number=decision.to.digits,
            caller_id=decision.caller_id[1:],
            client_reference_id=decision.reference,
            recording=recording if call_settings.record else None,
            announcements=_announcements(call_settings, decision.pool_announcements, audio),
        )
    )


def render_audio(recording: Audio, audio: AudioUrls) -> bytes:
    """The body that has a recording played; a standard announcement is ours."""
    file = _file(recording, {}, audio)
    return _encode(_Audio(file.file_id, file.file_url))


def _render_question(question: AskPin, audio: AudioUrls) -> bytes:
    """The body that has a PIN asked for; the caller may end it early with a hash sign."""
    file = _file(question.audio or Audio(standard=question.announcement), {}, audio)
    return _encode(
        _CaptureDtmf(
            max_length=question.length,
            timeout=_FIRST_DIGIT_MS,
            digit_timeout=_NEXT_DIGIT_MS,
            terminator="#",
            file_id=file.file_id,
            file_url=file.file_url,
        )
    )


def _read_plain(body: bytes) -> _Callback | None:
    """The callback, read fast, or None for a body that must be read strictly.

    A flat object of printable ASCII without escapes, in which neither name can stand twice, has
    one meaning, however strictly it is read.
    """
    if body.translate(None, _PLAIN) or body.count(b"{") != 1:
        return None
    if body.count(b'"from"') > 1 or body.count(b'"to"') > 1:
        return None
    try:
        return _decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None


def _read_strictly(body: bytes) -> _Callback:
    members = members_of(body)
    names = [name for name, _ in members]
    for name in ("from", "to"):
        if names.count(name) > 1:
            raise MalformedWebhook(f"the member {name} stands twice")
    try:
        return msgspec.convert({name: 0 if isinstance(value, Number) else value for name, value in members}, _Callback)
    except msgspec.ValidationError as error:
        raise MalformedWebhook(str(error)) from None


def number_of(digits: str) -> RealNumber | None:
    """A number, or None for a word; digits have no ``+`` on the wire, and would be meant all the same with one."""
    try:
        return RealNumber("+" + digits.removeprefix("+"))
    except ValueError:
        return None


def call_id_of(nm_correlation_id: str | None, correlation_id: str | None) -> str:
    """The same for every webhook of a call, and empty for a call without ids; no id holds a NUL."""
    ids = (nm_correlation_id or "", correlation_id or "")
    return sha256("\0".join(ids).encode()).hexdigest()[:32] if any(ids) else ""


def _announcements(
    call_settings: CallSettings, pool_announcements: Mapping[Announcement, Audio], audio: AudioUrls
) -> _Announcements | None:
    caller, callee = call_settings.caller_announcement, call_settings.callee_announcement
    if caller is None and callee is None:
        return None
    return _Announcements(
        caller=None if caller is None else _file(caller, pool_announcements, audio),
        callee=None if callee is None else _file(callee, pool_announcements, audio),
    )


def _file(recording: Audio, pool_announcements: Mapping[Announcement, Audio], audio: AudioUrls) -> _File:
    """The one file that says it: the one named, else the pool's recording, else ours."""
    if recording.standard is None:
        return _File(recording.file_id, recording.file_url)
    own = pool_announcements.get(recording.standard)
    return _File(own.file_id, own.file_url) if own is not None else _File(file_url=audio[recording.standard])
