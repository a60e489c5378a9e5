from typing import Any

import grpc
import pytest

from grpc_api.asking import opening
from grpc_api.grpc_caller import Api, refusal
from masking.v1 import block_service_pb2 as pb
from masking.v1 import session_service_pb2 as session_pb
from masking_core.calls import Reason
from support.world import World, proxies, real


def add(api: Api, person: int, note: str = "") -> pb.Block:
    return api.blocks.AddBlock(pb.AddBlockRequest(phone_number=real(person), note=note))


def test_a_number_is_blocked_listed_and_blocked_no_longer(api: Api, world: World) -> None:
    world.pool(2)
    session = api.sessions.OpenSession(opening(1, 2)).session
    block = add(api, 1, "abuse")
    assert (block.phone_number, block.note) == ("+44••••••0001", "abuse")
    assert block.create_time.ToNanoseconds() == world.now * 1_000
    closed = api.sessions.GetSession(session_pb.GetSessionRequest(name=session.name))
    assert closed.state == session_pb.Session.STATE_CLOSED
    refused = refusal(api.sessions.OpenSession, opening(3, 1))
    assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "PARTICIPANT_REFUSED")
    listed = api.blocks.ListBlocks(pb.ListBlocksRequest(view=session_pb.SESSION_VIEW_FULL)).blocks
    assert [each.phone_number for each in listed] == [real(1)]
    api.blocks.RemoveBlock(pb.RemoveBlockRequest(phone_number=real(1)))
    assert list(api.blocks.ListBlocks(pb.ListBlocksRequest()).blocks) == []
    gone = refusal(api.blocks.RemoveBlock, pb.RemoveBlockRequest(phone_number=real(1)))
    assert gone.code == grpc.StatusCode.NOT_FOUND
    assert real(1) not in gone.message


def test_blocks_come_page_by_page(api: Api) -> None:
    for person in range(5):
        add(api, person)
    first = api.blocks.ListBlocks(pb.ListBlocksRequest(page_size=3, view=session_pb.SESSION_VIEW_FULL))
    second = api.blocks.ListBlocks(
        pb.ListBlocksRequest(page_size=3, page_token=first.next_page_token, view=session_pb.SESSION_VIEW_FULL)
    )
    assert [each.phone_number for each in (*first.blocks, *second.blocks)] == [real(person) for person in range(5)]
    assert not second.next_page_token


@pytest.mark.parametrize("number", ["", "447700900001", "+44"])
def test_what_is_no_number_is_refused(api: Api, number: str) -> None:
    for method, request in (
        (api.blocks.AddBlock, pb.AddBlockRequest(phone_number=number)),
        (api.blocks.RemoveBlock, pb.RemoveBlockRequest(phone_number=number)),
    ):
        assert refusal(method, request).code == grpc.StatusCode.INVALID_ARGUMENT


def test_a_participant_blocks_the_other_one_until_it_is_undone(api: Api, world: World) -> None:
    world.pool(2)
    name = api.sessions.OpenSession(opening(1, 2)).session.name
    mine, theirs = proxies(world.sessions.get(name.removeprefix("sessions/")))

    def blocking(**members: Any) -> session_pb.Session:
        sides = [session_pb.Participant(**members), session_pb.Participant()]
        return api.sessions.UpdateSession(
            session_pb.UpdateSessionRequest(session=session_pb.Session(name=name, participants=sides))
        )

    assert [each.blocks_other for each in blocking(blocks_other=True).participants] == [True, False]
    assert world.call(2, theirs).reason is Reason.PARTICIPANT_BLOCKED
    assert world.dials(1, mine)
    assert [each.blocks_other for each in blocking().participants] == [True, False]
    assert [each.blocks_other for each in blocking(blocks_other=False).participants] == [False, False]
    assert world.dials(2, theirs)
