"""Recordings on their way from the provider to a client, piece by piece and never whole in memory."""

import logging
from collections.abc import Iterator
from hashlib import sha256
from threading import BoundedSemaphore
from typing import Final

import grpc
from grpc_status import rpc_status

from adapters.grpc_server.names import parse_recording
from adapters.grpc_server.statuses import plain_status, to_status
from adapters.grpc_server.traces import trace
from masking.v1 import call_service_pb2 as pb
from masking_core.errors import InvalidArgument, MaskingError
from masking_core.services.recordings import Recordings

_log = logging.getLogger(__name__)

MOST_DOWNLOADS: Final = 16
"""Each occupies a thread of the streams' pool, of which watchers need some too."""


class Downloads:
    """Streams recordings; a client that reads slowly slows its own alone."""

    def __init__(self, recordings: Recordings) -> None:
        """Take the core's service."""
        self._recordings = recordings
        self._free = BoundedSemaphore(MOST_DOWNLOADS)

    def download(
        self, request: pb.DownloadRecordingRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.DownloadRecordingResponse]:
        """The responses to a request; an error ends the RPC with its status."""
        if not self._free.acquire(blocking=False):
            sentence = f"this server has {MOST_DOWNLOADS} downloads under way, as many as it may; try again later"
            context.abort_with_status(rpc_status.to_status(plain_status(grpc.StatusCode.RESOURCE_EXHAUSTED, sentence)))
        try:
            yield from self._responses(request)
        except MaskingError as error:
            context.abort_with_status(rpc_status.to_status(to_status(error)))
        except Exception as error:  # noqa: BLE001 # whatever it is, its text must reach neither the client nor the log
            _log.error("a download failed:\n%s", trace(error))
            status = plain_status(grpc.StatusCode.INTERNAL, "internal error")
            context.abort_with_status(rpc_status.to_status(status))
        finally:
            self._free.release()

    def _responses(self, request: pb.DownloadRecordingRequest) -> Iterator[pb.DownloadRecordingResponse]:
        file_id = parse_recording("name", request.name)
        if request.offset < 0:
            raise InvalidArgument("offset", "must not be negative")
        digest = sha256()
        with self._recordings.open(file_id, request.offset) as opened:
            yield pb.DownloadRecordingResponse(total_size=opened.total_size)
            for chunk in opened.chunks:
                digest.update(chunk)
                yield pb.DownloadRecordingResponse(data=chunk)
        yield pb.DownloadRecordingResponse(sha256=digest.hexdigest())
