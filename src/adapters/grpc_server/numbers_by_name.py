"""A number's name says which pool holds it; a name that is wrong about that names nothing."""

from collections.abc import Sequence

from adapters.grpc_server.names import NumberName, number_name
from masking_core.errors import NotFound
from masking_core.pools import VirtualNumber
from masking_core.services.pools import Pools


def number_by_name(pools: Pools, name: NumberName) -> VirtualNumber:
    """The number. Raises NotFound, also when another pool holds it."""
    number = pools.get_number(name.number)
    if name.pool not in ("", number.pool):
        raise NotFound("number", number_name(name.pool, name.number))
    return number


def numbers_by_name(pools: Pools, names: Sequence[NumberName]) -> list[str]:
    """The numbers that names mean, in E.164. Raises NotFound for one that another pool holds."""
    return [number_by_name(pools, name).number if name.pool else name.number for name in names]
