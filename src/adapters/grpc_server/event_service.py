"""``masking.v1.EventService``: streams what happens."""
# ruff: noqa: N802 - the methods bear the names of the RPCs

import base64
import logging
import threading
from collections.abc import Collection, Iterator
from typing import Final, NoReturn

import grpc
from grpc_status import rpc_status

from adapters.grpc_server.choices import chosen
from adapters.grpc_server.names import call_name, parse_pool, pool_name, session_name
from adapters.grpc_server.statuses import plain_status, to_status
from adapters.grpc_server.times import timestamp
from masking.v1 import event_service_pb2 as pb
from masking.v1.event_service_pb2_grpc import EventServiceServicer
from masking_core.errors import InvalidArgument, MaskingError, StoreNotReady, StoreUnavailable
from masking_core.events import EARLIEST, Event, EventKind, EventPage
from masking_core.ports.events import EventStore

_log = logging.getLogger(__name__)

MOST_WATCHERS: Final = 64
"""Each occupies a thread of the streams' pool, of which health watchers and reflection need some too."""

_PAGE: Final = 200
_GLANCE: Final = 0.2
"""Seconds between two looks at a store in which nothing happens."""
_PAUSE: Final = 1.0
"""Seconds before a store that was away is asked again."""
_EARLIEST_WORD: Final = "earliest"

_KINDS = {
    EventKind.SESSION_OPENED: pb.Event.KIND_SESSION_OPENED,
    EventKind.SESSION_UPDATED: pb.Event.KIND_SESSION_UPDATED,
    EventKind.SESSION_CLOSED: pb.Event.KIND_SESSION_CLOSED,
    EventKind.SESSION_EXPIRED: pb.Event.KIND_SESSION_EXPIRED,
    EventKind.CALL_DECIDED: pb.Event.KIND_CALL_DECIDED,
    EventKind.CALL_REPORTED: pb.Event.KIND_CALL_REPORTED,
    EventKind.POOL_LOW: pb.Event.KIND_POOL_LOW,
}
_KIND_FILTERS = {value: kind for kind, value in _KINDS.items()}


class EventService(EventServiceServicer):
    """Streams events. Each watcher reads the store by itself, so a slow one slows nobody else."""

    def __init__(self, events: EventStore) -> None:
        """Take the port; there is no rule in between."""
        self._events = events
        self._watchers = threading.BoundedSemaphore(MOST_WATCHERS)

    def WatchEvents(
        self, request: pb.WatchEventsRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.WatchEventsResponse]:
        """See the proto."""
        if not self._watchers.acquire(blocking=False):
            _abort(context, grpc.StatusCode.RESOURCE_EXHAUSTED, "this server has as many watchers as it may")
        ended = threading.Event()
        try:
            if context.add_callback(ended.set):
                yield from self._watched(request, context, ended)
        finally:
            self._watchers.release()

    def _watched(
        self, request: pb.WatchEventsRequest, context: grpc.ServicerContext, ended: threading.Event
    ) -> Iterator[pb.WatchEventsResponse]:
        try:
            pools = {parse_pool(f"pools[{index}]", name) for index, name in enumerate(request.pools)}
            kinds = {chosen(f"kinds[{index}]", _KIND_FILTERS, kind) for index, kind in enumerate(request.kinds)}
            token = self._begin(request.resume_token)
            page = EventPage((), token)
        except MaskingError as error:
            context.abort_with_status(rpc_status.to_status(to_status(error)))
        yield _message(page, pools, kinds)
        while not ended.is_set():
            try:
                page = self._events.read_events(page.token, _PAGE)
            except (StoreUnavailable, StoreNotReady) as error:
                _log.info("events wait for the store: %s", error.reason)
                ended.wait(_PAUSE)
                continue
            if page.events:
                yield _message(page, pools, kinds)
            else:
                ended.wait(_GLANCE)

    def _begin(self, resume_token: str) -> bytes:
        """Where to begin. Raises InvalidArgument for what no store gave, and StoreUnavailable."""
        if not resume_token:
            return self._events.latest_token()
        if resume_token == _EARLIEST_WORD:
            return EARLIEST
        try:
            token = base64.b64decode(resume_token, altchars=b"-_", validate=True)
        except ValueError:
            raise InvalidArgument("resume_token", "is not one that this service gave") from None
        try:
            self._events.read_events(token, 1)
        except InvalidArgument:
            raise InvalidArgument("resume_token", "is not one that this store gave") from None
        return token


def _abort(context: grpc.ServicerContext, code: grpc.StatusCode, sentence: str) -> NoReturn:
    context.abort_with_status(rpc_status.to_status(plain_status(code, sentence)))


def _message(page: EventPage, pools: Collection[str], kinds: Collection[EventKind]) -> pb.WatchEventsResponse:
    return pb.WatchEventsResponse(
        events=[
            _event_message(event)
            for event in page.events
            if (not pools or event.pool in pools) and (not kinds or event.kind in kinds)
        ],
        resume_token=base64.b64encode(page.token, altchars=b"-_").decode() or _EARLIEST_WORD,
    )


def _event_message(event: Event) -> pb.Event:
    return pb.Event(
        kind=_KINDS[event.kind],
        time=timestamp(event.time),
        pool=pool_name(event.pool) if event.pool else "",
        session=session_name(event.session_id),
        session_version=event.version,
        call=call_name(event.call_id) if event.call_id else "",
        detail=event.detail,
    )
