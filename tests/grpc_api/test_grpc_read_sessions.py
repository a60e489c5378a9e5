from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from grpc_api.asking import POOL_NAME, lasting, opening, participant
from grpc_api.grpc_caller import Api, refusal
from masking.v1 import session_service_pb2 as pb
from masking_core.instants import HOUR, MINUTE
from support.world import World, real

REDACTED = "+44••••••0001"


def listed(api: Api, **asked: Any) -> list[str]:
    """The references of the sessions of one page."""
    found = api.sessions.ListSessions(pb.ListSessionsRequest(**asked)).sessions
    return [session.reference for session in found]


def pages(api: Api, **asked: Any) -> Iterator[list[str]]:
    """The references of every page in turn."""
    token = ""
    while True:
        answer = api.sessions.ListSessions(pb.ListSessionsRequest(page_token=token, **asked))
        yield [session.reference for session in answer.sessions]
        token = answer.next_page_token
        if not token:
            return


def open_many(api: Api, first: int, last: int) -> None:
    for index in range(first, last + 1):
        api.sessions.OpenSession(opening(100 + index, 200 + index, reference=str(index)))


def test_a_session_is_read_as_it_was_opened(api: Api, world: World) -> None:
    world.pool()
    opened = api.sessions.OpenSession(opening()).session
    assert api.sessions.GetSession(pb.GetSessionRequest(name=opened.name)) == opened


@pytest.mark.parametrize(
    ("view", "shown"),
    [
        (pb.SESSION_VIEW_UNSPECIFIED, REDACTED),
        (pb.SESSION_VIEW_BASIC, REDACTED),
        (pb.SESSION_VIEW_FULL, real(1)),
    ],
)
def test_real_numbers_are_shown_in_the_full_view_alone(
    api: Api, world: World, view: pb.SessionView.ValueType, shown: str
) -> None:
    world.pool()
    name = api.sessions.OpenSession(opening()).session.name
    answers = [
        api.sessions.GetSession(pb.GetSessionRequest(name=name, view=view)),
        api.sessions.ListSessions(pb.ListSessionsRequest(view=view)).sessions[0],
        api.sessions.UpdateSession(pb.UpdateSessionRequest(session=pb.Session(name=name, reference="new"), view=view)),
        api.sessions.CloseSession(pb.CloseSessionRequest(name=name, view=view)),
    ]
    assert [list(session.participants[0].phone_numbers) for session in answers] == [[shown]] * 4


def test_a_view_of_the_future_is_refused_before_anything_is_done(api: Api, world: World) -> None:
    world.pool()
    name = api.sessions.OpenSession(opening()).session.name
    view: Any = 7
    refusals = [
        refusal(api.sessions.GetSession, pb.GetSessionRequest(name=name, view=view)),
        refusal(api.sessions.ListSessions, pb.ListSessionsRequest(view=view)),
        refusal(api.sessions.UpdateSession, pb.UpdateSessionRequest(session=pb.Session(name=name), view=view)),
        refusal(api.sessions.CloseSession, pb.CloseSessionRequest(name=name, view=view)),
    ]
    assert [refused.field for refused in refusals] == ["view"] * 4
    assert api.sessions.GetSession(pb.GetSessionRequest(name=name)).state == pb.Session.STATE_ACTIVE


def test_a_session_that_is_not_there_is_not_found(api: Api) -> None:
    for call, request in (
        (api.sessions.GetSession, pb.GetSessionRequest(name="sessions/none")),
        (api.sessions.CloseSession, pb.CloseSessionRequest(name="sessions/none")),
        (api.sessions.UpdateSession, pb.UpdateSessionRequest(session=pb.Session(name="sessions/none"))),
    ):
        refused = refusal(call, request)
        assert refused.code == grpc.StatusCode.NOT_FOUND
        assert dict(refused.details["ErrorInfo"].metadata) == {"kind": "session", "name": "none"}


def test_a_name_that_is_none_is_refused(api: Api) -> None:
    assert refusal(api.sessions.GetSession, pb.GetSessionRequest(name="sessions/ none")).field == "name"
    assert refusal(api.sessions.CloseSession, pb.CloseSessionRequest()).field == "name"


def test_a_closed_session_connects_nobody_and_stays_closed(api: Api, world: World) -> None:
    world.pool()
    opened = api.sessions.OpenSession(opening()).session
    world.now += MINUTE
    closed = api.sessions.CloseSession(pb.CloseSessionRequest(name=opened.name))
    assert closed.state == pb.Session.STATE_CLOSED
    assert closed.close_time == closed.update_time
    assert world.dials(1, opened.participants[0].proxy_number) is None
    world.now += MINUTE
    assert api.sessions.CloseSession(pb.CloseSessionRequest(name=opened.name)) == closed


def test_an_expired_session_says_so_and_cannot_be_closed_again(api: Api, world: World) -> None:
    world.pool()
    name = api.sessions.OpenSession(opening(time_to_live=lasting(60))).session.name
    world.now += MINUTE
    assert api.sessions.GetSession(pb.GetSessionRequest(name=name)).state == pb.Session.STATE_EXPIRED
    closed = api.sessions.CloseSession(pb.CloseSessionRequest(name=name))
    assert closed.state == pb.Session.STATE_EXPIRED
    assert not closed.HasField("close_time")


