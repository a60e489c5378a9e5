"""``masking call``."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from adapters.cli.environment import settings
from adapters.cli.options import json_option
from adapters.cli.output import show
from adapters.cli.provider import Call, Provider
from adapters.cli.values import BASE_URL, CALLER, NUMBER

_ASKING = "captureDtmf"
_STATUSES = ("answered", "busy", "no answer", "failed", "congestion")


@click.command
@click.argument("caller", type=CALLER)
@click.argument("dialled", type=NUMBER)
@click.option("--url", type=BASE_URL, help="The edge to ask.  [default: the one at the setting edge_address]")
@click.option("--digits", multiple=True, help="What the caller types where the answer asks for digits; again.")
@click.option("--report", type=click.Choice(_STATUSES), help="Also report how the call went, as Infobip does after it.")
@json_option
def call(
    caller: str, dialled: str, *, url: str | None, digits: tuple[str, ...], report: str | None, as_json: bool
) -> None:
    """Ask the edge what it would do if CALLER (or `anonymous`) dialled DIALLED.

    Signs and posts a callback as Infobip would, with the first credential and for the first callback URL of the
    settings. Nobody's phone rings.
    """
    provider = Provider(settings(), url)
    made = Call.new(caller, dialled)
    answers = list(_answers(provider, made, digits))
    answer = answers[-1]
    document: dict[str, Any] = {
        "answer": answer,
        "nm_correlation_id": made.nm_correlation_id,
        "correlation_id": made.correlation_id,
    }
    shown = [line for each in answers for line in _words(each)]
    if report:
        provider.post_report(made.report(answer, report))
        document["reported"] = report
        shown.append(f"reported: {report}")
    show(document, *shown, as_json=as_json)


def _answers(provider: Provider, made: Call, digits: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """What the edge answers, to the call and to all that its caller is asked to type."""
    answer = provider.post_callback(made.callback())
    yield answer
    for typed in digits:
        if answer["command"] != _ASKING:
            return
        answer = provider.post_callback(made.typed(typed))
        yield answer


def _words(answer: Mapping[str, Any]) -> list[str]:
    """The command in words."""
    if answer["command"] == _ASKING:
        return [f"asks for {answer.get('maxLength')} digits: {_file(answer)}"]
    if answer["command"] != "dial":
        return [f"{'plays' if answer['command'] == 'audio' else answer['command']} {_file(answer)}"]
    words = [f"dials +{answer.get('phoneNumber')}, who sees +{answer.get('callerId')}"]
    announcements = answer.get("announcements") or {}
    words += [f"  the {party} first hears {_file(announcements[party])}" for party in announcements]
    if (answer.get("recording") or {}).get("enabled"):
        words.append("  the call is recorded")
    return words


def _file(recording: Mapping[str, Any]) -> str:
    file_id = recording.get("fileId")
    return f"file:{file_id}" if file_id else str(recording.get("fileUrl"))
