"""Stages of work do the same at once, on one server, as one after the other."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from adapters.storage.redis.commands import Command, command, script
from adapters.storage.redis.link import Link
from adapters.storage.redis.stages import Stage, _in_one, take
from adapters.storage.registry import open_store
from masking_core.errors import StoreUnavailable
from support.redis_servers import single_url

LEASE, OTHER = b"12345678s1", b"87654321s2"
REQUEST = b"{t}request"


@pytest.fixture(params=[True, False], ids=["at once", "one by one"])
def link(request: pytest.FixtureRequest) -> Iterator[Link]:
    store = open_store(single_url())
    link: Link = store._link  # type: ignore[attr-defined]
    link.servers.are_one = request.param
    link.one(command("DEL", REQUEST))
    link.one(command("DEL", b"{t}index"))
    yield link
    store.close()


def claim(lease: bytes) -> Stage:
    return Stage([script("other/claim_request", (REQUEST,), lease, "", 60_000)], (b"",))


def test_all_replies_are_told_stage_by_stage(link: Link) -> None:
    stages = [
        claim(LEASE),
        Stage([command("GET", b"{t}nothing"), command("GET", REQUEST), command("ZADD", b"{t}index", 1, "a", 2, "b")]),
        Stage([script("other/extend", (REQUEST,), "s1", 9, 90_000), command("ZRANGE", b"{t}index", 0, -1)]),
    ]
    assert take(link, stages) == [[b""], [None, LEASE, 2], [1, [b"a", b"b"]]]
    assert 60_000 < link.one(command("PTTL", REQUEST)) <= 90_000


def test_what_is_not_granted_is_the_last_that_is_done_with_all_of_its_stage(link: Link) -> None:
    claim_and_more = Stage([*claim(OTHER).commands, command("ZADD", b"{t}index", 1, "a")], (b"", 1))
    stages = [claim(LEASE), claim_and_more, Stage([command("DEL", REQUEST)])]
    assert take(link, stages) == [[b""], [LEASE, 1]]
    assert link.one(command("GET", REQUEST)) == LEASE


def test_nothing_and_no_are_no_more_granted_than_another_reply(link: Link) -> None:
    for granted, taken in (((b"",), 1), ((1,), 1), ((0,), 2), ((0, 1), 2)):
        stages = [Stage([command("EXISTS", b"{t}nothing")], granted), Stage([command("GET", b"{t}nothing")], (b"",))]
        assert len(take(link, stages)) == taken
    assert take(link, [Stage([command("GET", b"{t}nothing")], (b"",)), claim(LEASE)]) == [[None]]


def test_a_server_that_has_forgotten_its_scripts_is_told_them(link: Link) -> None:
    stages = [claim(LEASE), Stage([command("GET", REQUEST)])]
    take(link, stages)
    link.every_master("SCRIPT", "FLUSH")
    assert take(link, stages) == [[b""], [LEASE]]


def test_an_error_ends_it_and_is_raised(link: Link) -> None:
    stages = [claim(LEASE), Stage([command("ZADD", REQUEST, 1, "a")]), Stage([command("DEL", REQUEST)])]
    with pytest.raises(StoreUnavailable):
        take(link, stages)
    assert link.one(command("GET", REQUEST)) == LEASE


def test_at_once_is_one_round_trip_unless_replicas_have_to_confirm_each_stage(
    link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    many = Link.many

    def counted(link: Link, commands: Sequence[Command]) -> list[Any]:
        asked.append(len(commands))
        return many(link, commands)

    monkeypatch.setattr(Link, "many", counted)
    stages = [claim(LEASE), Stage([command("GET", REQUEST), command("GET", REQUEST)])]
    take(link, stages)
    assert asked == ([1] if link.servers.are_one else [1, 2])
    asked.clear()
    link.replicas = 1
    with pytest.raises(StoreUnavailable, match="replicas do not confirm"):
        take(link, stages)
    assert asked == [1]
    assert link.one(command("GET", REQUEST)) == LEASE


def test_what_must_not_be_sent_twice_is_not_because_others_may_be() -> None:
    often, once = claim(LEASE), Stage([command("ZADD", b"{t}index", 1, "a", once=True)])
    assert not _in_one([often, often], once=False).once
    assert _in_one([often, once, often], once=False).once
