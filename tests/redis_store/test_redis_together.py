"""Callbacks share a round trip to the server that holds what they ask for, and no other server's failure."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from adapters.storage.redis.commands import Command
from adapters.storage.redis.names import Names
from adapters.storage.redis.routes import RedisRoutes
from adapters.together import Together
from masking_core.errors import StoreUnavailable
from masking_core.sealed import LookupKey
from support.world import virtual

HEALTHY, AWAY = "healthy", "away"


class Cluster:
    """Two servers without anything in them, one of them away: ``Link`` and ``Servers`` in one."""

    def __init__(self, away: bytes) -> None:
        self.servers = self
        self.asked: list[list[str]] = []
        self._away = away

    def of(self, key: bytes) -> str:
        return AWAY if key == self._away else HEALTHY

    def many(self, commands: Sequence[Command]) -> list[Any]:
        places = [self.of(each.key) for each in commands]
        self.asked.append(places)
        if AWAY in places:
            raise StoreUnavailable("a server is away")
        return [[None] * 4 if each.words[0] == "HMGET" else None for each in commands]


class Routes(RedisRoutes):
    """The look-up over such a Cluster."""

    def __init__(self, cluster: Any, names: Names) -> None:
        self._link, self._names = cluster, names


@pytest.fixture
def names() -> Names:
    return Names(b"test:")


def test_a_server_that_is_away_fails_its_own_callers_alone(names: Names) -> None:
    callers = [LookupKey(bytes([number]) * 16) for number in range(4)]
    cluster = Cluster(names.caller(callers[1]))
    routes, answers = Routes(cluster, names), dict[int, object]()

    def task(number: int) -> None:
        try:
            answers[number] = routes.find_route(virtual(0), [callers[number]])
        except StoreUnavailable as error:
            answers[number] = error

    Together().run(partial(task, number) for number in range(4))
    assert isinstance(answers.pop(1), StoreUnavailable)
    assert answers == {0: None, 2: None, 3: None}
    assert [HEALTHY] * 3 in cluster.asked


def test_who_withholds_the_number_is_looked_up_by_what_was_dialled(names: Names) -> None:
    cluster = Cluster(b"")
    assert Routes(cluster, names).find_route(virtual(0), ()) is None
    assert cluster.asked == [[HEALTHY]]
