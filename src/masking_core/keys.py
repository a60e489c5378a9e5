"""Which key rings may write to a store, and how what is stored moves to another ring."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from masking_core.blocks import Block
from masking_core.call_records import ERASED, CallRecord
from masking_core.errors import KeysChanged
from masking_core.ports.keys import Vault
from masking_core.sealed import Caller, LookupKey, block_place, call_place, pin_place, side_place
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
    first, second = (_rekeyed_side(session.session_id, index, side, vault) for index, side in enumerate(session.sides))
    if (first, second) == session.sides:
        return None
    moved = replace(session, sides=(first, second), version=session.version + 1)
    return moved, tuple(_all_lookups(session.sides) - _all_lookups(moved.sides))


def rekeyed_call(call: CallRecord, vault: Vault) -> CallRecord:
    """The call with its people sealed and hashed by the vault's ring; itself when it is under that ring already."""
    caller, callee = (
        _rekeyed_caller(known, vault, call_place(call.call_id, role))
        for role, known in (("caller", call.caller), ("callee", call.callee))
    )
    return call if (caller, callee) == (call.caller, call.callee) else replace(call, caller=caller, callee=callee)


def rekeyed_block(block: Block, vault: Vault) -> Block:
    """The block with its number sealed and hashed by the vault's ring; itself when it is under that ring already."""
    number = _rekeyed_caller(block.number, vault, block_place(block.block_id))
    return block if number is None or number is block.number else replace(block, number=number)


def _rekeyed_side(session_id: str, index: int, side: Side, vault: Vault) -> Side:
    legs = tuple(_rekeyed_leg(leg, vault, side_place(session_id, index)) for leg in side.legs)
    pin = None if side.pin is None else _rekeyed_pin(side.pin, vault, pin_place(session_id, index))
    return replace(side, legs=legs, pin=pin)


def _rekeyed_pin(known: Caller, vault: Vault, place: str) -> Caller:
    pin = vault.unseal_bytes(known.sealed, place)
    lookups = vault.pin_lookups(pin.decode())
    if known.lookups == lookups and vault.sealed_by(known.sealed) == vault.key_ids()[0]:
        return known
    return Caller(vault.seal_bytes(pin, place), lookups)


def _rekeyed_leg(leg: Leg, vault: Vault, place: str) -> Leg:
    caller = _rekeyed_caller(leg.caller, vault, place)
    return leg if caller is leg.caller or caller is None else replace(leg, caller=caller)


def _rekeyed_caller(known: Caller | None, vault: Vault, place: str) -> Caller | None:
    if known is None or known == ERASED:
        return known
    number = vault.unseal(known.sealed, place)
    lookups = vault.lookups(number)
    if known.lookups == lookups and vault.sealed_by(known.sealed) == vault.key_ids()[0]:
        return known
    return Caller(vault.seal(number, place), lookups)


def _all_lookups(sides: Sequence[Side]) -> set[LookupKey]:
    known = [leg.caller for side in sides for leg in side.legs] + [side.pin for side in sides if side.pin is not None]
    return {lookup for caller in known for lookup in caller.lookups}
