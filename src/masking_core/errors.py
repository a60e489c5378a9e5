"""What can go wrong, each with a stable reason and no word of any transport.

MaskingError
├── InvalidArgument          a field of the request is wrong
│   └── ParticipantRefused   its number may not take part
├── NotFound                 there is no such session, pool, number, call or recording
├── AlreadyExists            the pool or number is there already
├── RequestIdReused          the same request_id came with another request
├── PoolExhausted            no number of the pool satisfies the rules (stands in exhaustion.py)
├── NumberNotAvailable       the number asked for by name does not satisfy them
├── SessionEnded             only a running session can be changed
├── NumberInUse              the number still has sessions, or ended ones that are remembered
├── Conflict                 somebody else changed it in between
├── KeysChanged              the key ring of this process is not the store's
├── CopyRefused              a store may not be copied into, or not from there
├── SealBroken               a sealed value does not open at this place with any key
├── SignatureRefused         a webhook is not the provider's
├── Unauthenticated          nobody who is known makes this request
├── PermissionDenied         whoever makes it may not
├── ProviderNotConfigured    there is no access to the provider's API
├── ProviderRefused          the provider does not do what it was asked
├── ProviderUnavailable      the provider cannot answer now; the same request may succeed later
├── StoreUnavailable         the store cannot answer now; the same request may succeed later
└── StoreNotReady            the store must be migrated, or is newer than this program
"""

from enum import StrEnum
from typing import ClassVar, final

from masking_core.instants import SECOND, Duration
from masking_core.phone_number import redact_within


class MaskingError(Exception):
    """The one root. ``reason`` is stable and machine-readable; the text is one sentence for people."""

    reason: ClassVar[str] = "INTERNAL"


class InvalidArgument(MaskingError):
    """A field of the request is wrong; ``field`` is its path, as in ``participants[1].label``."""

    reason: ClassVar[str] = "INVALID_ARGUMENT"

    def __init__(self, field: str, problem: str) -> None:
        """Name the field and say what is wrong with it."""
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


@final
class ParticipantRefused(InvalidArgument):
    """A participant's number is one that no session, or none of this pool, may hold."""

    reason: ClassVar[str] = "PARTICIPANT_REFUSED"


@final
class NotFound(MaskingError):
    """There is no such thing; ``kind`` is what, as in ``session`` or ``recording``."""

    reason: ClassVar[str] = "NOT_FOUND"

    def __init__(self, kind: str, name: str) -> None:
        """Name what is missing; a number is redacted, for it may be somebody's, given by mistake."""
        shown = redact_within(name)
        super().__init__(f"there is no {kind} {shown}")
        self.kind = kind
        self.name = shown


@final
class AlreadyExists(MaskingError):
    """It is there already, or a number belongs to another pool."""

    reason: ClassVar[str] = "ALREADY_EXISTS"


@final
class RequestIdReused(MaskingError):
    """A request_id stands for one request only."""

    reason: ClassVar[str] = "REQUEST_ID_REUSED"

    def __init__(self) -> None:
        """Take no detail: the earlier request may be somebody else's."""
        super().__init__("this request_id was used for a different request")


@final
class NumberNotAvailable(MaskingError):
    """The number asked for by name fails ``rule`` for the participant at ``side``."""

    reason: ClassVar[str] = "NUMBER_NOT_AVAILABLE"

    def __init__(self, number: str, side: int, rule: str) -> None:
        """Say which number, for whom, and which rule forbids it."""
        super().__init__(f"participants[{side}] cannot have {number}: {rule}")
        self.number = number
        self.side = side
        self.rule = rule


@final
class SessionEnded(MaskingError):
    """Only a running session can be changed."""

    reason: ClassVar[str] = "SESSION_ENDED"

    def __init__(self, session_id: str) -> None:
        """Name the session."""
        super().__init__(f"session {session_id} has ended")
        self.session_id = session_id


@final
class NumberInUse(MaskingError):
    """A number cannot leave, or join, while sessions or remembered routes hold it."""

    reason: ClassVar[str] = "NUMBER_IN_USE"


@final
class Conflict(MaskingError):
    """Somebody else changed it between reading and writing; read again and repeat."""

    reason: ClassVar[str] = "CONFLICT"


@final
class KeysChanged(MaskingError):
    """The store is written under other keys than this process has loaded."""

    reason: ClassVar[str] = "KEYS_CHANGED"


@final
class CopyRefused(MaskingError):
    """A store may not be copied into, or not from there, and was not changed."""

    reason: ClassVar[str] = "COPY_REFUSED"


@final
class SealBroken(MaskingError):
    """A sealed value was altered, moved, or sealed with a key that is not in the ring."""

    reason: ClassVar[str] = "SEAL_BROKEN"


class SignatureFlaw(StrEnum):
    """What is wrong with a signature: for our own figures, and never for the one who sent it."""

    MISSING = "missing"
    MALFORMED = "malformed"
    UNKNOWN_SIGNER = "unknown_signer"
    WRONG = "wrong"


@final
class SignatureRefused(MaskingError):
    """A webhook's Authorization is absent, malformed or does not fit its body."""

    reason: ClassVar[str] = "SIGNATURE_REFUSED"

    def __init__(self, flaw: SignatureFlaw = SignatureFlaw.WRONG) -> None:
        """Leave the flaw out of the text: whoever forges must learn nothing from the answer."""
        super().__init__("the signature does not verify")
        self.flaw = flaw


@final
class Unauthenticated(MaskingError):
    """A request comes without a key that is in force, or with a certificate that no key stands for."""

    reason: ClassVar[str] = "UNAUTHENTICATED"


@final
class PermissionDenied(MaskingError):
    """A key lacks the scope, or is limited to other pools; ``missing`` is that scope, or ``pool``."""

    reason: ClassVar[str] = "PERMISSION_DENIED"

    def __init__(self, problem: str, missing: str) -> None:
        """Say what is missing, and nothing of what is there."""
        super().__init__(problem)
        self.missing = missing


@final
class ProviderNotConfigured(MaskingError):
    """There is no access to the provider's API; the sentence says what to set."""

    reason: ClassVar[str] = "PROVIDER_NOT_CONFIGURED"


@final
class ProviderRefused(MaskingError):
    """The provider does not do what it was asked; the sentence has its words, and what to do."""

    reason: ClassVar[str] = "PROVIDER_REFUSED"


@final
class ProviderUnavailable(MaskingError):
    """The provider cannot answer now, or broke off."""

    reason: ClassVar[str] = "PROVIDER_UNAVAILABLE"

    def __init__(self, problem: str, retry_after: Duration = SECOND) -> None:
        """Say what is wrong, and when to come again."""
        super().__init__(problem)
        self.retry_after = retry_after


@final
class StoreUnavailable(MaskingError):
    """The store cannot answer now (down, locked, disk full); nothing was changed unless said."""

    reason: ClassVar[str] = "STORE_UNAVAILABLE"

    def __init__(self, problem: str, retry_after: Duration = SECOND) -> None:
        """Say what is wrong without an address, and when to come again."""
        super().__init__(problem)
        self.retry_after = retry_after


@final
class StoreNotReady(MaskingError):
    """The store's schema is not the one this program works with; the sentence says what to do."""

    reason: ClassVar[str] = "STORE_NOT_READY"
