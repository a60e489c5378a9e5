"""``masking explain``."""

from datetime import datetime

import click

from adapters.cli import messages
from adapters.cli.call_shown import call_shown
from adapters.cli.calls import view
from adapters.cli.client import Server, connected
from adapters.cli.explanation_shown import explanation_shown, rules_shown
from adapters.cli.options import server_options
from adapters.cli.output import show
from adapters.cli.values import CALLER, NUMBER, TIME
from masking.v1 import call_service_pb2 as pb

_ERASED = "erased"


@click.command
@click.argument("caller", type=CALLER, required=False)
@click.argument("dialled", type=NUMBER, required=False)
@click.option("--at", "time", type=TIME, help="When, in RFC 3339.  [default: now]")
@click.option("--call", "call_id", metavar="CORRELATION_ID", help="A call by its own name, or by Infobip's id of it.")
@click.option("--full", is_flag=True, help="Show the real numbers.")
@server_options
def explain(
    caller: str | None,
    dialled: str | None,
    *,
    time: datetime | None,
    call_id: str | None,
    full: bool,
    server: str | None,
    as_json: bool,
) -> None:
    """Tell what CALLER (or `anonymous`) hears or reaches by dialling DIALLED, and why; or what a call was answered.

    The past is told from what is remembered of sessions; a pool's policy counts as it is today.
    """
    if (call_id is None) == (dialled is None):
        raise click.UsageError("give either CALLER and DIALLED, or --call")
    if call_id is not None and time is not None:
        raise click.UsageError("a call has its own time: give --at without --call")
    if call_id is not None:
        _explain_call(call_id, full=full, server=server, as_json=as_json)
        return
    request = pb.ExplainRequest(
        caller=caller or "", dialled=dialled or "", time=messages.timestamp(time), view=view(full=full)
    )
    with connected(server) as masking:
        explained = masking.calls.Explain(request)
    show(messages.document(explained), *explanation_shown(explained), as_json=as_json)


def _explain_call(call_id: str, *, full: bool, server: str | None, as_json: bool) -> None:
    """What the call was answered then, and the rules as they stood."""
    name = messages.as_name("calls", call_id)
    with connected(server) as masking:
        call = masking.calls.GetCall(pb.GetCallRequest(name=name, view=view(full=full)))
        explained = _rules_then(masking, call.name)
    document = {
        "call": messages.document(call),
        "explanation": None if explained is None else messages.document(explained),
    }
    shown = () if explained is None else rules_shown(explained)
    show(document, *call_shown(call), *shown, as_json=as_json)


def _rules_then(masking: Server, name: str) -> pb.ExplainResponse | None:
    """The rules at the time of a call; None for one of somebody who was erased, or to no number of ours."""
    call = masking.calls.GetCall(pb.GetCallRequest(name=name, view=pb.CALL_VIEW_FULL))
    if call.caller == _ERASED or not call.pool:
        return None
    return masking.calls.Explain(pb.ExplainRequest(caller=call.caller, dialled=call.dialled, time=call.time))
