"""``masking migrate``."""

import click

from adapters.cli.audit_told import tell_audit_if_keys_fit
from adapters.cli.environment import settings
from adapters.cli.local_store import opened_store
from adapters.cli.options import json_option
from adapters.cli.output import show


@click.command
@json_option
def migrate(*, as_json: bool) -> None:
    """Bring the store's schema up to date. Twice changes nothing."""
    in_force = settings()
    with opened_store(in_force) as store:
        steps = store.migrate()
        if steps:
            tell_audit_if_keys_fit(store, in_force.keys, "migrate", " ".join(steps))
    told = "\n".join(f"applied {step}" for step in steps) or "the store is up to date"
    show({"applied": list(steps)}, told, as_json=as_json)
