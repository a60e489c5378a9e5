"""The allow-list, before anything of a request is read but its head."""

import falcon

from adapters.settings import Settings
from webhook_edge.clients import Clients


class Doorkeeper:
    """Falcon's middleware that refuses who is not on the list."""

    def __init__(self, settings: Settings) -> None:
        """Take the list, and the proxies whose ``X-Forwarded-For`` counts."""
        self._clients = Clients(settings.edge_allow, settings.trusted_proxies)

    def process_request(self, req: falcon.Request, _resp: falcon.Response) -> None:
        """Raises falcon's 403."""
        environ = req.env
        if not self._clients.may_ask(environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", "")):
            raise falcon.HTTPForbidden(title="this address is not on the list of those that may ask")
