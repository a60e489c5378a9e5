"""``masking config``: what is in force, and where each value comes from."""

from dataclasses import fields
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from adapters.cli.environment import settings_in_force
from adapters.cli.options import json_option
from adapters.cli.output import Table, show
from adapters.secret import Secret
from adapters.settings import DEFAULT, InForce, Settings
from adapters.settings_sources import variable
from adapters.settings_values import redacted_url
from masking_core.signature import Credential

_MADE = f"{DEFAULT}, made on first start"


@click.command
@json_option
def config(*, as_json: bool) -> None:
    """Show every setting, its value and its source. Secrets stay hidden."""
    in_force = settings_in_force()
    rows = [
        (each.name, getattr(in_force.settings, each.name), _source(in_force, each.name)) for each in fields(Settings)
    ]
    document = {"settings": {name: {"value": _shown(value), "source": source} for name, value, source in rows}}
    table = Table(
        ("SETTING", "VALUE", "SOURCE"), [(variable(name), config_text(value), source) for name, value, source in rows]
    )
    show(document, table, as_json=as_json)


def _shown(value: object) -> Any:
    """The value as JSON may have it."""
    if isinstance(value, tuple):
        return [_shown(each) for each in value]
    if isinstance(value, Credential):
        return f"{value.api_id}:••••"
    if value is None:
        return ""
    if isinstance(value, Path | Secret | ZoneInfo | IPv4Network | IPv6Network):
        return str(value)
    return redacted_url(value) if isinstance(value, str) else value


def config_text(value: object) -> str:
    """A setting's value for people, without its secrets."""
    shown = _shown(value)
    return " ".join(shown) or "none" if isinstance(shown, list) else str(shown) or "none"


def _source(in_force: InForce, name: str) -> str:
    settings, source = in_force.settings, in_force.sources[name]
    if name == "webhook_credentials" and source == DEFAULT and settings.webhook_auth == "none":
        return source
    made = {"keys": settings.keys, "webhook_credentials": settings.credentials_file}
    return _MADE if source == DEFAULT and name in made and not made[name].exists() else source
