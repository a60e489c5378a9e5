"""``masking.v1.CallService``: converts, calls the core, converts."""
# ruff: noqa: N802 - the methods bear the names of the RPCs

from collections.abc import Iterator

import grpc

from adapters.grpc_server import convert_calls as convert
from adapters.grpc_server.convert_recordings import recording_message, to_recording_query
from adapters.grpc_server.convert_summaries import explanation_message, summary_message, to_summary_request
from adapters.grpc_server.downloads import Downloads
from adapters.grpc_server.names import parse_call, parse_recording
from adapters.grpc_server.page_tokens import to_page
from adapters.grpc_server.times import to_instant
from masking.v1 import call_service_pb2 as pb
from masking.v1.call_service_pb2_grpc import CallServiceServicer
from masking_core.ports.keys import Vault
from masking_core.services.call_summaries import CallSummaries
from masking_core.services.calls import Calls
from masking_core.services.explanations import Explaining
from masking_core.services.recordings import Recordings


class CallService(CallServiceServicer):
    """Reads, explains and adds up calls, and hands out their recordings."""

    def __init__(
        self, calls: Calls, explaining: Explaining, summaries: CallSummaries, recordings: Recordings, vault: Vault
    ) -> None:
        """Take the core's services, and the vault for looking calls up by a real number."""
        self._calls = calls
        self._explaining = explaining
        self._summaries = summaries
        self._recordings = recordings
        self._downloads = Downloads(recordings)
        self._vault = vault

    def GetCall(self, request: pb.GetCallRequest, context: grpc.ServicerContext) -> pb.Call:
        """See the proto."""
        del context
        shown = convert.to_shown("view", request.view)
        return convert.call_message(self._calls.get(parse_call("name", request.name)), shown)

    def ListCalls(self, request: pb.ListCallsRequest, context: grpc.ServicerContext) -> pb.ListCallsResponse:
        """See the proto."""
        del context
        shown = convert.to_shown("view", request.view)
        times = (to_instant("begin_time", request.begin_time), to_instant("end_time", request.end_time))
        asked = ("calls", request.pool, request.session, request.dialled, bool(request.phone_number), times)
        page = to_page(request.page_size, request.page_token, *asked)
        found = self._calls.list(convert.to_call_query(request, page, self._vault.lookups))
        views, token = page.cut(found, lambda view: convert.key_of(view.call))
        return pb.ListCallsResponse(calls=[convert.call_message(view, shown) for view in views], next_page_token=token)

    def Explain(self, request: pb.ExplainRequest, context: grpc.ServicerContext) -> pb.ExplainResponse:
        """See the proto."""
        del context
        shown = convert.to_shown("view", request.view)
        caller = convert.to_real_number("caller", request.caller) if request.caller else None
        dialled = convert.to_virtual_number("dialled", request.dialled)
        time = to_instant("time", request.time) if request.HasField("time") else None
        return explanation_message(self._explaining.explain(caller, dialled, time), self._calls, shown)

    def Summarize(self, request: pb.SummarizeRequest, context: grpc.ServicerContext) -> pb.SummarizeResponse:
        """See the proto."""
        del context
        asked = to_summary_request(request)
        return summary_message(asked, self._summaries.summarize(asked))

    def ListRecordings(
        self, request: pb.ListRecordingsRequest, context: grpc.ServicerContext
    ) -> pb.ListRecordingsResponse:
        """See the proto."""
        del context
        times = (to_instant("begin_time", request.begin_time), to_instant("end_time", request.end_time))
        page = to_page(request.page_size, request.page_token, "recordings", request.pool, request.session, times)
        found = self._recordings.list(to_recording_query(request, page))
        token = "" if found.after is None else page.token(convert.key_at(*found.after))
        return pb.ListRecordingsResponse(recordings=map(recording_message, found.recordings), next_page_token=token)

    def DownloadRecording(
        self, request: pb.DownloadRecordingRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.DownloadRecordingResponse]:
        """See the proto."""
        return self._downloads.download(request, context)

    def DeleteRecording(
        self, request: pb.DeleteRecordingRequest, context: grpc.ServicerContext
    ) -> pb.DeleteRecordingResponse:
        """See the proto."""
        del context
        self._recordings.delete(parse_recording("name", request.name))
        return pb.DeleteRecordingResponse()
