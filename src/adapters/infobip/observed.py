"""What there is: the account at Infobip, the pools of the running service, and the pairs that its edge accepts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from adapters.infobip.client import InfobipClient
from adapters.infobip.pool_table import PooledNumber, PoolTable
from adapters.infobip.wire import MaskingConfiguration, OwnedNumber, Pair, VoiceAction
from masking.v1.session_service_pb2 import Audio
from masking_core.audio import Announcement
from masking_core.phone_number import is_e164
from masking_core.signature import Credential

Advance = Callable[[str, int, int | None], None]
"""Told what is being done, how many are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Observed:
    """All of it at about one moment.

    ``owned`` are the account's numbers that are phone numbers, by number; ``voices`` their voice
    actions, where there are any. ``accepted`` is None where webhooks need not be signed.
    """

    owned: Mapping[str, OwnedNumber]
    voices: Mapping[str, VoiceAction]
    configurations: Sequence[MaskingConfiguration]
    pair: Pair | None
    pools: Mapping[str, Mapping[Announcement, Audio]]
    pooled: Mapping[str, PooledNumber]
    accepted: Sequence[Credential] | None


def observe(
    client: InfobipClient, table: PoolTable, accepted: Sequence[Credential] | None, advance: Advance
) -> Observed:
    """Read everything. Raises InfobipError and grpc.RpcError."""
    pools, pooled = table.pools(), table.numbers()
    pair = None if accepted is None else client.pair()
    configurations = client.configurations()
    owned = {each.number: each for each in client.numbers() if is_e164(each.number)}
    voices: dict[str, VoiceAction] = {}
    for done, each in enumerate(owned.values()):
        advance("reading voice set-ups", done, len(owned))
        voice = client.voice(each.key) if each.voice else None
        if voice is not None:
            voices[each.number] = voice
    return Observed(owned, voices, configurations, pair, pools, pooled, accepted)
