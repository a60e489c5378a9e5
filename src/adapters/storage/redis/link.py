"""The one way to Redis: commands out, replies in, each sent as often as is safe."""

import time
from collections.abc import Sequence
from typing import Any

from hiredis import pack_command
from redis.exceptions import AskError, MovedError, NoScriptError, RedisError, ResponseError, TryAgainError

from adapters.storage.redis.commands import Argument, Command
from adapters.storage.redis.connections import Servers, longest_wait
from adapters.storage.redis.failures import refused_for_now, translated
from adapters.storage.redis.server import Server
from masking_core.errors import MaskingError, StoreUnavailable

_PATIENCE = 1.0
_PAUSE = 0.02
_OF_THE_TIME = 0.5
_MOST_TURNS = 1_000

_packed: Any = pack_command


class Link:
    """Sends commands to the servers that hold their keys.

    A command that a server refused without carrying it out (it holds the slot no longer, it starts,
    it fails over) is sent again for up to a second, and for longer while its slot is being moved. One
    whose reply was lost, or does not come in half of the time that the caller has, is sent once more, to
    whoever holds its key by then, unless it is marked ``once``. Raises StoreUnavailable and
    StoreNotReady, and no other error.

    With ``replicas``, what was written counts only when so many replicas of its server have it too;
    StoreUnavailable is raised when they do not say so within a second.
    """

    def __init__(self, servers: Servers, replicas: int = 0) -> None:
        """Take the servers, and how many replicas of each must confirm what was written."""
        self.servers = servers
        self.replicas = replicas

    def one(self, command: Command) -> Any:
        """The reply to one command."""
        return self.many((command,))[0]

    def many(self, commands: Sequence[Command]) -> list[Any]:
        """The replies to commands that are sent at once, in no certain order; the first error is raised."""
        replies: list[Any] = [None] * len(commands)
        waiting = dict(enumerate(commands))
        begun, longest = time.monotonic(), longest_wait()
        lost = False
        for _ in range(_MOST_TURNS):
            found, waiting_before = self._exchange(waiting, longest_wait() if lost else longest_wait() / 2), waiting
            waiting, failure = {}, None
            for position, reply in found.items():
                if not isinstance(reply, Exception):
                    replies[position] = reply
                    continue
                waiting[position] = self._next_try(waiting_before[position], reply, lost=lost)
                if not isinstance(reply, MovedError | NoScriptError):
                    failure = reply
            if not waiting:
                return replies
            if failure is not None:
                is_short = refused_for_now(failure) and not isinstance(failure, TryAgainError)
                if time.monotonic() > begun + min(longest, _PATIENCE if is_short else longest):
                    raise self._given_up(failure) from None
                lost = lost or not refused_for_now(failure)
                time.sleep(_PAUSE)
                self.servers.look_again()
        raise StoreUnavailable("the nodes of the Redis Cluster do not agree who holds what")

    def confirm(self, key: bytes) -> None:
        """Have the replicas confirm all that the server of a key was told so far."""
        if self.replicas:
            server = self.servers.of(key)
            try:
                self._check_confirmed(_receive(server, _send(server, [("PING",), self._waiting(longest_wait())]), 2)[1])
            except (RedisError, OSError) as error:
                raise translated(error) from None

    def _waiting(self, longest: float) -> tuple[Argument, ...]:
        """The command that waits for replicas, so long that its reply comes within ``longest`` seconds."""
        return "WAIT", self.replicas, max(int(min(longest * _OF_THE_TIME, _PATIENCE) * 1_000), 1)

    def _check_confirmed(self, reply: Any) -> None:
        if isinstance(reply, Exception):
            raise translated(reply) from None
        if reply < self.replicas:
            raise StoreUnavailable("Redis' replicas do not confirm what was written; it may have been, or not")

    def _next_try(self, command: Command, error: Exception, *, lost: bool) -> Command:
        """What to send after an error; raises what the core calls it where nothing may be sent."""
        if isinstance(error, NoScriptError):
            return command.with_text()
        if _is_lost(error):
            self.servers.note_silence(command.key)
        if isinstance(error, MovedError):
            self.servers.moved(command.key, error.host, error.port)
        elif not refused_for_now(error) and (isinstance(error, ResponseError) or command.once or lost):
            raise self._given_up(error) from None
        return command

    def _given_up(self, error: Exception) -> MaskingError:
        """What is raised; whoever comes next asks who holds what, for a server that is silent does not tell."""
        if _is_lost(error):
            self.servers.doubt()
        return translated(error)

    def every_master(self, *words: Argument) -> list[Any]:
        """The reply of each server that takes writes; an error stands in the place of a reply that was refused."""
        replies = []
        for server in self.servers.masters():
            try:
                replies += _receive(server, _send(server, [words]), 1)
            except (RedisError, OSError) as error:
                raise translated(error) from None
            if isinstance(replies[-1], Exception) and not isinstance(replies[-1], ResponseError):
                raise translated(replies[-1]) from None
        return replies

    def _exchange(self, commands: dict[int, Command], longest: float) -> dict[int, Any]:
        """Send each command to its server, all before the first reply is read; wait ``longest`` seconds for each."""
        groups: dict[Server, list[int]] = {}
        for position, command in commands.items():
            groups.setdefault(self.servers.of(command.key), []).append(position)
        sent, replies = [], dict[int, Any]()
        for server, positions in groups.items():
            writes = any(commands[each].writes for each in positions)
            waiting = [self._waiting(longest)] if self.replicas and writes else []
            try:
                connection = _send(server, [*(commands[each].words for each in positions), *waiting])
                sent.append((server, positions, connection, len(waiting)))
            except (RedisError, OSError) as error:
                replies.update(dict.fromkeys(positions, error))
        for server, positions, connection, waits in sent:
            found = _receive(server, connection, len(positions) + waits, longest)
            replies.update(zip(positions, found, strict=False))
            if waits and _was_done(found[:-1]):
                self._check_confirmed(found[-1])
        for position, reply in list(replies.items()):
            if isinstance(reply, AskError) and not isinstance(reply, MovedError):
                replies[position] = self._ask(reply, commands[position])
        return replies

    def _ask(self, elsewhere: AskError, command: Command) -> Any:
        """Send a command to the server that a slot is just being moved to."""
        server = self.servers.at(elsewhere.host, elsewhere.port)
        waiting = [self._waiting(longest_wait())] if self.replicas and command.writes else []
        try:
            _, reply, *confirmations = _receive(
                server, _send(server, [("ASKING",), command.words, *waiting]), 2 + len(waiting)
            )
        except (RedisError, OSError) as error:
            return error
        for each in confirmations if _was_done([reply]) else ():
            self._check_confirmed(each)
        return reply


