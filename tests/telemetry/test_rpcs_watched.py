"""What the gRPC server tells of RPCs: how each ended, whoever answered, and nothing that a client made up."""

from collections.abc import Iterator
from dataclasses import replace

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from adapters.composition import wire
from adapters.grpc_server.server import GrpcServer
from adapters.storage.registry import open_store
from adapters.telemetry import correlation
from adapters.telemetry.exposition import Exposition
from adapters.telemetry.telemetry import Telemetry
from masking.v1 import number_service_pb2 as pb
from masking.v1.number_service_pb2_grpc import NumberServiceStub
from masking_core.pools import Pool
from support.memory_ring import MemoryRing
from telemetry.scraping import samples

RPCS = "masking_rpc_duration_seconds_count"
STREAMS = "masking_streams_total"
GET = "masking.v1.NumberService/GetPool"


class Served:
    """A server, and a channel to it. ``worked_for`` are the correlation ids under which pools were looked up."""

    def __init__(self) -> None:
        self.worked_for: list[str] = []
        self.problem: Exception | None = None
        services = wire(open_store("memory://"), MemoryRing(), telemetry=Telemetry())
        ask = services.pools.get

        def get(name: str) -> Pool:
            self.worked_for.append(str(correlation.current()))
            if self.problem is not None:
                raise self.problem
            return ask(name)

        services.pools.get = get  # type: ignore[method-assign]
        self.services = replace(services)
        self.server = GrpcServer(self.services, "127.0.0.1:0", 4, migrate=True)
        self.server.start()
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.server.port}")
        self.numbers = NumberServiceStub(self.channel)
        self.exposition = Exposition(services.telemetry.metrics)

    def get(self, name: str, *metadata: tuple[str, str]) -> None:
        with pytest.raises(grpc.RpcError):
            self.numbers.GetPool(pb.GetPoolRequest(name=name), metadata=metadata)

    def told(self, name: str) -> dict[tuple[str, ...], float]:
        return {
            tuple(label for _, label in sorted(labels)): number
            for (its, labels), number in samples(self.exposition.text()).items()
            if its == name and number
        }

    def stop(self) -> None:
        self.channel.close()
        self.server.stop(grace=0)


@pytest.fixture
def served(folder: str) -> Iterator[Served]:
    del folder
    served = Served()
    yield served
    served.stop()


def test_every_rpc_is_told_by_its_method_and_status(served: Served) -> None:
    served.numbers.CreatePool(pb.CreatePoolRequest(pool_id="ride-uk"))
    served.numbers.GetPool(pb.GetPoolRequest(name="pools/ride-uk"))
    served.get("pools/none")
    served.get("nonsense")
    served.problem = RuntimeError("unforeseen")
    served.get("pools/ride-uk")
    served.stop()
    assert served.told(RPCS) == {
        ("OK", "masking.v1.NumberService/CreatePool"): 1,
        ("OK", GET): 1,
        ("NOT_FOUND", GET): 1,
        ("INVALID_ARGUMENT", GET): 1,
        ("INTERNAL", GET): 1,
    }


def test_a_request_that_is_no_message_is_told_too(served: Served) -> None:
    call = served.channel.unary_unary(f"/{GET}", request_serializer=bytes, response_deserializer=bytes)
    with pytest.raises(grpc.RpcError):
        call(b"\xff\xff")
    served.stop()
    assert served.told(RPCS) == {("INVALID_ARGUMENT", GET): 1}


def test_methods_that_there_are_none_of_are_one(served: Served) -> None:
    for method in ("/masking.v1.NumberService/Guess", "/+447700900123/x"):
        with pytest.raises(grpc.RpcError):
            served.channel.unary_unary(method, request_serializer=bytes, response_deserializer=bytes)(b"")
    served.stop()
    assert served.told(STREAMS) == {("UNIMPLEMENTED", "unknown"): 2}
    assert served.told(RPCS) == {}


def test_a_stream_is_counted_when_it_ends(served: Served) -> None:
    watching = health_pb2_grpc.HealthStub(served.channel).Watch(health_pb2.HealthCheckRequest())
    next(watching)
    assert served.told(STREAMS) == {}
    watching.cancel()
    served.stop()
    ((_, method),) = served.told(STREAMS)
    assert method == "grpc.health.v1.Health/Watch"


def test_a_request_id_or_a_trace_s_id_is_what_an_rpc_is_known_by(served: Served) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    served.get("pools/a", ("x-request-id", "order-4711"), ("traceparent", f"00-{trace}-00f067aa0ba902b7-01"))
    served.get("pools/a", ("traceparent", f"00-{trace}-00f067aa0ba902b7-01"))
    served.get("pools/a", ("x-request-id", "+447700900123"))
    served.get("pools/a", ("traceparent", "nonsense"))
    first, second, *others = served.worked_for
    assert (first, second) == ("order-4711", trace)
    assert all(len(each) == 16 and each.isalnum() for each in others)
    assert len(set(others)) == 2
