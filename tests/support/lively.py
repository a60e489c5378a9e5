"""A store in which everything has happened that a real number takes part in."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from masking_core.access import Scope
from masking_core.audit import Entry
from masking_core.calls import Decision, Dial
from masking_core.instants import HOUR, SECOND
from masking_core.limits import CallLimits
from masking_core.phone_number import RealNumber
from masking_core.pools import Treatment
from masking_core.services.api_keys import KeyRequest
from masking_core.services.call_summaries import SummaryRequest
from masking_core.services.requests import ParticipantChange, SessionChange
from masking_core.services.sessions import SessionView
from masking_core.services.webhook_credentials import WebhookCredentials
from masking_core.signature import Credential
from masking_core.webhooks import WebhookKind, WebhookSeen
from support.world import POOL, START, World, proxies, real, virtual
from webhook_edge.infobip import parse_callback
from webhook_edge.status_reports import parse_status

SESSIONS = 8
PEOPLE = [real(index) for index in (*range(SESSIONS * 2), 100, 101, 200, 201, 300, 301, 400)]
"""Whoever is in it: participants and their second numbers, strangers, the blocked, and those who take a place."""

ERASED = real(2)
GONE = {ERASED, real(101)}
"""Who was erased, and whoever was in no session but one of theirs."""

WEBHOOK_KEY = "5f1c-a-made-up-key-of-webhooks-9b27"
LIMITS = CallLimits(
    caller_calls_per_minute=3,
    caller_concurrent_calls=3,
    session_calls_per_minute=9,
    calls_per_session=50,
    number_calls_per_minute=40,
    pool_concurrent_calls=60,
    daily_budget=Decimal(5),
)


def callback(caller: str, dialled: str, call: int | None = None, **more: Any) -> bytes:
    """As Infobip posts it; ``call`` is None for one that it gives no name."""
    ids = {} if call is None else {"nmCorrelationId": f"{UUID(int=call)}", "correlationId": f"{UUID(int=call << 64)}"}
    return json.dumps({"from": caller.lstrip("+"), "to": dialled[1:], **ids, **more}, separators=(",", ":")).encode()


def lived(world: World) -> list[str]:
    """The PINs that the sessions' participants were told."""
    world.pool(8, limits=LIMITS, on_no_session=Treatment.ASK_PIN, on_caller_withheld=Treatment.ASK_PIN)
    views = [_opened(world, index) for index in range(SESSIONS)]
    for index, view in enumerate(views):
        world.now += SECOND
        _called(world, index, view)
    _changed(world, views)
    _guarded(world)
    world.record_calls()
    world.outlooks.watch()
    world.now += 2 * HOUR
    world.housekeeping.sweep()
    world.summaries.summarize(SummaryRequest(START - HOUR, world.now))
    return [pin for view in views for pin in view.pins]


def _opened(world: World, index: int) -> SessionView:
    first = (real(2 * index), real(100 + index)) if index < 2 else real(2 * index)
    return world.open(
        first,
        real(2 * index + 1),
        request_id=f"order-{index}",
        reference=f"ride-{index}",
        labels={"city": "york"},
        **({"time_to_live": HOUR} if index == 3 else {}),
    )


def _called(world: World, index: int, view: SessionView) -> None:
    """Both participants call, with a name and without; so do a stranger who guesses and somebody with the PIN."""
    people = real(2 * index), real(2 * index + 1)
    for side, (caller, dialled) in enumerate(zip(people, proxies(view), strict=True)):
        name = 1 + 10 * index + side
        decision = _routed(world, callback(caller, dialled, name))
        _routed(world, callback(caller, dialled))
        _reported(world, caller, dialled, name, decision)
    stranger, dialled = real(200 + index % 2), proxies(view)[0]
    for digits in ("", "12345678", view.pins[0]):
        typed = {"dtmfCaptured": True} if digits else {}
        _routed(world, callback(digits or stranger, dialled, 5 + 10 * index, **typed))
    _routed(world, callback("anonymous", dialled))
    _routed(world, callback(stranger, virtual(900)))


def _routed(world: World, body: bytes) -> Decision:
    return world.routing.route(parse_callback(body))


def _reported(world: World, caller: str, dialled: str, call: int, decision: Decision) -> None:
    callee = decision.to.e164 if isinstance(decision, Dial) else dialled
    told = {
        "action": "dial",
        "transferTo": callee[1:],
        "clientReferenceId": decision.reference if isinstance(decision, Dial) else "",
        "status": "answered",
        "duration": 61,
        "calculatedDuration": 120,
        "pricePerSecond": 0.4,
        "currency": "EUR",
        "recordingFileId": f"{UUID(int=call << 32)}",
        "recordingStatus": "HOSTED",
    }
    body = callback(caller, dialled, call, **told)
    if call % 3:
        world.record_calls()
    world.reports.keep(body, parse_status(body, ZoneInfo("UTC")))


def _changed(world: World, views: list[SessionView]) -> None:
    """Somebody gets another number, somebody is blocked by the other, sessions are closed, one is erased."""
    ids = [view.session.session_id for view in views]
    world.sessions.update(SessionChange(ids[4], participants={0: ParticipantChange((real(300), real(301)))}))
    world.sessions.update(SessionChange(ids[5], participants={1: ParticipantChange(blocks=True)}))
    for session_id in ids[6:]:
        world.sessions.close(session_id)
    world.erasing.erase(RealNumber(ERASED))


def _guarded(world: World) -> None:
    """The operator's own records."""
    world.blocks.add(RealNumber(real(400)), "calls at night")
    key = world.api_keys.create(KeyRequest("billing", list(Scope))).key
    world.audit.extend(
        [
            Entry(world.now, f"key {key.key_id} billing", action, f"pools/{POOL}", "OK")
            for action in ("SessionService.ListSessions", "BlockService.AddBlock", "PrivacyService.ErasePerson")
        ]
    )
    pair = Credential("made-up", WEBHOOK_KEY)
    WebhookCredentials(world.store, world.vault).change(lambda known: known.accepting([pair]))
    world.store.note_webhooks([WebhookSeen(WebhookKind.CALLBACK, "made-up", world.now)])
    world.pools.update(POOL, lambda policy: replace(policy, reuse_early=False))
