"""The options that say what callers and callees hear and see, of a session and as a pool's defaults."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import click

from adapters.cli.audio_messages import audio_message
from adapters.cli.options import Command
from adapters.cli.values import AUDIO, AUDIO_HELP, CALLER_ID, CallerIdArgument
from masking.v1 import session_service_pb2 as pb

FIELDS: Final = {
    "record": ("record",),
    "caller_announcement": ("caller_announcement",),
    "callee_announcement": ("callee_announcement",),
    "omit_callee_announcement": ("omit_callee_announcement_from_recording",),
    "caller_id": ("caller_id", "fixed_caller_id"),
}
"""Option → fields of the call settings."""

_OPTIONS: tuple[Callable[[Command], Command], ...] = (
    click.option("--record/--no-record", default=None, help="Record calls; needs both announcements."),
    click.option("--caller-announcement", type=AUDIO, help=f"Played to the caller: {AUDIO_HELP}."),
    click.option("--callee-announcement", type=AUDIO, help="Played to the callee: likewise."),
    click.option(
        "--omit-callee-announcement/--keep-callee-announcement",
        default=None,
        help="Leave the callee's announcement out of the recording.",
    ),
    click.option(
        "--caller-id",
        type=CALLER_ID,
        metavar="counterpart-proxy|dialled|NUMBER",
        help="What the callee sees: the number to call back, the one that was dialled, or a virtual number of yours.",
    ),
)


def call_setting_options(command: Command) -> Command:
    """Every option of call settings."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def call_settings_of(given: Mapping[str, Any]) -> pb.CallSettings | None:
    """The call settings that the options describe; None when there are none."""
    if all(given.get(option) is None for option in FIELDS):
        return None
    settings = pb.CallSettings(
        record=given["record"] or False,
        omit_callee_announcement_from_recording=given["omit_callee_announcement"] or False,
    )
    if given["caller_announcement"] is not None:
        settings.caller_announcement.CopyFrom(audio_message(given["caller_announcement"]))
    if given["callee_announcement"] is not None:
        settings.callee_announcement.CopyFrom(audio_message(given["callee_announcement"]))
    if given["caller_id"] is not None:
        _set_caller_id(settings, given["caller_id"])
    return settings


def _set_caller_id(settings: pb.CallSettings, given: CallerIdArgument) -> None:
    word = given.word.upper().replace("-", "_") or "FIXED"
    settings.caller_id = pb.CallerId.Value(f"CALLER_ID_{word}")
    settings.fixed_caller_id = given.number
