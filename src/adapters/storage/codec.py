"""Sessions, calls, events, blocks, policies and settings as JSON text, the same in every backend that keeps text."""

import msgspec

from masking_core.blocks import Block
from masking_core.call_records import CallRecord
from masking_core.call_settings import CallSettings
from masking_core.events import Event
from masking_core.pools import PoolPolicy
from masking_core.sessions import Session

_encoder = msgspec.json.Encoder()
_sessions = msgspec.json.Decoder(Session)
_policies = msgspec.json.Decoder(PoolPolicy)
_settings = msgspec.json.Decoder(CallSettings)
_calls = msgspec.json.Decoder(CallRecord)
_events = msgspec.json.Decoder(Event)
_blocks = msgspec.json.Decoder(Block)


def encode(value: Session | PoolPolicy | CallSettings | CallRecord | Event | Block) -> str:
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


def decode_call(text: str) -> CallRecord:
    """What ``encode`` made of a call."""
    return _calls.decode(text)


def decode_event(text: str) -> Event:
    """What ``encode`` made of an event."""
    return _events.decode(text)


def decode_block(text: str) -> Block:
    """What ``encode`` made of a block."""
    return _blocks.decode(text)
