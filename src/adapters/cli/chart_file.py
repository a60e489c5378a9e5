"""The file that charts are written to."""

from pathlib import Path

from adapters.charts.drawing import PlotMissingError, check_plot
from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode


def check_charts() -> None:
    """Raise CommandError when no chart can be drawn, before anything is computed for it."""
    try:
        check_plot()
    except PlotMissingError as error:
        raise CommandError(ExitCode.SETTINGS, "PLOT_MISSING", str(error)) from error


def write_chart(path: Path, written: bytes) -> None:
    """Write a page or a picture. Raises CommandError."""
    try:
        path.write_bytes(written)
    except OSError as error:
        raise CommandError(ExitCode.USAGE, "BAD_FILE", f"the chart cannot be written: {error.strerror}") from error
