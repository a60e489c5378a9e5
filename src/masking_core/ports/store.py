"""A whole store: all that one backend provides."""

from typing import Protocol

from masking_core.ports.audit import AuditStore
from masking_core.ports.blocks import BlockStore
from masking_core.ports.calls import CallCountStore, CallStore, PinGuard
from masking_core.ports.events import EventStore
from masking_core.ports.keys import KeyStore
from masking_core.ports.limits import CallGuard
from masking_core.ports.moving import MovingStore
from masking_core.ports.numbers import NumberStore, PoolStore
from masking_core.ports.records import RecordStore
from masking_core.ports.reports import ReportStore
from masking_core.ports.routes import RouteStore
from masking_core.ports.sessions import SessionKeeping, SessionStore
from masking_core.ports.usage import UsageStore
from masking_core.ports.webhooks import WebhookStore


class Store(
    RouteStore,
    SessionStore,
    SessionKeeping,
    PoolStore,
    NumberStore,
    UsageStore,
    ReportStore,
    CallStore,
    CallCountStore,
    PinGuard,
    CallGuard,
    BlockStore,
    EventStore,
    KeyStore,
    MovingStore,
    WebhookStore,
    RecordStore,
    AuditStore,
    Protocol,
):
    """One backend."""

    def migrate(self) -> tuple[str, ...]:
        """Bring the schema up to date and name the steps taken. Twice changes nothing; two at once: one waits."""
        ...

    def check(self) -> None:
        """Return when the store can serve. Raises StoreUnavailable, or StoreNotReady saying what to do."""
        ...

    def close(self) -> None:
        """Give back every connection."""
        ...
