"""Pools and the numbers in them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from masking_core.errors import Conflict, InvalidArgument, NotFound
from masking_core.instants import Clock
from masking_core.phone_number import RealNumber, is_e164
from masking_core.pools import LEAST_CALL_RETENTION, Pool, PoolPolicy, PoolUsage, VirtualNumber
from masking_core.ports.keys import Vault
from masking_core.ports.numbering import NumberingPlan, NumberKind
from masking_core.ports.numbers import NewNumber, NumberQuery, NumberStore, PoolStore
from masking_core.services.caller_ids import check_caller_id
from masking_core.services.current_keys import under_current_keys

_ATTEMPTS = 5
_AREA = re.compile(r"[0-9]{1,15}")
MAX_BATCH = 100_000


@dataclass(frozen=True, slots=True)
class NumberRequest:
    """A virtual number to add. Empty ``country`` and ``area`` are taken from the numbering plan."""

    number: str
    country: str = ""
    area: str = ""
    voice: bool = True
    sms: bool = False


class Pools:
    """The pool and number service."""

    def __init__(self, pools: PoolStore, numbers: NumberStore, vault: Vault, plan: NumberingPlan, clock: Clock) -> None:
        """Take the ports."""
        self._pools = pools
        self._numbers = numbers
        self._vault = vault
        self._plan = plan
        self._clock = clock

    def create(self, name: str, policy: PoolPolicy) -> Pool:
        """Create a pool. Raises InvalidArgument for its name and policy, and AlreadyExists."""
        check_caller_id(self._numbers, "policy.call_settings", policy.call_settings)
        _check_call_retention(policy)
        now = self._clock()
        pool = Pool(name, policy, now, now)
        self._pools.create_pool(pool)
        return pool

    def get(self, name: str) -> Pool:
        """The pool. Raises NotFound."""
        pool = self._pools.get_pool(name)
        if pool is None:
            raise NotFound("pool", name)
        return pool

    def list(self, after: str, limit: int) -> Sequence[Pool]:
        """The pools of one page, by name."""
        return self._pools.list_pools(after, limit)

    def update(self, name: str, change: Callable[[PoolPolicy], PoolPolicy]) -> Pool:
        """Change a pool's policy, whatever else changes it meanwhile. Raises NotFound and InvalidArgument."""
        for _ in range(_ATTEMPTS):
            pool = self.get(name)
            policy = change(pool.policy)
            if policy.call_settings != pool.policy.call_settings:
                check_caller_id(self._numbers, "policy.call_settings", policy.call_settings)
            if policy.call_retention != pool.policy.call_retention:
                _check_call_retention(policy)
            changed = replace(pool, policy=policy, update_time=self._clock(), version=pool.version + 1)
            try:
                self._pools.update_pool(changed)
            except Conflict:
                continue
            return changed
        raise Conflict(f"pool {name} is being changed by others")

    def usage(self, name: str) -> PoolUsage:
        """How the pool stands. Raises NotFound."""
        usage = self._pools.pool_usage(name, self._clock())
        if usage is None:
            raise NotFound("pool", name)
        return usage

    def add_numbers(self, pool: str, requests: Sequence[NumberRequest]) -> Sequence[VirtualNumber]:
        """Put numbers into service: all, or none. Raises as ``NumberStore.add_numbers``, and InvalidArgument."""
        if not 1 <= len(requests) <= MAX_BATCH:
            raise InvalidArgument("numbers", f"are 1 to {MAX_BATCH} at a time")
        described = [self._described(f"numbers[{index}]", request) for index, request in enumerate(requests)]
        first_at: dict[str, int] = {}
        for index, request in enumerate(described):
            if first_at.setdefault(request.number, index) != index:
                raise InvalidArgument(f"numbers[{index}].number", "stands twice")
        return under_current_keys(self._vault, lambda: self._add(pool, described))

    def _described(self, path: str, request: NumberRequest) -> NumberRequest:
        description = self._plan.describe(request.number)
        if description.kind is not NumberKind.ORDINARY:
            raise InvalidArgument(f"{path}.number", "is not a number in E.164 that can be rented, as in +442079460000")
        country = request.country or description.country
        if country and not (country.isascii() and country.isalpha() and country.isupper() and len(country) == 2):  # noqa: PLR2004
            raise InvalidArgument(f"{path}.country", "must be an ISO 3166-1 alpha-2 code")
        if request.area and not _AREA.fullmatch(request.area):
            raise InvalidArgument(f"{path}.area", "must be a national destination code, which has 1 to 15 digits")
        return replace(request, number=description.e164, country=country, area=request.area or description.area)

    def _add(self, pool: str, requests: Sequence[NumberRequest]) -> Sequence[VirtualNumber]:
        key_ids = self._vault.key_ids()
        numbers = [
            NewNumber(
                request.number,
                request.country,
                request.area,
                request.voice,
                request.sms,
                self._vault.lookups(RealNumber(request.number)),
            )
            for request in requests
        ]
        return self._numbers.add_numbers(pool, numbers, key_ids, self._clock())

    def drain_numbers(self, numbers: Sequence[str]) -> Sequence[VirtualNumber]:
        """Give these numbers no new sessions. Raises NotFound; all or none."""
        return self._numbers.drain_numbers(_checked(numbers))

    def remove_numbers(self, numbers: Sequence[str]) -> None:
        """Remove numbers that no remembered route holds. Raises NotFound and NumberInUse; all or none."""
        self._numbers.remove_numbers(_checked(numbers), self._clock())

    def get_number(self, number: str) -> VirtualNumber:
        """The number. Raises NotFound."""
        found = self._numbers.get_number(number)
        if found is None:
            raise NotFound("number", number)
        return found

    def list_numbers(self, query: NumberQuery) -> Sequence[VirtualNumber]:
        """The numbers of one page."""
        return self._numbers.list_numbers(query)


def _checked(numbers: Sequence[str]) -> Sequence[str]:
    if not 1 <= len(numbers) <= MAX_BATCH:
        raise InvalidArgument("numbers", f"are 1 to {MAX_BATCH} at a time")
    for index, number in enumerate(numbers):
        if not is_e164(number):
            raise InvalidArgument(f"numbers[{index}]", "is not a number in E.164")
    return list(dict.fromkeys(numbers))


def _check_call_retention(policy: PoolPolicy) -> None:
    """Pools that were stored with less are left as they are."""
    if policy.call_retention < LEAST_CALL_RETENTION:
        raise InvalidArgument(
            "policy.call_retention", "must be a day at least: calls are counted when they are reported"
        )
