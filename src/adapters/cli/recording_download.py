"""Receiving a recording from the server."""

from hashlib import sha256

from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode
from adapters.cli.part_file import PartFile
from adapters.cli.progress import Advance
from masking.v1.call_service_pb2 import DownloadRecordingRequest
from masking.v1.call_service_pb2_grpc import CallServiceStub

_KILOBYTE = 1_000


def receive(stub: CallServiceStub, recording: str, part: PartFile, advance: Advance) -> None:
    """Receive what the part lacks. Raises CommandError, and grpc.RpcError; what has come in stays.

    What comes is verified by the checksum of the server, and the whole by the provider's size.
    """
    begun, place = part.size, part.resume()
    digest, checksum, total = sha256(), "", 0
    for response in stub.DownloadRecording(DownloadRecordingRequest(name=recording, offset=place)):
        total = response.total_size or total
        digest.update(response.data)
        place = part.take(response.data)
        advance("kB", place // _KILOBYTE, total // _KILOBYTE or None)
        checksum = response.sha256 or checksum
    if place < part.size:
        raise part.another()
    if checksum != digest.hexdigest() or (total and place != total):
        part.cut(begun)
        problem = "the recording was damaged on its way; the same command tries again"
        raise CommandError(ExitCode.FAILED, "DAMAGED", problem)
