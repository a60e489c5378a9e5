"""From the numbers that a request names to the needs that a store can meet."""

from collections.abc import Sequence

from masking_core.allocation import Need
from masking_core.errors import InvalidArgument, ParticipantRefused
from masking_core.home import Home
from masking_core.phone_number import RealNumber
from masking_core.pools import Pool
from masking_core.ports.keys import Vault
from masking_core.ports.numbering import NumberDescription, NumberingPlan, NumberKind
from masking_core.sealed import Caller, pin_place, side_place

_REFUSALS = {
    NumberKind.INVALID: "is not a phone number in E.164, as in +447700900123",
    NumberKind.SHORT: "is a short number, which no session may hold",
    NumberKind.EMERGENCY: "is an emergency number, which no session may hold",
    NumberKind.PREMIUM_RATE: "is a premium-rate number, which no session may hold",
}


class Participants:
    """Checks real numbers against the numbering plan and the pool, and seals them."""

    def __init__(self, vault: Vault, plan: NumberingPlan) -> None:
        """Take what seals and what knows the numbers of the world."""
        self._vault = vault
        self._plan = plan

    def describe(self, pool: Pool, side: int, phone_numbers: Sequence[str]) -> list[NumberDescription]:
        """The numbers in their plan. Raises ParticipantRefused naming the first that may not take part."""
        return [
            self._accepted(pool, f"participants[{side}].phone_numbers[{position}]", number)
            for position, number in enumerate(phone_numbers)
        ]

    def _accepted(self, pool: Pool, path: str, number: str) -> NumberDescription:
        description = self._plan.describe(number)
        if description.kind in _REFUSALS:
            raise ParticipantRefused(path, _REFUSALS[description.kind])
        if pool.policy.countries and description.country not in pool.policy.countries:
            raise ParticipantRefused(path, f"is of a country that pool {pool.name} does not allow")
        return description

    def need(
        self,
        session_id: str,
        side: int,
        numbers: Sequence[NumberDescription],
        label: str,
        wanted: str = "",
        pin: Caller | None = None,
    ) -> Need:
        """The participant as the store sees it: sealed, and ready to be given a proxy number."""
        place = side_place(session_id, side)
        callers = tuple(self._caller(RealNumber(number.e164), place) for number in numbers)
        return Need(callers, label, Home(numbers[0].country, numbers[0].area), wanted, pin)

    def pin(self, session_id: str, side: int, pin: str) -> Caller:
        """A participant's PIN as the store sees it."""
        return Caller(self._vault.seal_bytes(pin.encode(), pin_place(session_id, side)), self._vault.pin_lookups(pin))

    def _caller(self, number: RealNumber, place: str) -> Caller:
        return Caller(self._vault.seal(number, place), self._vault.lookups(number))


def check_strangers(first: Sequence[str], second: Sequence[str]) -> None:
    """Refuse two participants who share a real number."""
    for position, number in enumerate(second):
        if number in first:
            raise InvalidArgument(
                f"participants[1].phone_numbers[{position}]", "is a number of the other participant too"
            )
