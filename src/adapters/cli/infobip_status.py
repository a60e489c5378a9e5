"""``masking infobip status``."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from adapters.cli.environment import settings
from adapters.cli.infobip_session import Account, account
from adapters.cli.options import server_options
from adapters.cli.output import Record, Table, show
from adapters.cli.progress import progress_bar
from adapters.infobip.desired import read_desired
from adapters.infobip.observed import Observed, observe
from adapters.infobip.planning import Plan, make_plan
from adapters.infobip.public_urls import check_url
from adapters.infobip.uploads import Uploads
from adapters.infobip.wire import Draft
from masking_core.instants import SECOND
from masking_core.webhooks import WebhookKind

_NEVER: Final = "never"


@click.command
@click.option("--file", type=click.Path(path_type=Path, dir_okay=False), help="What shall be set up, as for plan.")
@server_options
def status(*, file: Path | None, server: str | None, as_json: bool) -> None:
    """Show what is set up, what has drifted, when Infobip was last heard of, and whether the public URLs answer.

    Each URL is sent a signed webhook that asks nothing: the edge verifies it, and turns it down unread.
    """
    in_force = settings()
    desired = read_desired(file, in_force)
    with account(in_force, server) as opened, progress_bar() as advance:
        observed = observe(opened.client, opened.table, opened.accepted(), advance)
        uploads = Uploads(in_force.data_dir / "infobip-uploads.json", in_force.infobip_base_url)
        drift = make_plan(desired, observed, uploads)
        seen = _seen(opened)
    urls = _checked_urls(desired.draft, observed)
    document = {**_document(observed, drift), "last_webhooks": seen, "urls": urls}
    record = Record([(name.replace("_", " "), _text(value)) for name, value in document.items() if name != "urls"])
    table = Table(("URL", "KIND", "CHECK"), [(each["url"], each["kind"], each["check"]) for each in urls])
    show(document, record, "", table, as_json=as_json)


def _document(observed: Observed, drift: Plan) -> dict[str, Any]:
    states = Counter("draining" if each.draining else "in service" for each in observed.pooled.values())
    return {
        "numbers_at_infobip": len(observed.owned),
        "numbers_with_a_voice_set_up": len(observed.voices),
        "numbers_in_pools": dict(states),
        "configurations": [each.draft.name for each in observed.configurations],
        "signs_with": observed.pair.api_id if observed.pair else None,
        "drift": {"changes": len(drift.changes), "conflicts": len(drift.conflicts)},
    }


def _seen(opened: Account) -> dict[str, str]:
    """When each kind of webhook came last, whoever signed it."""
    latest = dict.fromkeys((kind.value.lower() for kind in WebhookKind), _NEVER)
    if opened.credentials is not None:
        for each in sorted(opened.credentials.seen(), key=lambda each: each.time):
            moment = datetime.fromtimestamp(each.time / SECOND, UTC)
            latest[each.kind.value.lower()] = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    return latest


def _checked_urls(draft: Draft, observed: Observed) -> list[dict[str, str]]:
    accepted = observed.accepted or ()
    pair = next((each for each in accepted if observed.pair and each.api_id == observed.pair.api_id), None)
    urls = (
        ("callback", draft.callback_url),
        ("callback", draft.backup_callback_url),
        ("status", draft.status_url),
        ("status", draft.backup_status_url),
    )
    credential = pair or next(iter(accepted), None)
    return [{"url": url, "kind": kind, "check": check_url(url, credential)} for kind, url in urls if url]


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {each}" for name, each in value.items()) or "none"
    if isinstance(value, list):
        return " ".join(map(str, value)) or "none"
    return "nothing" if value is None else str(value)
