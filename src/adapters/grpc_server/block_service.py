"""``masking.v1.BlockService``: converts, calls the core, converts."""
# ruff: noqa: N802 - the methods bear the names of the RPCs

import grpc

from adapters.grpc_server.convert_calls import to_real_number
from adapters.grpc_server.convert_sessions import Shown, to_shown
from adapters.grpc_server.page_tokens import to_page
from adapters.grpc_server.times import timestamp
from masking.v1 import block_service_pb2 as pb
from masking.v1.block_service_pb2_grpc import BlockServiceServicer
from masking_core.services.blocks import Blocks, BlockView


class BlockService(BlockServiceServicer):
    """Blocks real numbers everywhere."""

    def __init__(self, blocks: Blocks) -> None:
        """Take the core's service."""
        self._blocks = blocks

    def AddBlock(self, request: pb.AddBlockRequest, context: grpc.ServicerContext) -> pb.Block:
        """See the proto."""
        del context
        return _message(self._blocks.add(to_real_number("phone_number", request.phone_number), request.note), str)

    def ListBlocks(self, request: pb.ListBlocksRequest, context: grpc.ServicerContext) -> pb.ListBlocksResponse:
        """See the proto."""
        del context
        shown = to_shown("view", request.view)
        page = to_page(request.page_size, request.page_token, "blocks")
        found, token = page.cut(self._blocks.list(page.after, page.limit), lambda view: view.block.block_id)
        return pb.ListBlocksResponse(blocks=[_message(view, shown) for view in found], next_page_token=token)

    def RemoveBlock(self, request: pb.RemoveBlockRequest, context: grpc.ServicerContext) -> pb.RemoveBlockResponse:
        """See the proto."""
        del context
        self._blocks.remove(to_real_number("phone_number", request.phone_number))
        return pb.RemoveBlockResponse()


def _message(view: BlockView, shown: Shown) -> pb.Block:
    block = view.block
    return pb.Block(phone_number=shown(view.number), note=block.note, create_time=timestamp(block.create_time))
