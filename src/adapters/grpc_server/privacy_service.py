"""``masking.v1.PrivacyService``: converts, calls the core, converts."""
# ruff: noqa: N802 - the methods bear the names of the RPCs

import grpc

from adapters.grpc_server.convert_calls import to_real_number
from masking.v1 import privacy_service_pb2 as pb
from masking.v1.privacy_service_pb2_grpc import PrivacyServiceServicer
from masking_core.services.erasure import Erasing


class PrivacyService(PrivacyServiceServicer):
    """Forgets people."""

    def __init__(self, erasing: Erasing) -> None:
        """Take the core's service."""
        self._erasing = erasing

    def ErasePerson(self, request: pb.ErasePersonRequest, context: grpc.ServicerContext) -> pb.ErasePersonResponse:
        """See the proto."""
        del context
        done = self._erasing.erase(to_real_number("phone_number", request.phone_number))
        return pb.ErasePersonResponse(
            sessions_closed=done.sessions_closed,
            sessions_forgotten=done.sessions_forgotten,
            calls_anonymised=done.calls_anonymised,
            reports_forgotten=done.reports_forgotten,
        )
