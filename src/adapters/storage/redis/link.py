"""The one way to Redis: commands out, replies in, each sent as often as is safe."""

import time
from collections.abc import Sequence
from typing import Any

from redis.connection import ConnectionPool
from redis.exceptions import AskError, MovedError, NoScriptError, RedisError, ResponseError, TryAgainError

from adapters.storage.redis.commands import Argument, Command
from adapters.storage.redis.connections import LONGEST_WAIT, Servers, longest_wait
from adapters.storage.redis.failures import refused_for_now, translated
from masking_core.errors import StoreUnavailable

_PATIENCE = 1.0
_PAUSE = 0.02
_MOST_TURNS = 1_000


class Link:
    """Sends commands to the servers that hold their keys.

    A command that a server refused without carrying it out (it holds the slot no longer, it starts,
    it fails over) is sent again for up to a second, and for longer while its slot is being moved. One
    whose reply was lost is sent once more, unless it is marked ``once``. Raises StoreUnavailable and
    StoreNotReady, and no other error.
    """

    def __init__(self, servers: Servers) -> None:
        """Take the servers."""
        self.servers = servers

    def one(self, command: Command) -> Any:
        """The reply to one command."""
        return self.many((command,))[0]

    def many(self, commands: Sequence[Command]) -> list[Any]:
        """The replies to commands that are sent at once, in no certain order; the first error is raised."""
        replies: list[Any] = [None] * len(commands)
        waiting = dict(enumerate(commands))
        begun = time.monotonic()
        lost = False
        for _ in range(_MOST_TURNS):
            found, waiting_before = self._exchange(waiting), waiting
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
                patience = LONGEST_WAIT if isinstance(failure, TryAgainError) else _PATIENCE
                if time.monotonic() > begun + longest_wait(patience):
                    raise translated(failure) from None
                lost = lost or not refused_for_now(failure)
                time.sleep(_PAUSE)
                self.servers.look_again()
        raise StoreUnavailable("the nodes of the Redis Cluster do not agree who holds what")

    def _next_try(self, command: Command, error: Exception, *, lost: bool) -> Command:
        """What to send after an error; raises what the core calls it where nothing may be sent."""
        if isinstance(error, NoScriptError):
            return command.with_text()
        if isinstance(error, MovedError):
            self.servers.moved(command.key, error.host, error.port)
        elif not refused_for_now(error) and (isinstance(error, ResponseError) or command.once or lost):
            raise translated(error) from None
        return command

    def every_master(self, *words: Argument) -> list[Any]:
        """The reply of each server that takes writes; an error stands in the place of a reply that was refused."""
        replies = []
        for pool in self.servers.masters():
            try:
                replies += _receive(pool, _send(pool, [words]), 1)
            except (RedisError, OSError) as error:
                raise translated(error) from None
            if isinstance(replies[-1], Exception) and not isinstance(replies[-1], ResponseError):
                raise translated(replies[-1]) from None
        return replies

    def _exchange(self, commands: dict[int, Command]) -> dict[int, Any]:
        """Send each command to its server, all before the first reply is read."""
        groups: dict[ConnectionPool, list[int]] = {}
        for position, command in commands.items():
            groups.setdefault(self.servers.of(command.key), []).append(position)
        sent, replies = [], dict[int, Any]()
        for pool, positions in groups.items():
            try:
                sent.append((pool, positions, _send(pool, [commands[each].words for each in positions])))
            except (RedisError, OSError) as error:
                replies.update(dict.fromkeys(positions, error))
        for pool, positions, connection in sent:
            replies.update(zip(positions, _receive(pool, connection, len(positions)), strict=True))
        for position, reply in list(replies.items()):
            if isinstance(reply, AskError) and not isinstance(reply, MovedError):
                replies[position] = self._ask(reply, commands[position])
        return replies

    def _ask(self, elsewhere: AskError, command: Command) -> Any:
        """Send a command to the server that a slot is just being moved to."""
        pool = self.servers.at(elsewhere.host, elsewhere.port)
        try:
            return _receive(pool, _send(pool, [("ASKING",), command.words]), 2)[1]
        except (RedisError, OSError) as error:
            return error


def _send(pool: ConnectionPool, commands: Sequence[Sequence[Any]]) -> Any:
    connection: Any = pool.get_connection()
    try:
        connection.send_packed_command(connection.pack_commands(commands), check_health=False)
    except BaseException:
        connection.disconnect()
        pool.release(connection)
        raise
    return connection


def _receive(pool: ConnectionPool, connection: Any, number: int) -> list[Any]:
    """So many replies; errors stand among them, a lost connection in the place of each reply that it lost."""
    replies: list[Any] = []
    try:
        while len(replies) < number:
            try:
                replies.append(connection.read_response(timeout=longest_wait()))
            except ResponseError as error:
                replies.append(error)
    except (RedisError, OSError) as error:
        connection.disconnect()
        replies.extend([error] * (number - len(replies)))
    except BaseException:
        connection.disconnect()
        raise
    finally:
        pool.release(connection)
    return replies
