"""Infobip's wire format: what it posts, and what it wants to hear."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import msgspec

from masking_core.audio import Announcement, Audio
from masking_core.calls import Decision, Dial, IncomingCall
from masking_core.phone_number import RealNumber, from_digits
from masking_core.sessions import CallSettings
from webhook_edge.strict_json import MalformedWebhook, members_of

__all__ = ["AudioUrls", "MalformedWebhook", "parse_callback", "parse_status", "render", "render_audio"]

AudioUrls = Mapping[Announcement, str]
"""Where the world finds the built-in recording of each announcement."""

_PLAIN: Final = bytes(byte for byte in range(0x20, 0x7F) if byte not in b"\\[")
_MAX_DIALLED: Final = 64
_MAX_REFERENCE: Final = 200


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
    return IncomingCall(
        dialled=from_digits(callback.to.removeprefix("+")) or callback.to[:_MAX_DIALLED],
        caller=None if callback.dtmf_captured or not callback.caller else _number(callback.caller),
        call_id=_call_id(callback, body),
    )


def parse_status(body: bytes) -> str:
    """The reference of the call that a status report's body tells of, or empty. Raises MalformedWebhook."""
    reference = dict(members_of(body)).get("clientReferenceId")
    return reference if isinstance(reference, str) and len(reference) <= _MAX_REFERENCE else ""


def render(decision: Decision, audio: AudioUrls) -> bytes:
    """The body that answers a callback."""
    if not isinstance(decision, Dial):
        return render_audio(decision.audio or Audio(standard=decision.announcement), audio)
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
        return msgspec.convert(dict(members), _Callback)
    except msgspec.ValidationError as error:
        raise MalformedWebhook(str(error)) from None


def _number(digits: str) -> RealNumber | None:
    """The caller, or None for a word; digits have no ``+`` on the wire, and would be meant all the same with one."""
    try:
        return RealNumber("+" + digits.removeprefix("+"))
    except ValueError:
        return None


def _call_id(callback: _Callback, body: bytes) -> str:
    """The same for every callback of a call; a call without ids is known by its body, as no id holds a NUL."""
    ids = (callback.nm_correlation_id or "", callback.correlation_id or "")
    named = "\0".join(ids).encode() if any(ids) else body
    return sha256(named).hexdigest()[:32]


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
