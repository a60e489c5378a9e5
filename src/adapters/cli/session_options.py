"""The options that describe a session to open, and the request that they make."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

import click

from adapters.cli import messages
from adapters.cli.call_setting_options import call_setting_options, call_settings_of
from adapters.cli.values import DURATION, NUMBER_OR_ANY, PAIR, PARTICIPANT, TIME
from masking.v1 import session_service_pb2 as pb

Command = TypeVar("Command", bound=Callable[..., object])

_PARTICIPANTS = 2
_END_OPTIONS = (
    click.option("--ttl", type=DURATION, help="How long from now: 90s, 15m, 2h, 3d."),
    click.option("--expire", type=TIME, help="When, in RFC 3339."),
)
_OPEN_OPTIONS = (
    click.option("--pool", required=True, help="The pool that gives the numbers."),
    click.option(
        "--participant",
        "participants",
        type=PARTICIPANT,
        multiple=True,
        required=True,
        metavar="NUMBER[,NUMBER...][=LABEL]",
        help="Twice. The first real number is dialled, all are recognised.",
    ),
    click.option(
        "--proxy",
        "proxies",
        type=NUMBER_OR_ANY,
        multiple=True,
        metavar="NUMBER",
        help="The number that the participant of the same position shall dial, or any.",
    ),
    *_END_OPTIONS,
    click.option("--reserve", is_flag=True, help="Numbers that serve no other session meanwhile."),
    click.option("--reference", default="", help="Your own name for it."),
    click.option("--label", "labels", type=PAIR, multiple=True, metavar="KEY=VALUE", help="For your own use; again."),
    click.option("--request-id", default="", help="The same id twice opens one session."),
)


def open_options(command: Command) -> Command:
    """Everything that ``sessions open`` takes."""
    return _with(_OPEN_OPTIONS, call_setting_options(command))


def end_options(command: Command) -> Command:
    """``--ttl`` and ``--expire``."""
    return _with(_END_OPTIONS, command)


def open_request(given: Mapping[str, Any]) -> pb.OpenSessionRequest:
    """The request that the options describe. Raises UsageError for a wrong number of them."""
    participants, proxies = given["participants"], given["proxies"]
    if len(participants) != _PARTICIPANTS:
        raise click.UsageError("a session has two participants: give --participant twice")
    if len(proxies) > _PARTICIPANTS:
        raise click.UsageError("a session has two participants: give --proxy at most twice")
    check_end(given["ttl"], given["expire"])
    request = pb.OpenSessionRequest(
        pool=messages.as_name("pools", given["pool"]),
        participants=[pb.Participant(phone_numbers=each.phone_numbers, label=each.label) for each in participants],
        reserve_numbers=given["reserve"],
        reference=given["reference"],
        labels=dict(given["labels"]),
        call_settings=call_settings_of(given),
        request_id=given["request_id"],
    )
    for participant, proxy in zip(request.participants, proxies, strict=False):
        participant.proxy_number = proxy
    set_end(request, given["ttl"], given["expire"])
    return request


def check_end(ttl: timedelta | None, expire: datetime | None) -> None:
    """Refuse both."""
    if ttl is not None and expire is not None:
        raise click.UsageError("give either --ttl or --expire")


def set_end(message: pb.OpenSessionRequest | pb.Session, ttl: timedelta | None, expire: datetime | None) -> None:
    """Put the end asked for, if any, into the message."""
    if ttl is not None:
        message.time_to_live.FromTimedelta(ttl)
    if expire is not None:
        message.expire_time.FromDatetime(expire)


def _with(options: tuple[Callable[[Command], Command], ...], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
