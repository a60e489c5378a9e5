"""How a command fails: with an exit code, a stable reason and one sentence on stderr."""

import json
import re

import click

from adapters.cli.exit_codes import ExitCode
from adapters.settings_sources import SettingsError
from masking_core import errors as core
from masking_core.exhaustion import PoolExhausted

_LONG_NUMBER = re.compile(r"\+?[0-9]{7,}")
_STORE_URL = re.compile(r"\b([a-z]+)://[^\s)']*")

EXIT_CODES: dict[type[core.MaskingError], ExitCode] = {
    core.InvalidArgument: ExitCode.REFUSED,
    core.ParticipantRefused: ExitCode.REFUSED,
    core.NotFound: ExitCode.REFUSED,
    core.AlreadyExists: ExitCode.REFUSED,
    core.RequestIdReused: ExitCode.REFUSED,
    PoolExhausted: ExitCode.REFUSED,
    core.NumberNotAvailable: ExitCode.REFUSED,
    core.SessionEnded: ExitCode.REFUSED,
    core.NumberInUse: ExitCode.REFUSED,
    core.Conflict: ExitCode.REFUSED,
    core.SignatureRefused: ExitCode.REFUSED,
    core.Unauthenticated: ExitCode.REFUSED,
    core.PermissionDenied: ExitCode.REFUSED,
    core.CopyRefused: ExitCode.REFUSED,
    core.ProviderNotConfigured: ExitCode.SETTINGS,
    core.ProviderRefused: ExitCode.REFUSED,
    core.ProviderUnavailable: ExitCode.UNREACHABLE,
    core.StoreUnavailable: ExitCode.UNREACHABLE,
    core.StoreNotReady: ExitCode.SETTINGS,
    core.KeysChanged: ExitCode.SETTINGS,
    core.SealBroken: ExitCode.SETTINGS,
}
"""The exit code of each error of the core, for the commands that call it without a server."""


class CommandError(Exception):
    """A command cannot do what it was asked. ``details`` are further members of the JSON error."""

    def __init__(self, code: ExitCode, reason: str, message: str, **details: object) -> None:
        """Take what scripts branch on, and a sentence for people."""
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.details = {name: value for name, value in details.items() if value}


def command_error(error: Exception) -> CommandError:
    """Any exception as a failed command. What nobody foresaw is FAILED, and told by its kind alone."""
    if isinstance(error, CommandError):
        return error
    if isinstance(error, click.ClickException):
        return CommandError(ExitCode.USAGE, "USAGE", _told_usage(error))
    if isinstance(error, SettingsError):
        return CommandError(ExitCode.SETTINGS, "SETTINGS", str(error))
    if isinstance(error, core.MaskingError):
        code = EXIT_CODES.get(type(error), ExitCode.FAILED)
        return CommandError(code, error.reason, str(error), field=getattr(error, "field", ""))
    return CommandError(ExitCode.FAILED, "INTERNAL", f"this should not have happened: {_told(error)}")


def report(error: CommandError, *, as_json: bool) -> None:
    """Print the error to stderr: one sentence, or one JSON object."""
    if as_json:
        members = {"reason": error.reason, "message": str(error), **error.details}
        click.echo(json.dumps({"error": members}, ensure_ascii=False), err=True)
    else:
        click.echo(f"masking: {error}", err=True)


def _told_usage(error: click.ClickException) -> str:
    """What click says, without numbers and passwords: whoever mistypes a command may have one in it."""
    message = _LONG_NUMBER.sub("•••••", _STORE_URL.sub(r"\1://•••••", error.format_message()))
    context = getattr(error, "ctx", None)
    return message if context is None else f"{message.rstrip('.')}. See {context.command_path} --help"


def _told(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" in {trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno}" if trace is not None else ""
    return type(error).__name__ + place
