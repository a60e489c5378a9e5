"""The options that say what a pool's policy is."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

import click

from adapters.cli import call_setting_options, limit_options
from adapters.cli.audio_messages import announcement_value, audio_message
from adapters.cli.values import AUDIO, DURATION, NUMBER, PAIR
from masking.v1.number_service_pb2 import PoolPolicy
from masking_core.audio import Announcement

Command = TypeVar("Command", bound=Callable[..., object])

_CALL_SETTINGS = "call_settings"
_FIELDS = {
    "geography": ("geography",),
    "strict": ("strict_geography",),
    "cool_off": ("cool_off",),
    "on_shortage": ("on_shortage",),
    "retention": ("retention",),
    "default_ttl": ("default_time_to_live",),
    "max_ttl": ("max_time_to_live",),
    "country": ("countries",),
    "on_ended_session": ("on_ended_session",),
    "ended_session_period": ("ended_session_period",),
    "on_no_session": ("on_no_session",),
    "on_caller_withheld": ("on_caller_withheld",),
    "call_centre": ("call_centre",),
    "announcement": ("announcements",),
    "call_retention": ("call_retention",),
    "calls_at_once": ("calls_at_once",),
    "pin_length": ("pins.length",),
    "pin_tries": ("pins.tries",),
    "pin_lock_after": ("pins.lock_after",),
    "pin_lock_window": ("pins.lock_window",),
    "pin_lock_time": ("pins.lock_time",),
    **limit_options.FIELDS,
    **{
        option: tuple(f"{_CALL_SETTINGS}.{field}" for field in fields)
        for option, fields in call_setting_options.FIELDS.items()
    },
}
"""Option → fields of the policy."""

CLEARABLE = tuple(option.replace("_", "-") for option in _FIELDS)
"""The options whose fields can be set back."""

_SPANS = (
    "cool_off",
    "retention",
    "default_ttl",
    "max_ttl",
    "ended_session_period",
    "call_retention",
    "pin_lock_window",
    "pin_lock_time",
    "longest_call",
)
_ENDED_TREATMENT = click.Choice(["play", "forward"])
_TREATMENT = click.Choice(["play", "forward", "ask-pin"])
_COUNT = click.IntRange(1)
_OPTIONS = (
    click.option("--geography", type=click.Choice(["none", "country", "area"]), help="How near a number must lie."),
    click.option("--strict/--widen", default=None, help="Refuse a session rather than look farther away."),
    click.option("--cool-off", type=DURATION, help="How long a pair of caller and number rests.  [new: 1d]"),
    click.option("--on-shortage", type=click.Choice(["reuse-early", "refuse"]), help="When every free pair rests."),
    click.option("--retention", type=DURATION, help="How long ended sessions are remembered.  [new: 30d]"),
    click.option("--default-ttl", type=DURATION, help="For sessions that ask for no end."),
    click.option("--max-ttl", type=DURATION, help="The longest a session may last."),
    click.option("--country", multiple=True, help="Allow participants of this country; again for more.  [new: all]"),
    click.option("--on-ended-session", type=_ENDED_TREATMENT, help="Callers of a session that has ended."),
    click.option(
        "--ended-session-period",
        type=DURATION,
        help="For how long after its end; then they are strangers.  [new: as long as it is remembered]",
    ),
    click.option("--on-no-session", type=_TREATMENT, help="Callers who have no session on the number dialled."),
    click.option(
        "--on-caller-withheld",
        type=_TREATMENT,
        help="Callers who withhold their number.  [new: as --on-no-session]",
    ),
    click.option("--call-centre", type=NUMBER, metavar="NUMBER", help="Where calls are forwarded to."),
    click.option(
        "--announcement",
        type=PAIR,
        multiple=True,
        metavar="NAME=AUDIO",
        help=f"The pool's own recording of {', '.join(Announcement)}: file:ID or a URL.",
    ),
    call_setting_options.call_setting_options,
    click.option("--call-retention", type=DURATION, help="How long calls are kept, a day at least.  [new: 90d]"),
    click.option("--calls-at-once", type=_COUNT, help="Calls that a number carries; for `pools usage`.  [new: 10]"),
    click.option("--pin-length", type=_COUNT, help="Digits of a PIN, 4 to 12.  [new: 8]"),
    click.option("--pin-tries", type=_COUNT, help="Different wrong PINs that a call may try.  [new: 3]"),
    click.option("--pin-lock-after", type=_COUNT, help="Failed tries that lock the number dialled.  [new: 30]"),
    click.option("--pin-lock-window", type=DURATION, help="Within what time.  [new: 10m]"),
    click.option("--pin-lock-time", type=DURATION, help="For how long it is locked.  [new: 1h]"),
    limit_options.limit_options,
)


def policy_options(command: Command) -> Command:
    """Every option of a policy."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def policy_of(given: Mapping[str, Any]) -> tuple[PoolPolicy, list[str]]:
    """The policy that the options describe, and which of its fields they name."""
    named = {option: value for option, value in given.items() if value is not None and value != ()}
    policy = PoolPolicy(
        geography=_enum(PoolPolicy.Geography, "GEOGRAPHY_", named.get("geography")),
        strict_geography=named.get("strict", False),
        on_shortage=_enum(PoolPolicy.Shortage, "SHORTAGE_", named.get("on_shortage")),
        countries=[country.upper() for country in named.get("country", ())],
        on_ended_session=_enum(PoolPolicy.Treatment, "TREATMENT_", named.get("on_ended_session")),
        on_no_session=_enum(PoolPolicy.Treatment, "TREATMENT_", named.get("on_no_session")),
        on_caller_withheld=_enum(PoolPolicy.Treatment, "TREATMENT_", named.get("on_caller_withheld")),
        call_centre=named.get("call_centre", ""),
        announcements=[_recording(*pair) for pair in named.get("announcement", ())],
    )
    limit_options.set_limits(policy, named)
    for option in ("pin_length", "pin_tries", "pin_lock_after", "calls_at_once"):
        if option in named:
            message, field = _member(policy, option)
            setattr(message, field, named[option])
    for option in _SPANS:
        if option in named:
            span: timedelta = named[option]
            message, field = _member(policy, option)
            getattr(message, field).FromTimedelta(span)
    call_settings = call_setting_options.call_settings_of(given)
    if call_settings is not None:
        policy.call_settings.CopyFrom(call_settings)
    return policy, fields_of(tuple(named))


def fields_of(options: tuple[str, ...]) -> list[str]:
    """The policy's fields that these options set."""
    return [field for option in options for field in _FIELDS[option.replace("-", "_")]]


def _member(policy: PoolPolicy, option: str) -> tuple[Any, str]:
    """The message that has the option's one field, and the field's name there."""
    (path,) = _FIELDS[option]
    parent, _, field = path.rpartition(".")
    return (getattr(policy, parent) if parent else policy), field


def _enum(kind: Any, prefix: str, choice: str | None) -> Any:
    return kind.Value(prefix + choice.upper().replace("-", "_")) if choice else 0


def _recording(name: str, audio: str) -> PoolPolicy.Recording:
    if name not in list(Announcement):
        raise click.BadParameter(f"NAME is one of {', '.join(Announcement)}", param_hint="--announcement")
    argument = AUDIO.convert(audio, None, None)
    if argument.standard:
        raise click.BadParameter("AUDIO is file:ID or a URL", param_hint="--announcement")
    return PoolPolicy.Recording(announcement=announcement_value(name), audio=audio_message(argument))
