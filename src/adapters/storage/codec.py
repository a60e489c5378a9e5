"""Sessions, policies and settings as JSON text, the same in every backend that keeps text."""

import msgspec

from masking_core.pools import PoolPolicy
from masking_core.sessions import CallSettings, Session

_encoder = msgspec.json.Encoder()
_sessions = msgspec.json.Decoder(Session)
_policies = msgspec.json.Decoder(PoolPolicy)
_settings = msgspec.json.Decoder(CallSettings)


def encode(value: Session | PoolPolicy | CallSettings) -> str:
    """The value as JSON; sealed numbers and look-up keys as base64."""
    return _encoder.encode(value).decode()


def decode_session(text: str) -> Session:
    """What ``encode`` made of a session."""
    return _sessions.decode(text)


def decode_policy(text: str) -> PoolPolicy:
    """What ``encode`` made of a pool's policy."""
    return _policies.decode(text)


def decode_call_settings(text: str) -> CallSettings:
    """What ``encode`` made of a session's call settings."""
    return _settings.decode(text)
