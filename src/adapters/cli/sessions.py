"""``masking sessions``."""

from datetime import datetime, timedelta
from typing import Any

import click

from adapters.cli import messages
from adapters.cli.client import connected
from adapters.cli.listing import show_list
from adapters.cli.options import paging_options, server_options
from adapters.cli.output import Table, show
from adapters.cli.session_options import check_end, end_options, open_options, open_request, set_end
from adapters.cli.session_shown import end, session_shown, state
from adapters.cli.values import NUMBER
from masking.v1 import session_service_pb2 as pb

_FULL = click.option("--full", is_flag=True, help="Show the real numbers.")


@click.group
def sessions() -> None:
    """Open, read, extend and close sessions: two participants who may call each other for a while."""


@sessions.command("open")
@open_options
@click.option("-q", "--quiet", is_flag=True, help="Print the session's name alone.")
@server_options
def open_session(*, quiet: bool, server: str | None, as_json: bool, **given: Any) -> None:
    """Open a session and give each participant a number to dial.

    Recording, announcements and caller ID are the pool's, unless an option names one of them: then they are what the
    options say. Where the pool asks callers for a PIN, the participants' are shown this once.
    """
    request = open_request(given)
    with connected(server) as masking:
        opened = masking.sessions.OpenSession(request)
    session, pins = opened.session, opened.pins
    shown = (session.name,) if quiet else session_shown(session, pins)
    show({**messages.document(session), "pins": list(pins)}, *shown, as_json=as_json)


@sessions.command
@click.argument("name")
@_FULL
@server_options
def get(name: str, *, full: bool, server: str | None, as_json: bool) -> None:
    """Show session NAME, running or remembered."""
    with connected(server) as masking:
        session = masking.sessions.GetSession(pb.GetSessionRequest(name=_name(name), view=_view(full=full)))
    show(messages.document(session), *session_shown(session), as_json=as_json)


@sessions.command("list")
@click.option("--pool", default="", help="Of this pool.")
@click.option("--state", "wanted", type=click.Choice(["active", "closed", "expired"]), help="In this state.")
@click.option("--reference", default="", help="With this reference.")
@click.option("--phone-number", type=NUMBER, default=None, help="In which this real number takes or took part.")
@_FULL
@paging_options
@server_options
def list_sessions(
    *,
    pool: str,
    wanted: str | None,
    reference: str,
    phone_number: str | None,
    full: bool,
    limit: int,
    page_token: str,
    every: bool,
    server: str | None,
    as_json: bool,
) -> None:
    """List sessions, the newest first."""
    request = pb.ListSessionsRequest(
        page_size=limit,
        pool=messages.as_name("pools", pool) if pool else "",
        state=pb.Session.State.Value(f"STATE_{wanted.upper()}") if wanted else pb.Session.STATE_UNSPECIFIED,
        reference=reference,
        phone_number=phone_number or "",
        view=_view(full=full),
    )

    def fetch(token: str) -> pb.ListSessionsResponse:
        request.page_token = token
        return masking.sessions.ListSessions(request)

    with connected(server) as masking:
        fetched, token = messages.pages(fetch, page_token, every=every)
    found = [session for page in fetched for session in page.sessions]
    show_list("sessions", found, _table(found), token, as_json=as_json)


@sessions.command
@click.argument("name")
@end_options
@server_options
def extend(name: str, *, ttl: timedelta | None, expire: datetime | None, server: str | None, as_json: bool) -> None:
    """Give session NAME another end, later or earlier."""
    check_end(ttl, expire)
    if ttl is None and expire is None:
        raise click.UsageError("give --ttl or --expire")
    request = pb.UpdateSessionRequest(session=pb.Session(name=_name(name)))
    set_end(request.session, ttl, expire)
    request.update_mask.paths.append("time_to_live" if expire is None else "expire_time")
    with connected(server) as masking:
        session = masking.sessions.UpdateSession(request)
    show(messages.document(session), *session_shown(session), as_json=as_json)


@sessions.command
@click.argument("name")
@server_options
def close(name: str, *, server: str | None, as_json: bool) -> None:
    """End session NAME: from now on it connects no call. An ended one stays as it is."""
    with connected(server) as masking:
        session = masking.sessions.CloseSession(pb.CloseSessionRequest(name=_name(name)))
    show(messages.document(session), *session_shown(session), as_json=as_json)


@sessions.command
@click.argument("name")
@click.option("--participant", type=click.IntRange(1, 2), required=True, help="Who blocks: the first or the second.")
@click.option("--undo", is_flag=True, help="Take the other's calls again.")
@server_options
def block(name: str, *, participant: int, undo: bool, server: str | None, as_json: bool) -> None:
    """Have a participant of session NAME take no calls of the other one."""
    sides = [pb.Participant(), pb.Participant()]
    sides[participant - 1].blocks_other = not undo
    request = pb.UpdateSessionRequest(session=pb.Session(name=_name(name), participants=sides))
    request.update_mask.paths.append("participants")
    with connected(server) as masking:
        session = masking.sessions.UpdateSession(request)
    show(messages.document(session), *session_shown(session), as_json=as_json)


def _name(given: str) -> str:
    return messages.as_name("sessions", given)


def _view(*, full: bool) -> pb.SessionView.ValueType:
    return pb.SESSION_VIEW_FULL if full else pb.SESSION_VIEW_BASIC


def _table(found: list[pb.Session]) -> Table:
    rows = [
        (
            messages.last_part(session.name),
            messages.last_part(session.pool),
            state(session),
            *(f"{' '.join(each.phone_numbers)} dials {each.proxy_number}" for each in session.participants),
            end(session),
            session.reference,
        )
        for session in found
    ]
    return Table(("SESSION", "POOL", "STATE", "PARTICIPANT", "PARTICIPANT", "END", "REFERENCE"), rows, "no sessions")
