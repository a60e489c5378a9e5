"""``masking.v1.NumberService``: converts, calls the core, converts."""
# ruff: noqa: N802 - the methods bear the names of the RPCs

import grpc

from adapters.grpc_server import convert_pools as convert
from adapters.grpc_server.convert_outlooks import outlook_message
from adapters.grpc_server.convert_policies import to_policy
from adapters.grpc_server.fields import renamed
from adapters.grpc_server.names import parse_number, parse_pool
from adapters.grpc_server.numbers_by_name import number_by_name, numbers_by_name
from adapters.grpc_server.page_tokens import to_page
from masking.v1 import number_service_pb2 as pb
from masking.v1.number_service_pb2_grpc import NumberServiceServicer
from masking_core.services.pool_outlooks import PoolOutlooks
from masking_core.services.pools import Pools


class NumberService(NumberServiceServicer):
    """Keeps pools and the numbers in them."""

    def __init__(self, pools: Pools, outlooks: PoolOutlooks) -> None:
        """Take the core's services."""
        self._pools = pools
        self._outlooks = outlooks

    def CreatePool(self, request: pb.CreatePoolRequest, context: grpc.ServicerContext) -> pb.Pool:
        """See the proto."""
        del context
        policy = to_policy(request.pool.policy)
        with renamed(pool="pool_id", policy="pool.policy"):
            return convert.pool_message(self._pools.create(request.pool_id, policy))

    def GetPool(self, request: pb.GetPoolRequest, context: grpc.ServicerContext) -> pb.Pool:
        """See the proto."""
        del context
        return convert.pool_message(self._pools.get(parse_pool("name", request.name)))

    def ListPools(self, request: pb.ListPoolsRequest, context: grpc.ServicerContext) -> pb.ListPoolsResponse:
        """See the proto."""
        del context
        page = to_page(request.page_size, request.page_token, "pools")
        pools, token = page.cut(self._pools.list(page.after, page.limit), lambda pool: pool.name)
        return pb.ListPoolsResponse(pools=[convert.pool_message(pool) for pool in pools], next_page_token=token)

    def UpdatePool(self, request: pb.UpdatePoolRequest, context: grpc.ServicerContext) -> pb.Pool:
        """See the proto."""
        del context
        name = parse_pool("pool.name", request.pool.name)
        with renamed(policy="pool.policy"):
            return convert.pool_message(self._pools.update(name, convert.to_pool_change(request)))

    def PoolUsage(self, request: pb.PoolUsageRequest, context: grpc.ServicerContext) -> pb.PoolUsageResponse:
        """See the proto."""
        del context
        return outlook_message(self._outlooks.of(parse_pool("name", request.name)))

    def AddNumbers(self, request: pb.AddNumbersRequest, context: grpc.ServicerContext) -> pb.AddNumbersResponse:
        """See the proto."""
        del context
        asked = [convert.to_number_request(number) for number in request.numbers]
        numbers = self._pools.add_numbers(parse_pool("pool", request.pool), asked)
        return pb.AddNumbersResponse(numbers=[convert.number_message(number) for number in numbers])

    def GetNumber(self, request: pb.GetNumberRequest, context: grpc.ServicerContext) -> pb.Number:
        """See the proto."""
        del context
        return convert.number_message(number_by_name(self._pools, parse_number("name", request.name)))

    def ListNumbers(self, request: pb.ListNumbersRequest, context: grpc.ServicerContext) -> pb.ListNumbersResponse:
        """See the proto."""
        del context
        asked = ("numbers", request.pool, request.state, request.country)
        page = to_page(request.page_size, request.page_token, *asked)
        found = self._pools.list_numbers(convert.to_number_query(request, page))
        numbers, token = page.cut(found, lambda number: number.number)
        return pb.ListNumbersResponse(
            numbers=[convert.number_message(number) for number in numbers], next_page_token=token
        )

    def DrainNumbers(self, request: pb.DrainNumbersRequest, context: grpc.ServicerContext) -> pb.DrainNumbersResponse:
        """See the proto."""
        del context
        named = numbers_by_name(self._pools, convert.to_number_names("names", request.names))
        numbers = self._pools.drain_numbers(named)
        return pb.DrainNumbersResponse(numbers=[convert.number_message(number) for number in numbers])

    def RemoveNumbers(
        self, request: pb.RemoveNumbersRequest, context: grpc.ServicerContext
    ) -> pb.RemoveNumbersResponse:
        """See the proto."""
        del context
        self._pools.remove_numbers(numbers_by_name(self._pools, convert.to_number_names("names", request.names)))
        return pb.RemoveNumbersResponse()
