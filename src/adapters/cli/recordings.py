"""``masking recordings``."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import click

from adapters.cli import messages
from adapters.cli.client import connected
from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode
from adapters.cli.listing import show_list
from adapters.cli.options import paging_options, server_options
from adapters.cli.output import Record, Table, note, show
from adapters.cli.part_file import PartFile
from adapters.cli.progress import progress_bar
from adapters.cli.recording_download import receive
from adapters.cli.time_options import span_of, time_options
from masking.v1 import call_service_pb2 as pb

_FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


@click.group
def recordings() -> None:
    """List, fetch and delete recordings of calls, which Infobip keeps."""


@recordings.command("list")
@click.option("--pool", default="", help="Of calls to numbers of this pool.")
@click.option("--session", default="", help="Of this session's calls.")
@time_options
@paging_options
@server_options
def list_recordings(
    *,
    pool: str,
    session: str,
    begin: datetime | None,
    end: datetime | None,
    last: timedelta | None,
    limit: int,
    page_token: str,
    every: bool,
    server: str | None,
    as_json: bool,
) -> None:
    """List the recordings that Infobip keeps, the latest call's first."""
    since, until = span_of(begin, end, last)
    request = pb.ListRecordingsRequest(
        page_size=limit,
        pool=messages.as_name("pools", pool) if pool else "",
        session=messages.as_name("sessions", session) if session else "",
        begin_time=messages.timestamp(since),
        end_time=messages.timestamp(until),
    )

    def fetch(token: str) -> pb.ListRecordingsResponse:
        request.page_token = token
        return masking.calls.ListRecordings(request)

    with connected(server) as masking:
        fetched, token = messages.pages(fetch, page_token, every=every)
    found = [recording for page in fetched for recording in page.recordings]
    show_list("recordings", found, _table(found), token, as_json=as_json)


@recordings.command
@click.argument("name", metavar="RECORDING")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The file to write, or a folder for it.  [default: RECORDING.wav here]",
)
@server_options
def download(name: str, *, output: Path | None, server: str | None, as_json: bool) -> None:
    """Fetch RECORDING into a file that is not there yet.

    What has come in stands in FILE.part until all of it has; run the command again after an interruption, and it goes
    on from there. Size and checksum are verified.
    """
    recording = messages.as_name("recordings", name)
    target = _target(messages.last_part(recording), output)
    with PartFile(target) as part:
        begun = part.size
        try:
            with connected(server) as masking, progress_bar() as advance:
                receive(masking.calls, recording, part, advance)
        except CommandError as error:
            if part.size and error.code in (ExitCode.UNREACHABLE, ExitCode.FAILED) and not as_json:
                note(f"{part.path} has {part.size:,} bytes of it; the same command goes on from there")
            raise
        checksum, size = part.checksum(), part.size
        part.finish()
    members = {"recording": recording, "file": str(target), "size": size, "sha256": checksum, "resumed_at": begun}
    shown = [("file", str(target)), ("size", f"{size:,} bytes"), ("sha256", checksum)]
    show(members, Record(shown), as_json=as_json)


@recordings.command
@click.argument("names", metavar="RECORDING...", nargs=-1, required=True)
@server_options
def delete(names: tuple[str, ...], *, server: str | None, as_json: bool) -> None:
    """Delete recordings at Infobip, for good. One that is gone is no error."""
    given = [messages.as_name("recordings", name) for name in names]
    with connected(server) as masking:
        for name in given:
            masking.calls.DeleteRecording(pb.DeleteRecordingRequest(name=name))
    shown = "1 recording is deleted" if len(given) == 1 else f"{len(given)} recordings are deleted"
    show({"deleted": given}, shown, as_json=as_json)


def _target(recording: str, output: Path | None) -> Path:
    if output is not None and not output.is_dir():
        return output
    if not _FILE_NAME.fullmatch(recording):
        raise click.UsageError("this recording's name is no name for a file: give --output")
    return (output or Path()) / f"{recording}.wav"


def _table(found: list[pb.Recording]) -> Table:
    rows = [
        (
            messages.last_part(recording.name),
            messages.time(recording.time),
            messages.last_part(recording.call),
            messages.last_part(recording.session),
        )
        for recording in found
    ]
    return Table(("RECORDING", "CALL BEGAN", "CALL", "SESSION"), rows, "no recordings")