def test_sessions_are_listed_the_newest_first(api: Api, world: World) -> None:
    world.pool()
    open_many(api, 1, 3)
    assert listed(api) == ["3", "2", "1"]


def test_the_filters_hold_together(api: Api, world: World) -> None:
    world.pool()
    world.pool(2, name="other", first=50)
    api.sessions.OpenSession(opening(1, 2, reference="a"))
    api.sessions.OpenSession(opening(participant(3, 1), 4, reference="b", time_to_live=lasting(60)))
    api.sessions.OpenSession(opening(5, 6, reference="b", pool="pools/other"))
    closed = api.sessions.OpenSession(opening(1, 7, reference="c")).session
    api.sessions.CloseSession(pb.CloseSessionRequest(name=closed.name))
    world.now += MINUTE
    assert listed(api, pool="pools/other") == ["b"]
    assert listed(api, reference="b") == ["b", "b"]
    assert listed(api, reference="b", pool=POOL_NAME) == ["b"]
    assert listed(api, state=pb.Session.STATE_ACTIVE) == ["b", "a"]
    assert listed(api, state=pb.Session.STATE_EXPIRED) == ["b"]
    assert listed(api, state=pb.Session.STATE_CLOSED) == ["c"]
    assert listed(api, phone_number=real(1)) == ["c", "b", "a"]
    assert listed(api, phone_number=real(1), state=pb.Session.STATE_ACTIVE) == ["a"]
    assert listed(api, phone_number=real(99)) == []
    assert listed(api, pool="pools/none") == []


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"phone_number": "07700900001"}, "phone_number"),
        ({"phone_number": REDACTED}, "phone_number"),
        ({"pool": "ride-uk"}, "pool"),
        ({"pool": "pools/-"}, "pool"),
        ({"state": 9}, "state"),
        ({"reference": "a" * 257}, "reference"),
        ({"reference": "\0"}, "reference"),
        ({"page_size": -1}, "page_size"),
        ({"page_token": "?"}, "page_token"),
    ],
    ids=str,
)
def test_a_filter_that_makes_no_sense_is_refused_without_repeating_it(
    api: Api, asked: dict[str, Any], field: str
) -> None:
    refused = refusal(api.sessions.ListSessions, pb.ListSessionsRequest(**asked))
    assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, field)
    assert "0900001" not in refused.message


def test_pages_follow_each_other_without_gap_or_repetition(api: Api, world: World) -> None:
    world.pool()
    open_many(api, 1, 7)
    assert list(pages(api, page_size=3)) == [["7", "6", "5"], ["4", "3", "2"], ["1"]]
    assert list(pages(api, page_size=7)) == [["7", "6", "5", "4", "3", "2", "1"]]
    assert list(pages(api, page_size=3, pool="pools/none")) == [[]]


def test_sessions_that_come_and_go_move_no_other(api: Api, world: World) -> None:
    world.pool(retention=HOUR, cool_off=HOUR)
    open_many(api, 1, 2)
    for session in api.sessions.ListSessions(pb.ListSessionsRequest()).sessions:
        api.sessions.CloseSession(pb.CloseSessionRequest(name=session.name))
    world.now += HOUR - MINUTE
    open_many(api, 3, 8)
    seen = pages(api, page_size=2)
    assert next(seen) == ["8", "7"]
    open_many(api, 9, 12)
    world.now += MINUTE
    world.housekeeping.sweep()
    assert listed(api, reference="1") == []
    assert list(seen) == [["6", "5"], ["4", "3"]]


def test_a_token_serves_the_same_list_alone(api: Api, world: World) -> None:
    world.pool()
    open_many(api, 1, 3)
    token = api.sessions.ListSessions(pb.ListSessionsRequest(page_size=1)).next_page_token
    others: list[dict[str, Any]] = [
        {"pool": POOL_NAME},
        {"reference": "1"},
        {"state": pb.Session.STATE_ACTIVE},
        {"phone_number": real(101)},
    ]
    for other in others:
        refused = refusal(api.sessions.ListSessions, pb.ListSessionsRequest(page_token=token, **other))
        assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, "page_token")


def test_the_view_and_the_size_may_change_from_page_to_page(api: Api, world: World) -> None:
    world.pool()
    open_many(api, 1, 3)
    token = api.sessions.ListSessions(pb.ListSessionsRequest(page_size=1)).next_page_token
    assert listed(api, page_token=token, page_size=100, view=pb.SESSION_VIEW_FULL) == ["2", "1"]


def test_a_token_tells_nothing_of_the_real_number_that_was_looked_for(api: Api, world: World) -> None:
    world.pool()
    for _ in range(2):
        api.sessions.OpenSession(opening(1, 2))
    tokens = {
        api.sessions.ListSessions(pb.ListSessionsRequest(phone_number=real(person), page_size=1)).next_page_token
        for person in (1, 2)
    }
    assert len(tokens) == 1
    assert tokens != {""}
