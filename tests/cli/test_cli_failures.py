import importlib
import os
import pkgutil
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import grpc
import pytest

import masking_core
from adapters.cli import errors, server_errors
from adapters.cli.exit_codes import ExitCode
from adapters.cli.main import cli, run
from adapters.cli.output import printable
from cli.command_line import CommandLine, Machine, at_a_terminal, command
from masking_core.errors import MaskingError


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command there is, with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        if isinstance(found, click.Group):
            yield from commands(found, (*path, name))
        else:
            yield (*path, name), found


def every_error(root: type[MaskingError]) -> Iterator[type[MaskingError]]:
    for error in root.__subclasses__():
        yield error
        yield from every_error(error)


def test_every_error_of_the_core_has_an_exit_code() -> None:
    for module in pkgutil.walk_packages(masking_core.__path__, "masking_core."):
        importlib.import_module(module.name)
    assert set(errors.EXIT_CODES) == set(every_error(MaskingError))


def test_every_status_of_the_server_has_an_exit_code() -> None:
    assert set(server_errors.EXIT_CODES) == set(grpc.StatusCode) - {grpc.StatusCode.OK}


def test_every_command_takes_json_and_says_what_it_does() -> None:
    found = dict(commands(cli))
    assert len(found) >= 22
    for path, each in found.items():
        assert "--json" in {name for parameter in each.params for name in parameter.opts}, path
        assert each.help, path


def test_the_help_needs_no_server_and_lists_every_command(masking: CommandLine) -> None:
    shown = masking("--help")
    assert shown.code == ExitCode.OK
    for name in (
        "serve",
        "serve-grpc",
        "serve-edge",
        "migrate",
        "config",
        "keys",
        "pools",
        "numbers",
        "sessions",
        "calls",
        "explain",
        "report",
        "events",
        "privacy",
        "call",
    ):
        assert re.search(rf"^  {name} ", shown.out, re.MULTILINE)
    for path in dict(commands(cli)):
        assert masking(*path, "--help").code == ExitCode.OK
    assert masking("--version").out.startswith("masking, version ")


@pytest.mark.parametrize("arguments", [[], ["pools"], ["keys"]])
def test_a_command_without_its_verb_shows_the_help(masking: CommandLine, arguments: list[str]) -> None:
    shown = masking(*arguments)
    assert (shown.code, "Commands:" in shown.out) == (ExitCode.USAGE, True)


def test_a_wrong_command_line_is_told_in_a_sentence_or_a_document(masking: CommandLine) -> None:
    told = masking("pools", "create")
    assert (told.code, told.out) == (ExitCode.USAGE, "")
    assert told.err == "masking: Missing argument 'NAME'. See masking pools create --help\n"
    assert masking("pools", "create", "--json").error["reason"] == "USAGE"
    assert masking("nothing").code == ExitCode.USAGE


def test_a_number_on_a_wrong_command_line_is_not_repeated(masking: CommandLine) -> None:
    refused = masking("pools", "list", "+447700900101")
    assert (refused.code, "7700900101" in refused.err) == (ExitCode.USAGE, False)


@click.command
def broken() -> None:
    """Fail as nobody foresaw, with a number in the text."""
    raise RuntimeError("+447700900101")


@click.command
def interrupted() -> None:
    """Be interrupted."""
    raise KeyboardInterrupt


def test_what_nobody_foresaw_is_told_by_its_kind_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([], broken) == ExitCode.FAILED
    told = capsys.readouterr().err
    assert re.fullmatch(r"masking: this should not have happened: RuntimeError in \S+, line \d+\n", told)


def test_an_interruption_has_its_exit_code() -> None:
    assert run([], interrupted) == ExitCode.INTERRUPTED


def test_a_reader_that_goes_away_ends_a_command_without_noise(machine: Machine) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        finished = subprocess.run(
            command("config"),
            cwd=machine.folder,
            env=machine.environment,
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (finished.returncode, finished.stderr) == (ExitCode.OUTPUT_CLOSED, "")


def test_a_terminal_gets_a_table_and_a_pipe_plain_columns(masking: CommandLine, tmp_path: Path) -> None:
    shown = at_a_terminal(tmp_path, "stdout", "config")
    assert "\x1b[1m" in shown
    assert "───" in shown
    assert "MASKING_STORE" in shown
    plain = masking("config").out
    assert "\x1b" not in plain
    assert "───" not in plain


def test_no_color_is_honoured(tmp_path: Path) -> None:
    assert "\x1b[3" not in at_a_terminal(tmp_path, "stdout", "config", NO_COLOR="1")


def test_a_long_file_is_read_under_a_progress_bar_at_a_terminal_alone(masking: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "numbers.csv").write_text("# many\n" * 5000 + "+442079460001\n")
    add = ("numbers", "add", "ride-uk", "--csv", "numbers.csv", "--server", "127.0.0.1:1")
    assert "checking" in at_a_terminal(tmp_path, "stderr", *add)
    assert "checking" not in masking(*add).err


def test_nothing_that_steers_a_terminal_is_printed() -> None:
    assert printable("a\x1b[2Jb\nc\u202ed") == "a�[2Jb\nc�d"
