"""Which credentials sign the provider's webhooks, and when each of them was last seen to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from masking_core.instants import Instant
from masking_core.signature import Credential

CREDENTIALS_PLACE: Final = "webhook-credentials"
"""The place that the sealed record of credentials is bound to."""


class WebhookKind(StrEnum):
    """What the provider posts."""

    CALLBACK = "CALLBACK"
    REPORT = "REPORT"


@dataclass(frozen=True, slots=True)
class WebhookSeen:
    """When a genuine webhook of this kind came last that was signed with this apiId."""

    kind: WebhookKind
    api_id: str
    time: Instant


@dataclass(frozen=True, slots=True)
class CredentialRecord:
    """What a store knows of the webhook credentials, beside those that each process has in its settings.

    ``accepted`` are valid in every process, ``retired`` in none, whatever its settings say.
    ``successor`` is the apiId of the pair that a rotation is moving to, or empty.
    """

    accepted: tuple[Credential, ...] = ()
    retired: tuple[Credential, ...] = ()
    successor: str = ""

    def in_force(self, configured: Sequence[Credential]) -> tuple[Credential, ...]:
        """The pairs to accept in a process whose settings name these."""
        every = dict.fromkeys((*self.accepted, *configured))
        return tuple(pair for pair in every if pair not in self.retired)

    def accepting(self, pairs: Iterable[Credential]) -> "CredentialRecord":
        """This record with more pairs accepted."""
        more = tuple(dict.fromkeys((*self.accepted, *pairs)))
        return replace(self, accepted=more, retired=tuple(pair for pair in self.retired if pair not in more))

    def succeeded(self, configured: Sequence[Credential]) -> "CredentialRecord":
        """This record once the successor alone is in force."""
        kept = tuple(pair for pair in self.accepted if pair.api_id == self.successor)
        gone = tuple(pair for pair in (*self.accepted, *configured) if pair not in kept)
        return CredentialRecord(kept, tuple(dict.fromkeys((*self.retired, *gone))))

    def to_bytes(self) -> bytes:
        """The record as text, to be sealed."""
        lines = [f"accepted {pair.api_id} {pair.key}" for pair in self.accepted]
        lines += [f"retired {pair.api_id} {pair.key}" for pair in self.retired]
        lines += [f"successor {self.successor}"] if self.successor else []
        return "\n".join(lines).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "CredentialRecord":
        """What ``to_bytes`` made. Raises ValueError for anything else."""
        accepted: list[Credential] = []
        retired: list[Credential] = []
        successor = ""
        for line in data.decode("ascii").splitlines():
            match line.split(" "):
                case ["accepted", api_id, key]:
                    accepted.append(Credential(api_id, key))
                case ["retired", api_id, key]:
                    retired.append(Credential(api_id, key))
                case ["successor", api_id]:
                    successor = api_id
                case _:
                    raise ValueError("not a record of webhook credentials")
        return cls(tuple(accepted), tuple(retired), successor)
