"""Which key rings may write to a store, and how what is stored moves to another ring."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from masking_core.errors import KeysChanged
from masking_core.ports.keys import Vault
from masking_core.sealed import Caller, LookupKey, side_place
from masking_core.sessions import Leg, Session, Side


def check_ring(ring: Sequence[str], stored: Collection[str]) -> None:
    """Raise KeysChanged unless a writer with the keys ``ring`` may write to a store under ``stored``.

    It may when it writes look-up keys under each of the store's keys, and seals with one of them.
    """
    if not (set(stored) <= set(ring) and ring[0] in stored):
        raise KeysChanged("the store is written under other keys than those of this process's key ring")


def rekeyed(session: Session, vault: Vault) -> tuple[Session, tuple[LookupKey, ...]] | None:
    """The session sealed and hashed by the vault's ring, one version on, and the look-up keys it loses.

    None when it is under that ring already. Raises SealBroken.
    """
    first, second = (
        replace(side, legs=tuple(_rekeyed_leg(leg, vault, side_place(session.session_id, index)) for leg in side.legs))
        for index, side in enumerate(session.sides)
    )
    if (first, second) == session.sides:
        return None
    moved = replace(session, sides=(first, second), version=session.version + 1)
    return moved, tuple(_all_lookups(session.sides) - _all_lookups(moved.sides))


def _rekeyed_leg(leg: Leg, vault: Vault, place: str) -> Leg:
    number = vault.unseal(leg.caller.sealed, place)
    lookups = vault.lookups(number)
    if leg.caller.lookups == lookups and vault.sealed_by(leg.caller.sealed) == vault.key_ids()[0]:
        return leg
    return replace(leg, caller=Caller(vault.seal(number, place), lookups))


def _all_lookups(sides: Sequence[Side]) -> set[LookupKey]:
    return {lookup for side in sides for leg in side.legs for lookup in leg.caller.lookups}
