"""Reading calls."""

from collections.abc import Sequence
from dataclasses import dataclass

from masking_core.call_records import ERASED, CallQuery, CallRecord
from masking_core.errors import NotFound
from masking_core.phone_number import RealNumber
from masking_core.ports.calls import CallStore
from masking_core.ports.keys import Vault
from masking_core.sealed import Caller, call_place


@dataclass(frozen=True, slots=True)
class CallView:
    """A call with its people's numbers opened; None for who withheld it, was not dialled, or was erased."""

    call: CallRecord
    caller: RealNumber | None
    callee: RealNumber | None


class Calls:
    """The calls that were recorded."""

    def __init__(self, calls: CallStore, vault: Vault) -> None:
        """Take the ports."""
        self._calls = calls
        self._vault = vault

    def get(self, name: str) -> CallView:
        """The call with this id, ours or the provider's; the latest of several. Raises NotFound."""
        call = self._calls.get_call(name)
        if call is None:
            call = next(iter(self._calls.find_calls(name)), None)
        if call is None:
            raise NotFound("call", name)
        return self.view(call)

    def list(self, query: CallQuery) -> Sequence[CallView]:
        """The calls of one page."""
        return [self.view(call) for call in self._calls.list_calls(query)]

    def view(self, call: CallRecord) -> CallView:
        """The call with its people's numbers opened."""
        return CallView(
            call, self._opened(call.call_id, "caller", call.caller), self._opened(call.call_id, "callee", call.callee)
        )

    def _opened(self, call_id: str, role: str, person: Caller | None) -> RealNumber | None:
        if person is None or person == ERASED:
            return None
        return self._vault.unseal(person.sealed, call_place(call_id, role))