def _is_lost(reply: Any) -> bool:
    """Whether it is unknown what became of a command."""
    return isinstance(reply, Exception) and not isinstance(reply, ResponseError)


def _was_done(replies: Sequence[Any]) -> bool:
    """Whether there is something to confirm; a server that has become a replica refuses to wait for others too."""
    return not _is_lost(replies[-1]) and not all(isinstance(reply, Exception) for reply in replies)


def _send(server: Server, commands: Sequence[Sequence[Any]]) -> Any:
    connection = server.take()
    try:
        connection.send_packed_command([b"".join(map(_packed, commands))], check_health=False)
    except BaseException:
        connection.disconnect()
        server.give_back(connection)
        raise
    return connection


def _receive(server: Server, connection: Any, number: int, longest: float | None = None) -> list[Any]:
    """So many replies; errors stand among them, a lost connection in the place of each reply that it lost."""
    replies: list[Any] = []
    try:
        while len(replies) < number:
            try:
                replies.append(connection.read_response(timeout=longest or longest_wait()))
            except ResponseError as error:
                replies.append(error)
    except (RedisError, OSError) as error:
        connection.disconnect()
        replies.extend([error] * (number - len(replies)))
    except BaseException:
        connection.disconnect()
        raise
    finally:
        server.give_back(connection)
    return replies
