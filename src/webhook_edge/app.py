"""The edge: what the provider posts to, and what its players fetch."""

import logging
from datetime import tzinfo

import falcon
from falcon import App

from adapters import system
from adapters.composition import Services
from adapters.settings import Settings
from masking_core.audio import Announcement, Audio
from masking_core.errors import SealBroken, StoreNotReady, StoreUnavailable
from masking_core.services.call_reports import CallReports
from masking_core.services.call_routing import CallRouting
from masking_core.webhooks import WebhookKind
from webhook_edge.bodies import read_body
from webhook_edge.doorkeeper import Doorkeeper
from webhook_edge.failures import answer_failures
from webhook_edge.gate import Gate
from webhook_edge.infobip import CALLBACK_PATH, REPORT_PATH, AudioUrls, parse_callback, render, render_audio
from webhook_edge.readiness import Readiness
from webhook_edge.recordings import add_recordings, audio_urls
from webhook_edge.refusal_log import RefusalLog
from webhook_edge.status_reports import parse_status
from webhook_edge.watching import Watching, answered, concerns, unavailable

_log = logging.getLogger(__name__)


def create_app(
    services: Services, settings: Settings, refusals: RefusalLog | None = None
) -> App[falcon.Request, falcon.Response]:
    """The WSGI application over these services. Nothing is asked of the store before the first request."""
    audio = audio_urls(settings.public_url)
    readiness = Readiness(services.store, services.vault)
    gate = Gate(settings, services.credentials, system.now)
    watching = Watching(services.telemetry)
    app = App(middleware=[watching, Doorkeeper(settings)] if settings.edge_allow else [watching])
    answer_failures(app, refusals or RefusalLog())
    app.add_route(
        CALLBACK_PATH,
        CallbackResource(
            gate, readiness, services.routing, audio, unavailable_answer(settings, audio), settings.edge_max_body
        ),
    )
    app.add_route(
        REPORT_PATH,
        StatusResource(gate, readiness, services.reports, settings.report_zone, settings.edge_max_body),
    )
    add_recordings(app)
    return app


def unavailable_answer(settings: Settings, audio: AudioUrls) -> bytes | None:
    """What a caller hears while the store is away; None when the provider is to try its backup URL."""
    named = settings.unavailable_audio
    if not named:
        return None
    if named == "standard":
        return render_audio(Audio(standard=Announcement.TEMPORARILY_UNAVAILABLE), audio)
    is_url = named.startswith(("http://", "https://"))
    return render_audio(Audio(file_url=named) if is_url else Audio(file_id=named), audio)


class CallbackResource:
    """Answers what shall become of a call."""

    def __init__(
        self,
        gate: Gate,
        readiness: Readiness,
        routing: CallRouting,
        audio: AudioUrls,
        unavailable: bytes | None,
        max_body: int,
    ) -> None:
        """Take the service; ``unavailable`` answers while the store cannot, unless it is None."""
        self._max_body = max_body
        self._gate = gate
        self._readiness = readiness
        self._routing = routing
        self._audio = audio
        self._unavailable = unavailable

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Verify, parse, route, render."""
        body = read_body(req, self._max_body)
        signer = self._gate.verify(WebhookKind.CALLBACK, req.auth, body)
        call = parse_callback(body)
        concerns(call.correlation_ids)
        self._gate.note(WebhookKind.CALLBACK, signer)
        try:
            self._readiness.require_keys()
            decision = self._routing.route(call)
        except (StoreUnavailable, StoreNotReady, SealBroken) as error:
            if self._unavailable is None:
                raise
            _log.warning("a caller hears that the service is unavailable: %s: %s", error.reason, error)
            resp.data = self._unavailable
            unavailable(resp, error)
        else:
            resp.data = render(decision, self._audio)
            answered(resp, decision)


class StatusResource:
    """Takes reports of how calls went, and acknowledges each once it is safe."""

    def __init__(self, gate: Gate, readiness: Readiness, reports: CallReports, zone: tzinfo, max_body: int) -> None:
        """Take the service; ``zone`` is that of times which name none."""
        self._max_body = max_body
        self._gate = gate
        self._readiness = readiness
        self._reports = reports
        self._zone = zone

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Verify, parse, keep."""
        body = read_body(req, self._max_body)
        signer = self._gate.verify(WebhookKind.REPORT, req.auth, body)
        reported = parse_status(body, self._zone)
        concerns(reported.correlation_ids)
        self._gate.note(WebhookKind.REPORT, signer)
        self._readiness.require_keys()
        self._reports.keep(body, reported)
        resp.data = b'{"status":"kept"}'
