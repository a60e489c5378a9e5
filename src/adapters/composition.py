"""The composition root: which adapter serves which port."""

from dataclasses import dataclass, field
from threading import Lock

from adapters import system
from adapters.audit_log import AuditLog
from adapters.call_log import BackgroundCallLog
from adapters.counts import CountsCodec
from adapters.numbering import PhonenumbersPlan
from adapters.recording_files import ProviderRecordings
from adapters.sealing.vault import FileVault
from adapters.settings import Settings
from adapters.storage.registry import open_store
from adapters.telemetry.telemetry import Telemetry, open_telemetry
from adapters.telemetry.watched_store import watched
from masking_core.ports.keys import Vault
from masking_core.ports.recordings import RecordingFiles
from masking_core.ports.store import Store
from masking_core.services.admission import Admitting
from masking_core.services.api_keys import ApiKeys
from masking_core.services.audit import Audit
from masking_core.services.blocks import Blocks
from masking_core.services.call_recording import CallRecording
from masking_core.services.call_reports import CallReports
from masking_core.services.call_routing import CallRouting
from masking_core.services.call_summaries import CallSummaries
from masking_core.services.calls import Calls
from masking_core.services.erasure import Erasing
from masking_core.services.explanations import Explaining
from masking_core.services.hour_counting import HourCounting
from masking_core.services.housekeeping import Housekeeping
from masking_core.services.pin_entry import PinEntry
from masking_core.services.pool_outlooks import PoolOutlooks
from masking_core.services.pools import Pools
from masking_core.services.recordings import Recordings
from masking_core.services.sessions import Sessions
from masking_core.services.webhook_credentials import WebhookCredentials


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a driving adapter may call; the store and vault beneath, for readiness and key work; the telemetry."""

    sessions: Sessions
    pools: Pools
    outlooks: PoolOutlooks
    routing: CallRouting
    reports: CallReports
    calls: Calls
    summaries: CallSummaries
    explaining: Explaining
    recordings: Recordings
    erasing: Erasing
    blocks: Blocks
    housekeeping: Housekeeping
    call_log: BackgroundCallLog
    credentials: WebhookCredentials
    api_keys: ApiKeys
    audit: Audit
    audit_log: AuditLog
    store: Store
    vault: Vault
    telemetry: Telemetry = field(default_factory=Telemetry)


def compose(settings: Settings, service: str = "masking") -> Services:
    """Wire the system. Opens nothing but the key file; stores connect when they are first used.

    ``service`` is what traces call this process.
    """
    files = ProviderRecordings(settings.infobip_base_url, settings.infobip_api_key)
    telemetry = open_telemetry(settings.traces, service)
    return wire(open_store(settings.store), FileVault(settings.keys), files, telemetry)


def wire(
    store: Store, vault: Vault, files: RecordingFiles | None = None, telemetry: Telemetry | None = None
) -> Services:
    """Wire the services over one store and one vault; without ``files`` no recording can be fetched."""
    telemetry = telemetry or Telemetry()
    store = watched(store, telemetry)
    plan = PhonenumbersPlan()
    audit = Audit(store, vault)
    log = BackgroundCallLog(CallRecording(store, vault), telemetry.metrics.calls_lost)
    telemetry.metrics.calls_held(log.held)
    admitting = Admitting(store, vault, plan, system.now)
    pins = PinEntry(store, store, vault, system.now)
    summaries = CallSummaries(store, plan, CountsCodec(), system.now)
    return Services(
        sessions=Sessions(store, vault, plan, system.now, system.new_id, system.new_pin),
        pools=Pools(store, store, vault, plan, system.now),
        routing=CallRouting(store, pins, admitting, vault, log, system.now),
        outlooks=PoolOutlooks(
            store, HourCounting(store, store, CountsCodec(), system.now), vault, plan, system.now, Lock
        ),
        reports=CallReports(store, vault, system.now),
        calls=Calls(store, vault),
        summaries=summaries,
        explaining=Explaining(store, vault, admitting, system.now),
        recordings=Recordings(store, files or ProviderRecordings(), vault, system.now),
        erasing=Erasing(store, vault, system.now),
        blocks=Blocks(store, vault, system.now, system.new_id),
        housekeeping=Housekeeping(store, system.now),
        call_log=log,
        credentials=WebhookCredentials(store, vault),
        api_keys=ApiKeys(store, vault, system.now, system.new_secret),
        audit=audit,
        audit_log=AuditLog(audit),
        store=store,
        vault=vault,
        telemetry=telemetry,
    )
