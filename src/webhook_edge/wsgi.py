"""Where the edge is put together: settings, the services over them, the application over those.

For a WSGI server of one's own: ``gunicorn 'webhook_edge.wsgi:application()'``. The one that comes
with the edge is ``webhook_edge.server``.
"""

from typing import Final

import falcon
from falcon import App

from adapters import logs
from adapters.composition import Services, compose
from adapters.settings import Settings, load_settings
from webhook_edge.app import create_app
from webhook_edge.guard import check_guarded

SERVICE: Final = "masking-edge"
"""What traces call the edge."""


def build(settings: Settings, services: Services | None = None) -> App[falcon.Request, falcon.Response]:
    """The application under these settings, over the services given or its own.

    The store is not asked: one that is away answers later. Raises what loading the keys does.
    """
    return create_app(services or compose(settings, SERVICE), settings)


def application() -> App[falcon.Request, falcon.Response]:
    """The application under the settings of this process. Raises CannotServe too."""
    settings = load_settings()
    logs.configure(settings.log_format)
    check_guarded(settings)
    return build(settings)
