"""Every connection of a process, and for how long each may be what it is. The loop alone uses this."""

import logging
import time
from collections.abc import Callable
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector
from typing import Any, Final

from adapters.settings import Settings
from webhook_edge.clients import Clients
from webhook_edge.connection import Connection
from webhook_edge.framing import HeadTooLong
from webhook_edge.refusals import BROKEN_OFF, TOO_LONG, TOO_SLOW

_log = logging.getLogger(__name__)

_FAREWELL: Final = 2.0
"""Seconds that a client has to read its last answer and close its end."""

Place = dict[Connection, float]
"""The connections of one kind with their deadlines, which stand in order."""


class Connections:
    """Reads requests and sends answers on, without ever waiting."""

    def __init__(self, poller: BaseSelector, limits: Settings, admit: Callable[[Connection], None]) -> None:
        """``admit`` takes a connection whose ``request`` is whole, and brings it back to ``finish``."""
        self._poller = poller
        self._limits = limits
        self._clients = Clients(limits.edge_allow, limits.trusted_proxies)
        self._admit = admit
        self._arriving: Place = {}
        self._sending: Place = {}
        self._leaving: Place = {}
        self._idle: Place = {}
        self._idle_seconds = float(limits.edge_idle_seconds)
        self.count = 0

    def add(self, accepted: Any, client: Any, server: Any) -> None:
        """Take a new connection. Nobody waits for the body of a request that is refused for where it comes from."""
        max_body = self._limits.edge_max_body if self._clients.may_connect(client[0]) else 0
        connection = Connection(accepted, client, server, self._limits.edge_max_head, max_body)
        self.count += 1
        self._move(connection, self._arriving, self._limits.edge_request_seconds)
        self._watch(connection, EVENT_READ, self._read)
        self._read(connection)

    def finish(self, connection: Connection, goes_on: bool) -> None:  # noqa: FBT001 called by position, from another thread
        """Take a connection back whose request is answered, to keep it or to part with it."""
        connection.busy = False
        connection.request = b""
        connection.goes_on = goes_on
        self._send(connection)

    def make_room(self) -> bool:
        """Drop the connection of which least is to be expected; False when all of them are being answered."""
        for place in (self._leaving, self._arriving, self._sending, self._idle):
            if place:
                self._drop(next(iter(place)))
                return True
        return False

    def part_with_the_slow(self) -> None:
        """Tell who takes too long for a request, and drop who takes too long for anything else."""
        now = time.monotonic()
        for place in (self._arriving, self._sending, self._leaving, self._idle):
            while place and place[connection := next(iter(place))] <= now:
                if place is self._arriving and connection.begun:
                    self._refuse(connection, TOO_SLOW)
                else:
                    self._drop(connection)

    def close_idle(self, seconds: float) -> None:
        """Let no connection be idle for more than so many seconds from now on."""
        self._idle_seconds = min(self._idle_seconds, seconds)
        deadline = time.monotonic() + seconds
        for connection in [each for each in self._arriving if not each.begun]:
            self._idle[connection] = self._arriving.pop(connection)
            connection.place = self._idle
        for connection in self._idle:
            self._idle[connection] = min(self._idle[connection], deadline)
        if seconds <= 0:
            self.part_with_the_slow()

    def _read(self, connection: Connection) -> None:
        if connection.gone:
            return
        try:
            connection.receive()
        except BlockingIOError:
            return
        except OSError:
            connection.ended = True
        if not connection.busy:
            self._advance(connection)
        elif connection.ended or connection.full:
            self._watch(connection, 0, self._read)

    def _advance(self, connection: Connection) -> None:
        """See how far the request is."""
        try:
            whole = connection.find_request()
        except HeadTooLong:
            self._refuse(connection, TOO_LONG)
            return
        if whole:
            connection.place.pop(connection, None)
            connection.busy = True
            self._admit(connection)
            return
        if connection.ended:
            self._refuse(connection, BROKEN_OFF if connection.begun else b"")
            return
        if connection.begun and connection.place is not self._arriving:
            self._move(connection, self._arriving, self._limits.edge_request_seconds)
        if connection.to_send:
            self._send_word(connection)

    def _send_word(self, connection: Connection) -> None:
        """Send the word that a client waits for before it sends a body."""
        try:
            connection.flush()
        except OSError:
            self._drop(connection)

    def _refuse(self, connection: Connection, answer: bytes) -> None:
        connection.sendall(answer)
        self.finish(connection, goes_on=False)

    def _send(self, connection: Connection) -> None:
        if connection.gone:
            return
        try:
            connection.flush()
        except OSError:
            self._drop(connection)
            return
        if not connection.to_send:
            self._go_on(connection)
        elif connection.place is not self._sending:
            self._move(connection, self._sending, self._limits.edge_request_seconds)
            self._watch(connection, EVENT_WRITE, self._send)

    def _go_on(self, connection: Connection) -> None:
        if not connection.goes_on:
            self._part(connection)
            return
        self._move(connection, self._idle, self._idle_seconds)
        self._watch(connection, EVENT_READ, self._read)
        if connection.begun or connection.ended:
            self._advance(connection)

    def _part(self, connection: Connection) -> None:
        """Close our end, and all of it once the client has closed its own: at once could cut the answer."""
        try:
            connection.shut()
        except OSError:
            connection.ended = True
        if connection.ended:
            self._drop(connection)
            return
        self._move(connection, self._leaving, _FAREWELL)
        self._watch(connection, EVENT_READ, self._read_off)

    def _read_off(self, connection: Connection) -> None:
        if connection.gone:
            return
        try:
            connection.discard()
        except BlockingIOError:
            return
        except OSError:
            connection.ended = True
        if connection.ended:
            self._drop(connection)

    def _drop(self, connection: Connection) -> None:
        self._watch(connection, 0, self._read)
        connection.place.pop(connection, None)
        connection.gone = True
        connection.end()
        self.count -= 1

    def _move(self, connection: Connection, place: Place, seconds: float) -> None:
        connection.place.pop(connection, None)
        connection.place = place
        place[connection] = time.monotonic() + seconds

    def _watch(self, connection: Connection, events: int, callback: Callable[[Connection], None]) -> None:
        """Have ``callback`` called on such events, or nothing on none."""
        wanted = (events, callback)
        if connection.watched == wanted:
            return
        if not events:
            if connection.watched:
                self._poller.unregister(connection)
        elif connection.watched:
            self._poller.modify(connection, events, callback)
        else:
            self._poller.register(connection, events, callback)
        connection.watched = wanted if events else None
