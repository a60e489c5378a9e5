"""Moving the provider to new webhook credentials while calls come in.

The provider knows one pair at a time and replaces it at once; the edge accepts several. A rotation from
pair *a* to pair *b* keeps what is accepted ahead of what signs:

    accepted a    signs a      before
    accepted a b  signs a      every process accepts b within the pause
    accepted a b  signs b      a webhook signed with b has come, and for a while none signed with a
    accepted b    signs b      after: a is refused, whatever a process has in its settings

The record names the successor from the second line on, so an interrupted rotation goes on where it was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from masking_core.instants import Clock, Duration
from masking_core.ports.provider import ProviderCredentials
from masking_core.services.webhook_credentials import WebhookCredentials
from masking_core.signature import Credential
from masking_core.webhooks import CredentialRecord


class Stage(Enum):
    """How far a rotation is."""

    SPREADING = "every edge process is taking up the new pair"
    SETTING = "the provider is given the new pair"
    WAITING = "no webhook signed with the new pair has come yet"
    SETTLING = "webhooks signed with the old pair have come a moment ago"
    DONE = "the new pair alone is accepted"


@dataclass(frozen=True, slots=True)
class Rotated:
    """Where a rotation stands: its stage, and the pair it moves to."""

    stage: Stage
    successor: Credential


class CredentialRotation:
    """Moves the provider and every process to a new pair."""

    def __init__(
        self,
        credentials: WebhookCredentials,
        provider: ProviderCredentials,
        configured: Sequence[Credential],
        make: Callable[[], Credential],
        clock: Clock,
        *,
        pause: Callable[[], None],
        quiet: Duration,
    ) -> None:
        """Take the ports; ``configured`` are the pairs of the settings.

        ``pause`` returns when every process accepts what was stored before. The old pair is retired
        once none of its webhooks has come for ``quiet``.
        """
        self._credentials = credentials
        self._provider = provider
        self._configured = configured
        self._make = make
        self._clock = clock
        self._pause = pause
        self._quiet = quiet

    def rotate(self, wait: Callable[[Stage], bool]) -> Rotated:
        """Rotate, or finish the rotation that was begun.

        ``wait`` is called before each look at what has come, and returns False to leave it at that:
        both pairs stay accepted, and the next call goes on.
        """
        record = self._begun()
        successor = next(pair for pair in record.accepted if pair.api_id == record.successor)
        if self._provider.current() != successor.api_id:
            wait(Stage.SPREADING)
            self._pause()
            wait(Stage.SETTING)
            self._provider.set(successor)
        while (stage := self._stage(successor.api_id)) is not Stage.DONE:
            if not wait(stage):
                return Rotated(stage, successor)
        self._credentials.change(lambda record: record.succeeded(self._configured) if record.successor else record)
        return Rotated(Stage.DONE, successor)

    def _begun(self) -> CredentialRecord:
        """The record with a successor, which is accepted, and with it all that is accepted now."""
        new = self._make()

        def begin(record: CredentialRecord) -> CredentialRecord:
            if record.successor:
                return record
            both = record.accepting((*record.in_force(self._configured), new))
            return replace(both, successor=new.api_id)

        return self._credentials.change(begin)

    def _stage(self, successor: str) -> Stage:
        seen = self._credentials.seen()
        if not any(each.api_id == successor for each in seen):
            return Stage.WAITING
        others = [each.time for each in seen if each.api_id != successor]
        return Stage.SETTLING if max(others, default=0) + self._quiet > self._clock() else Stage.DONE
