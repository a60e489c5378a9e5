"""Pool policies: ``masking.v1`` ↔ the core."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, Final

from google.protobuf.field_mask_pb2 import FieldMask

from adapters.grpc_server.choices import chosen
from adapters.grpc_server.convert_audio import (
    announcement_value,
    audio_message,
    call_settings_message,
    to_announcement,
    to_audio,
    to_call_settings,
)
from adapters.grpc_server.convert_limits import limits_message, to_limits
from adapters.grpc_server.fields import renamed
from adapters.grpc_server.times import duration, to_duration
from masking.v1 import number_service_pb2 as pb
from masking.v1.session_service_pb2 import CallSettings
from masking_core.audio import Announcement, Audio
from masking_core.call_settings import PLAIN_CALL
from masking_core.errors import InvalidArgument
from masking_core.pins import PinPolicy
from masking_core.pools import Geography, PoolPolicy, Treatment

_DEFAULT = PoolPolicy()
_GEOGRAPHIES = {
    pb.PoolPolicy.GEOGRAPHY_UNSPECIFIED: _DEFAULT.geography,
    pb.PoolPolicy.GEOGRAPHY_NONE: Geography.NONE,
    pb.PoolPolicy.GEOGRAPHY_COUNTRY: Geography.COUNTRY,
    pb.PoolPolicy.GEOGRAPHY_AREA: Geography.AREA,
}
_GEOGRAPHY_VALUES = {geography: value for value, geography in _GEOGRAPHIES.items()}
_TREATMENTS = {
    pb.PoolPolicy.TREATMENT_UNSPECIFIED: _DEFAULT.on_no_session,
    pb.PoolPolicy.TREATMENT_PLAY: Treatment.PLAY,
    pb.PoolPolicy.TREATMENT_FORWARD: Treatment.FORWARD,
    pb.PoolPolicy.TREATMENT_ASK_PIN: Treatment.ASK_PIN,
}
_WITHHELD_VALUES: dict[Treatment | None, pb.PoolPolicy.Treatment.ValueType] = {
    None: pb.PoolPolicy.TREATMENT_UNSPECIFIED,
    **{treatment: value for value, treatment in _TREATMENTS.items()},
}
_TREATMENT_VALUES = {treatment: value for value, treatment in _TREATMENTS.items()}
_WITHHELD_TREATMENTS = {**_TREATMENTS, pb.PoolPolicy.TREATMENT_UNSPECIFIED: None}
_REUSE_EARLY = {
    pb.PoolPolicy.SHORTAGE_UNSPECIFIED: _DEFAULT.reuse_early,
    pb.PoolPolicy.SHORTAGE_REUSE_EARLY: True,
    pb.PoolPolicy.SHORTAGE_REFUSE: False,
}
_SHORTAGE_VALUES = {reuse_early: value for value, reuse_early in _REUSE_EARLY.items()}

_FIELD = "pool.policy"


def _to_duration_or_default(message: pb.PoolPolicy, name: str) -> int:
    if not message.HasField(name):  # type: ignore[arg-type] # a Literal there, a name out of the table here
        return int(getattr(_DEFAULT, name))
    return to_duration(f"{_FIELD}.{name}", getattr(message, name))


def _to_announcements(message: pb.PoolPolicy) -> dict[Announcement, Audio]:
    recordings: dict[Announcement, Audio] = {}
    for position, each in enumerate(message.announcements):
        field = f"{_FIELD}.announcements[{position}]"
        announcement = to_announcement(f"{field}.announcement", each.announcement)
        if announcement in recordings:
            raise InvalidArgument(f"{field}.announcement", "stands twice")
        recordings[announcement] = to_audio(f"{field}.audio", each.audio)
        if recordings[announcement].standard is not None:
            raise InvalidArgument(f"{field}.audio", "must name file_id or file_url")
    return recordings


def _to_pins(message: pb.PoolPolicy) -> PinPolicy:
    given, field = message.pins, f"{_FIELD}.pins"
    set_ones: dict[str, int] = {
        name: getattr(given, name) for name in ("length", "tries", "lock_after") if getattr(given, name)
    }
    if given.HasField("lock_window"):
        set_ones["lock_window"] = to_duration(f"{field}.lock_window", given.lock_window)
    if given.HasField("lock_time"):
        set_ones["lock_time"] = to_duration(f"{field}.lock_time", given.lock_time)
    with renamed(policy=_FIELD):
        return replace(_DEFAULT.pins, **set_ones)


_READERS: dict[str, tuple[str, Callable[[pb.PoolPolicy], Any]]] = {
    "geography": ("geography", lambda each: chosen(f"{_FIELD}.geography", _GEOGRAPHIES, each.geography)),
    "strict_geography": ("strict_geography", lambda each: each.strict_geography),
    "cool_off": ("cool_off", lambda each: _to_duration_or_default(each, "cool_off")),
    "on_shortage": ("reuse_early", lambda each: chosen(f"{_FIELD}.on_shortage", _REUSE_EARLY, each.on_shortage)),
    "retention": ("retention", lambda each: _to_duration_or_default(each, "retention")),
    "default_time_to_live": (
        "default_time_to_live",
        lambda each: _to_duration_or_default(each, "default_time_to_live"),
    ),
    "max_time_to_live": ("max_time_to_live", lambda each: _to_duration_or_default(each, "max_time_to_live")),
    "countries": ("countries", lambda each: tuple(each.countries)),
    "on_ended_session": (
        "on_ended_session",
        lambda each: chosen(f"{_FIELD}.on_ended_session", _TREATMENTS, each.on_ended_session),
    ),
    "on_no_session": (
        "on_no_session",
        lambda each: chosen(f"{_FIELD}.on_no_session", _TREATMENTS, each.on_no_session),
    ),
    "call_centre": ("call_centre", lambda each: each.call_centre),
    "announcements": ("announcements", _to_announcements),
    "on_caller_withheld": (
        "on_caller_withheld",
        lambda each: chosen(f"{_FIELD}.on_caller_withheld", _WITHHELD_TREATMENTS, each.on_caller_withheld),
    ),
    "ended_session_period": (
        "ended_session_period",
        lambda each: _to_duration_or_default(each, "ended_session_period"),
    ),
    "call_settings": (
        "call_settings",
        lambda each: to_call_settings(f"{_FIELD}.call_settings", each.call_settings),
    ),
    "call_retention": ("call_retention", lambda each: _to_duration_or_default(each, "call_retention")),
    "pins": ("pins", _to_pins),
    "limits": ("limits", to_limits),
    "calls_at_once": ("calls_at_once", lambda each: each.calls_at_once or _DEFAULT.calls_at_once),
}
"""Field of the message → field of the core's policy, and how it is read."""

