"""``masking keys api``."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import click

from adapters import system
from adapters.cli.audit_told import tell_audit
from adapters.cli.local_store import opened_with_keys
from adapters.cli.options import json_option
from adapters.cli.output import Record, Table, show
from adapters.cli.values import DURATION
from masking_core.access import ApiKey, Scope
from masking_core.instants import NEVER, SECOND, Instant
from masking_core.services.api_keys import ApiKeys, KeyRequest

_COLUMNS: Final = ("KEY", "NAME", "SCOPES", "POOLS", "STATE", "ENDS")
_CHOICE: Final = click.Choice([each.value for each in Scope])


@click.group
def api() -> None:
    """Make, list and revoke the API keys of callers. Works on the store; no server need run."""


@api.command
@click.option("--name", required=True, help="Whose it is. A name may be given again.")
@click.option("--scope", "scopes", type=_CHOICE, multiple=True, required=True, help="What it may do; several times.")
@click.option("--pool", "pools", multiple=True, help="A pool that it is limited to; several times.  [default: none]")
@click.option("--expires", type=DURATION, help="In how long it ends: 90d.  [default: never]")
@click.option(
    "--certificate", "identity", default="", help="The name in a client certificate, which takes the secret's place."
)
@json_option
def create(
    *, name: str, scopes: Sequence[str], pools: Sequence[str], expires: timedelta | None, identity: str, as_json: bool
) -> None:
    """Make an API key, and show its secret this once."""
    now = system.now()
    end = NEVER if expires is None else now + expires // timedelta(microseconds=1)
    request = KeyRequest(name, [Scope(each) for each in scopes], pools, end, identity)
    with opened_with_keys() as (store, vault):
        made = ApiKeys(store, vault, system.now, system.new_secret).create(request)
        tell_audit(store, vault, "keys api create", f"{made.key.key_id} {made.key.name}")
    document = _document(made.key, now)
    if not made.token:
        show(document, f"key {made.key.key_id} stands for the certificate of {identity}", as_json=as_json)
        return
    told = Record([("key", made.key.key_id), ("secret", made.token)])
    show(document | {"secret": made.token}, told, "The secret is shown this once.", as_json=as_json)


@api.command("list")
@json_option
def list_keys(*, as_json: bool) -> None:
    """List every API key that was made, those that are over too."""
    now = system.now()
    with opened_with_keys() as (store, vault):
        found = ApiKeys(store, vault, system.now, system.new_secret).table().keys
    rows = [
        (key.key_id, key.name, " ".join(key.scopes), " ".join(key.pools) or "all", _state(key, now), _time(_end(key)))
        for key in found
    ]
    document = {"keys": [_document(key, now) for key in found]}
    show(document, Table(_COLUMNS, rows, empty="no API key was made yet"), as_json=as_json)


@api.command
@click.argument("key_id", metavar="KEY")
@json_option
def revoke(key_id: str, *, as_json: bool) -> None:
    """Revoke an API key: within a second no process takes it any more."""
    with opened_with_keys() as (store, vault):
        revoked = ApiKeys(store, vault, system.now, system.new_secret).revoke(key_id)
        tell_audit(store, vault, "keys api revoke", f"{revoked.key_id} {revoked.name}")
    document = _document(revoked, system.now())
    show(document, f"key {revoked.key_id} of {revoked.name} is revoked", as_json=as_json)


def _state(key: ApiKey, now: Instant) -> str:
    if key.revoke_time != NEVER:
        return "revoked"
    return "in-force" if key.in_force(now) else "expired"


def _end(key: ApiKey) -> Instant:
    return min(key.expire_time, key.revoke_time)


def _time(instant: Instant) -> str:
    if instant == NEVER:
        return "never"
    return f"{datetime.fromtimestamp(instant / SECOND, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _document(key: ApiKey, now: Instant) -> dict[str, Any]:
    document: dict[str, Any] = {
        "key_id": key.key_id,
        "name": key.name,
        "scopes": list(key.scopes),
        "pools": list(key.pools),
        "state": _state(key, now),
        "create_time": _time(key.create_time),
    }
    if key.identity:
        document["certificate"] = key.identity
    if _end(key) != NEVER:
        document["end_time"] = _time(_end(key))
    return document
