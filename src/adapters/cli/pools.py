"""``masking pools``."""

from typing import Any

import click

from adapters.cli import messages
from adapters.cli.client import connected
from adapters.cli.listing import show_list
from adapters.cli.options import paging_options, server_options
from adapters.cli.output import Table, show
from adapters.cli.pool_options import CLEARABLE, fields_of, policy_of, policy_options
from adapters.cli.pool_shown import geography, pool_record
from adapters.cli.usage_shown import usage_parts
from masking.v1 import number_service_pb2 as pb


@click.group
def pools() -> None:
    """Make, change and list pools: named sets of virtual numbers with one policy."""


@pools.command
@click.argument("name")
@policy_options
@click.option("-q", "--quiet", is_flag=True, help="Print the pool's name alone.")
@server_options
def create(name: str, *, quiet: bool, server: str | None, as_json: bool, **given: Any) -> None:
    """Make a pool called NAME: 1 to 63 of a-z, 0-9 and -."""
    policy, _ = policy_of(given)
    with connected(server) as masking:
        pool = masking.numbers.CreatePool(pb.CreatePoolRequest(pool_id=name, pool=pb.Pool(policy=policy)))
    show(messages.document(pool), pool.name if quiet else pool_record(pool), as_json=as_json)


@pools.command
@click.argument("name")
@policy_options
@click.option("--clear", type=click.Choice(CLEARABLE), multiple=True, help="Set back to what a new pool has.")
@server_options
def update(name: str, *, clear: tuple[str, ...], server: str | None, as_json: bool, **given: Any) -> None:
    """Change what the options name in the policy of pool NAME. Running sessions keep their numbers."""
    policy, changed = policy_of(given)
    cleared = fields_of(clear)
    if not changed and not cleared:
        raise click.UsageError("name what to change")
    if set(changed) & set(cleared):
        raise click.UsageError("an option cannot be set and cleared at once")
    request = pb.UpdatePoolRequest(pool=pb.Pool(name=messages.as_name("pools", name), policy=policy))
    request.update_mask.paths.extend(f"policy.{field}" for field in (*changed, *cleared))
    with connected(server) as masking:
        pool = masking.numbers.UpdatePool(request)
    show(messages.document(pool), pool_record(pool), as_json=as_json)


@pools.command
@click.argument("name")
@server_options
def get(name: str, *, server: str | None, as_json: bool) -> None:
    """Show pool NAME and its policy."""
    with connected(server) as masking:
        pool = masking.numbers.GetPool(pb.GetPoolRequest(name=messages.as_name("pools", name)))
    show(messages.document(pool), pool_record(pool), as_json=as_json)


@pools.command("list")
@paging_options
@server_options
def list_pools(*, limit: int, page_token: str, every: bool, server: str | None, as_json: bool) -> None:
    """List the pools by name."""
    with connected(server) as masking:
        fetched, token = messages.pages(
            lambda token: masking.numbers.ListPools(pb.ListPoolsRequest(page_size=limit, page_token=token)),
            page_token,
            every=every,
        )
    found = [pool for page in fetched for pool in page.pools]
    rows = [
        (
            messages.last_part(pool.name),
            geography(pool.policy),
            messages.duration(pool.policy.cool_off),
            messages.duration(pool.policy.retention),
            messages.time(pool.create_time),
        )
        for pool in found
    ]
    table = Table(("POOL", "GEOGRAPHY", "COOL-OFF", "RETENTION", "CREATED"), rows, "no pools")
    show_list("pools", found, table, token, as_json=as_json)


@pools.command
@click.argument("name")
@server_options
def usage(name: str, *, server: str | None, as_json: bool) -> None:
    """Show how pool NAME stands: its numbers by state, what the active sessions take, and when it runs out."""
    with connected(server) as masking:
        found = masking.numbers.PoolUsage(pb.PoolUsageRequest(name=messages.as_name("pools", name)))
    show(messages.document(found), *usage_parts(found), as_json=as_json)
