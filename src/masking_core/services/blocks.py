"""Blocking real numbers everywhere: what an operator does about who abuses the system."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from masking_core.blocks import Block
from masking_core.errors import Conflict, InvalidArgument, NotFound
from masking_core.instants import Clock
from masking_core.phone_number import RealNumber, redact_within
from masking_core.ports.keys import Vault
from masking_core.ports.store import Store
from masking_core.sealed import Caller, block_place
from masking_core.services.current_keys import under_current_keys
from masking_core.services.requests import check_text
from masking_core.sessions import SessionQuery, SessionState

_PAGE = 200
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class BlockView:
    """A block and its number, opened."""

    block: Block
    number: RealNumber


class Blocks:
    """The block list. A blocked number's calls are refused, and it takes part in no session.

    A block is stored before the running sessions are looked for, and the store opens none that this
    look would not find: whichever comes second finds the other. What is dialled is never compared
    with the list, for a session whose participant is blocked does not go on.
    """

    def __init__(self, store: Store, vault: Vault, clock: Clock, new_id: Callable[[], str]) -> None:
        """Take the ports; ``new_id`` gives ids that grow with time."""
        self._store = store
        self._vault = vault
        self._clock = clock
        self._new_id = new_id

    def add(self, number: RealNumber, note: str = "") -> BlockView:
        """Block a number, and close its running sessions; one that is blocked already takes the note."""
        check_text("note", note)
        if redact_within(note) != note:
            raise InvalidArgument("note", "holds a phone number, which would be stored as it stands")
        block = self._stored(number, note)
        query = SessionQuery(state=SessionState.ACTIVE, lookups=self._vault.lookups(number), limit=_PAGE)
        while running := self._store.list_sessions(query, self._clock()):
            for session in running:
                self._store.close_session(session.session_id, self._clock())
        return BlockView(block, number)

    def list(self, after: str, limit: int) -> Sequence[BlockView]:
        """The blocks of one page, the oldest first."""
        return [
            BlockView(block, self._vault.unseal(block.number.sealed, block_place(block.block_id)))
            for block in self._store.list_blocks(after, limit)
        ]

    def remove(self, number: RealNumber) -> None:
        """Block a number no longer; the sessions that were closed stay so. Raises NotFound."""
        lookups = self._vault.lookups(number)
        removed = [self._store.remove_block(each, lookups) for each in self._store.find_blocks(lookups)]
        if not any(removed):
            raise NotFound("block", number.e164)

    def _stored(self, number: RealNumber, note: str) -> Block:
        for _ in range(_ATTEMPTS - 1):
            with suppress(Conflict):
                return under_current_keys(self._vault, lambda: self._put(number, note))
        return under_current_keys(self._vault, lambda: self._put(number, note))

    def _put(self, number: RealNumber, note: str) -> Block:
        key_ids, lookups = self._vault.key_ids(), self._vault.lookups(number)
        found = self._store.find_blocks(lookups)
        known = self._store.get_block(found[0]) if found else None
        block_id = found[0] if found else self._new_id()
        sealed = Caller(self._vault.seal(number, block_place(block_id)), lookups)
        block = Block(block_id, sealed, self._clock() if known is None else known.create_time, note)
        self._store.put_block(known, block, key_ids)
        return block
