"""An empty Falcon handler: ``app`` under gunicorn's own worker is the floor, and run as a program it has the edge's."""

from typing import Any

import falcon

from adapters import logs
from adapters.settings import load_settings
from webhook_edge.server import EdgeServer


class Empty:
    """Reads its body and answers."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        req.bounded_stream.read()
        resp.data = b"{}"


app = falcon.App()
app.add_route("/infobip/callback", Empty())


class EmptyServer(EdgeServer):
    """The edge's server without the edge."""

    def load(self) -> Any:
        return app


if __name__ == "__main__":
    logs.configure(logs.TEXT)
    EmptyServer(load_settings()).run()
