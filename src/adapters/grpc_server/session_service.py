"""``masking.v1.SessionService``: converts, calls the core, converts."""
# ruff: noqa: N802 - the methods bear the names of the RPCs

import grpc

from adapters.grpc_server.convert_changes import to_session_change
from adapters.grpc_server.convert_sessions import session_message, to_open_request, to_session_query, to_shown
from adapters.grpc_server.fields import within
from adapters.grpc_server.names import parse_session
from adapters.grpc_server.page_tokens import to_page
from masking.v1 import session_service_pb2 as pb
from masking.v1.session_service_pb2_grpc import SessionServiceServicer
from masking_core.ports.keys import Vault
from masking_core.services.sessions import Sessions


class SessionService(SessionServiceServicer):
    """Opens, reads, changes and closes sessions."""

    def __init__(self, sessions: Sessions, vault: Vault) -> None:
        """Take the core's service, and the vault for looking sessions up by a real number."""
        self._sessions = sessions
        self._vault = vault

    def OpenSession(self, request: pb.OpenSessionRequest, context: grpc.ServicerContext) -> pb.OpenSessionResponse:
        """See the proto."""
        del context
        view = self._sessions.open(to_open_request(request))
        return pb.OpenSessionResponse(session=session_message(view, str), pins=view.pins)

    def GetSession(self, request: pb.GetSessionRequest, context: grpc.ServicerContext) -> pb.Session:
        """See the proto."""
        del context
        shown = to_shown("view", request.view)
        return session_message(self._sessions.get(parse_session("name", request.name)), shown)

    def ListSessions(self, request: pb.ListSessionsRequest, context: grpc.ServicerContext) -> pb.ListSessionsResponse:
        """See the proto."""
        del context
        shown = to_shown("view", request.view)
        asked = ("sessions", request.pool, request.state, request.reference, bool(request.phone_number))
        page = to_page(request.page_size, request.page_token, *asked)
        found = self._sessions.list(to_session_query(request, page, self._vault.lookups))
        views, token = page.cut(found, lambda view: view.session.session_id)
        return pb.ListSessionsResponse(sessions=[session_message(view, shown) for view in views], next_page_token=token)

    def UpdateSession(self, request: pb.UpdateSessionRequest, context: grpc.ServicerContext) -> pb.Session:
        """See the proto."""
        del context
        shown = to_shown("view", request.view)
        change = to_session_change(request)
        with within("session"):
            view = self._sessions.update(change)
        return session_message(view, shown)

    def CloseSession(self, request: pb.CloseSessionRequest, context: grpc.ServicerContext) -> pb.Session:
        """See the proto."""
        del context
        shown = to_shown("view", request.view)
        return session_message(self._sessions.close(parse_session("name", request.name)), shown)