POLICY_FIELDS: Final = tuple(_READERS)
"""The fields of a policy, as the message names them."""

POLICY_PARTS: Final = (
    *(f"call_settings.{part.name}" for part in CallSettings.DESCRIPTOR.fields),
    *(f"pins.{part.name}" for part in pb.PoolPolicy.Pins.DESCRIPTOR.fields),
    *(f"limits.{part.name}" for part in pb.PoolPolicy.Limits.DESCRIPTOR.fields),
)
"""The fields of those fields that can be changed part by part."""


def to_policy_change(message: pb.PoolPolicy, fields: Collection[str]) -> Callable[[PoolPolicy], PoolPolicy]:
    """The step that takes these fields, or parts of them, from the message and leaves the others.

    Raises InvalidArgument naming the field, and the step does so for a policy that would contradict itself.
    """
    changed = {_READERS[field][0]: _READERS[field][1](message) for field in POLICY_FIELDS if field in fields}
    parts = [part for part in POLICY_PARTS if part in fields and part.partition(".")[0] not in fields]

    def change(policy: PoolPolicy) -> PoolPolicy:
        with renamed(policy=_FIELD):
            return replace(policy, **changed, **_with_parts(policy, message, parts))

    return change


def _with_parts(policy: PoolPolicy, message: pb.PoolPolicy, parts: Collection[str]) -> dict[str, Any]:
    """The members of the policy that have parts, with these parts taken from the message."""
    given, whole = pb.PoolPolicy(), policy_message(policy)
    given.CopyFrom(message)
    # What is named but not set takes its default, of a message that is not set too.
    given.call_settings.SetInParent()
    given.pins.SetInParent()
    given.limits.SetInParent()
    FieldMask(paths=parts).MergeMessage(given, whole, replace_message_field=True)
    return {_READERS[field][0]: _READERS[field][1](whole) for field in {part.partition(".")[0] for part in parts}}


def to_policy(message: pb.PoolPolicy) -> PoolPolicy:
    """The policy; what is unset takes its default. Raises InvalidArgument naming the field."""
    return to_policy_change(message, POLICY_FIELDS)(_DEFAULT)


def policy_message(policy: PoolPolicy) -> pb.PoolPolicy:
    """The message for a policy, with every default written out."""
    return pb.PoolPolicy(
        geography=_GEOGRAPHY_VALUES[policy.geography],
        strict_geography=policy.strict_geography,
        cool_off=duration(policy.cool_off),
        on_shortage=_SHORTAGE_VALUES[policy.reuse_early],
        retention=duration(policy.retention),
        default_time_to_live=duration(policy.default_time_to_live) if policy.default_time_to_live else None,
        max_time_to_live=duration(policy.max_time_to_live) if policy.max_time_to_live else None,
        countries=policy.countries,
        on_ended_session=_TREATMENT_VALUES[policy.on_ended_session],
        on_no_session=_TREATMENT_VALUES[policy.on_no_session],
        call_centre=policy.call_centre,
        announcements=[
            pb.PoolPolicy.Recording(announcement=announcement_value(announcement), audio=audio_message(audio))
            for announcement, audio in policy.announcements.items()
        ],
        on_caller_withheld=_WITHHELD_VALUES[policy.on_caller_withheld],
        ended_session_period=duration(policy.ended_session_period) if policy.ended_session_period else None,
        call_settings=None if policy.call_settings == PLAIN_CALL else call_settings_message(policy.call_settings),
        call_retention=duration(policy.call_retention),
        pins=pb.PoolPolicy.Pins(
            length=policy.pins.length,
            tries=policy.pins.tries,
            lock_after=policy.pins.lock_after,
            lock_window=duration(policy.pins.lock_window),
            lock_time=duration(policy.pins.lock_time),
        ),
        limits=limits_message(policy.limits),
        calls_at_once=policy.calls_at_once,
    )
