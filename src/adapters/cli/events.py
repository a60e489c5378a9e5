"""``masking events``."""

import json
import time
from collections.abc import Iterator
from typing import Any, Final

import click
import grpc

from adapters.cli import messages
from adapters.cli.client import connected
from adapters.cli.environment import settings
from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode
from adapters.cli.options import server_option
from adapters.cli.output import note, say
from masking.v1 import event_service_pb2 as pb

_KINDS: Final = {
    messages.word(name, "KIND_"): value for name, value in pb.Event.Kind.items() if value != pb.Event.KIND_UNSPECIFIED
}
_PAUSE: Final = 1.0
"""Seconds before a server that went away is asked again."""


@click.group
def events() -> None:
    """Follow what happens: to sessions, calls and pools."""


@events.command
@click.option("--resume", "token", default="", metavar="TOKEN", help="Go on after this token; `earliest` for all.")
@click.option("--pool", "pools", multiple=True, help="Of this pool; again for more.")
@click.option("--kind", "kinds", type=click.Choice(list(_KINDS)), multiple=True, help="Of this kind; again for more.")
@click.option("--json", "as_json", is_flag=True, help="Print errors as JSON too; events always are.")
@server_option
def watch(*, token: str, pools: tuple[str, ...], kinds: tuple[str, ...], as_json: bool, server: str | None) -> None:
    """Print events as they happen, each a line of JSON with the token that goes on after it.

    The first line holds a token alone. Events come at least once: whoever begins at the token of a line that was
    dealt with misses none. A server that goes away is waited for.
    """
    del as_json
    request = pb.WatchEventsRequest(
        resume_token=token,
        pools=[messages.as_name("pools", pool) for pool in pools],
        kinds=[_KINDS[kind] for kind in kinds],
    )
    watching = _Watching(request, server or settings().grpc_address)
    while True:
        try:
            for line in watching.lines():
                say(json.dumps(line, ensure_ascii=False))
        except CommandError as error:
            if not watching.begun or error.code is not ExitCode.UNREACHABLE:
                raise
            note(f"masking: {error} Events are waited for.")
        time.sleep(_PAUSE)


class _Watching:
    """One stream after the other, each going on where the one before it ended."""

    def __init__(self, request: pb.WatchEventsRequest, server: str) -> None:
        self._request = request
        self._server = server
        self.begun = False

    def lines(self) -> Iterator[dict[str, Any]]:
        """What one stream tells, until the server ends it. Raises CommandError."""
        with connected(self._server) as masking:
            try:
                for told in masking.events.WatchEvents(self._request):
                    yield from self._told(told)
            except grpc.RpcError as error:
                code: grpc.StatusCode = error.code()
                # So a server ends its streams that was told to stop.
                if code is not grpc.StatusCode.CANCELLED:
                    raise

    def _told(self, told: pb.WatchEventsResponse) -> Iterator[dict[str, Any]]:
        for event in told.events[:-1]:
            yield _line(event, self._request.resume_token)
        self._request.resume_token = told.resume_token
        if told.events or not self.begun:
            yield _line(told.events[-1] if told.events else None, told.resume_token)
        self.begun = True


def _line(event: pb.Event | None, resume_token: str) -> dict[str, Any]:
    return {"event": None if event is None else messages.document(event), "resume_token": resume_token}
