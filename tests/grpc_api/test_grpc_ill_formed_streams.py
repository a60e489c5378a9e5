"""Whatever stands where a stream's request should: it ends with a status, and nothing of it is logged or left open."""

import logging
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2

from adapters.grpc_server.event_service import MOST_WATCHERS
from grpc_api.grpc_caller import Api
from support.fuzzed_streams import stream_paths

PATHS = [path for path, _ in stream_paths()]
ILL_FORMED = b"\xff\xff\xff"
WELL_FORMED = b""
WATCH = "/grpc.health.v1.Health/Watch"


def test_every_stream_there_is_is_among_those_that_are_fuzzed() -> None:
    assert {path.rpartition("/")[2] for path in PATHS} == {
        "DownloadRecording",
        "WatchEvents",
        "Watch",
        "ServerReflectionInfo",
    }


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("before", [0, 1])
def test_a_message_that_is_none_is_an_invalid_argument(
    api: Api, path: str, before: int, caplog: pytest.LogCaptureFixture
) -> None:
    call: Any = api.channel.stream_stream(path)
    messages = [WELL_FORMED] * before * path.endswith("Info") + [ILL_FORMED]
    with caplog.at_level(logging.DEBUG), pytest.raises(grpc.RpcError) as raised:
        list(call(iter(messages), timeout=60))
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_health_watcher_is_told_whatever_others_send(api: Api) -> None:
    call: Any = api.channel.stream_stream(WATCH)
    for _ in range(2 * MOST_WATCHERS):
        with pytest.raises(grpc.RpcError):
            list(call(iter([ILL_FORMED]), timeout=60))
    watcher = api.health.Watch(health_pb2.HealthCheckRequest(), timeout=60)
    assert next(watcher).status == health_pb2.HealthCheckResponse.SERVING
    watcher.cancel()
