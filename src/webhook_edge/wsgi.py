"""Where the edge is put together: settings, the services over them, the application over those.

For a WSGI server of one's own: ``gunicorn 'webhook_edge.wsgi:application()'``. The one that comes
with the edge is ``webhook_edge.server``.
"""

import falcon
from falcon import App

from adapters.composition import Services, compose
from adapters.settings import Settings, load_settings
from webhook_edge import logs
from webhook_edge.app import create_app
from webhook_edge.guard import check_guarded


def build(settings: Settings, services: Services | None = None) -> App[falcon.Request, falcon.Response]:
    """The application under these settings, over the services given or its own.

    The store is not asked: one that is away answers later. Raises what loading the keys does.
    """
    return create_app(services or compose(settings), settings)


def application() -> App[falcon.Request, falcon.Response]:
    """The application under the settings of this process. Raises CannotServe too."""
    logs.configure()
    settings = load_settings()
    check_guarded(settings)
    return build(settings)
