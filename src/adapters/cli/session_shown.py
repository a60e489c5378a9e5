"""How a session is shown to people."""

from collections.abc import Sequence

from adapters.cli import messages
from adapters.cli.output import Record, Table
from masking.v1 import session_service_pb2 as pb

Shown = tuple[Record, str, Table]


def session_shown(session: pb.Session, pins: Sequence[str] = ()) -> Shown:
    """A session: what it is, then its participants, with their PINs where they are told."""
    settings = session.call_settings
    members = [
        ("name", session.name),
        ("pool", messages.last_part(session.pool)),
        ("state", state(session)),
        ("opened", messages.time(session.create_time)),
        ("ends" if session.state == pb.Session.STATE_ACTIVE else "ended", end(session)),
        ("reference", session.reference),
        ("labels", " ".join(f"{key}={value}" for key, value in sorted(session.labels.items()))),
        ("numbers", "reserved" if session.reserve_numbers else ""),
        *call_settings_members(settings),
    ]
    return Record([member for member in members if member[1]]), "", participants(session, pins)


def call_settings_members(settings: pb.CallSettings) -> list[tuple[str, str]]:
    """What is recorded, heard and seen, each empty when it is as usual."""
    return [
        ("calls", "recorded" if settings.record else ""),
        ("caller hears", messages.audio(settings.caller_announcement) if _has(settings, "caller") else ""),
        ("callee hears", messages.audio(settings.callee_announcement) if _has(settings, "callee") else ""),
        ("callee sees", _caller_id(settings)),
    ]


def participants(session: pb.Session, pins: Sequence[str] = ()) -> Table:
    """Who dials what."""
    columns = ("PARTICIPANT", "DIALS", "REACH", "LABEL")
    rows: list[tuple[str, ...]] = [
        (
            " ".join(each.phone_numbers),
            each.proxy_number,
            messages.word(pb.Participant.Reach.Name(each.reach), "REACH_") + (", reused early" * each.reused_early),
            each.label + " (takes no calls of the other)" * each.blocks_other,
        )
        for each in session.participants
    ]
    if not pins:
        return Table(columns, rows)
    return Table((*columns, "PIN"), [(*row, pin) for row, pin in zip(rows, pins, strict=True)])


def state(session: pb.Session) -> str:
    """Whether its calls connect, in a word."""
    return messages.word(pb.Session.State.Name(session.state), "STATE_")


def end(session: pb.Session) -> str:
    """When it ends or ended."""
    if session.HasField("close_time"):
        return messages.time(session.close_time)
    return messages.time(session.expire_time) if session.HasField("expire_time") else "when it is closed"


def _caller_id(settings: pb.CallSettings) -> str:
    if settings.caller_id == pb.CALLER_ID_FIXED:
        return settings.fixed_caller_id
    return "the number dialled" if settings.caller_id == pb.CALLER_ID_DIALLED else ""


def _has(settings: pb.CallSettings, party: str) -> bool:
    return bool(getattr(settings, f"{party}_announcement").WhichOneof("source"))
