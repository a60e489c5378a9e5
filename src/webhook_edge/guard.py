"""What must be right before the edge opens its port."""

import logging
import socket

from adapters.settings import Settings

_log = logging.getLogger(__name__)


class CannotServe(SystemExit):
    """The edge does not start; the text is one sentence for people. Uncaught it ends the process with status 1."""


def check_guarded(settings: Settings) -> None:
    """Refuse to listen to webhooks that nobody can verify, unless the settings say so aloud.

    Raises CannotServe; warns where verification is off.
    """
    if settings.webhook_auth == "none":
        _log.warning("MASKING_WEBHOOK_AUTH is none: whoever reaches this port is believed to be the provider")
    elif not settings.webhook_credentials:
        raise CannotServe(
            "there are no webhook credentials: set MASKING_WEBHOOK_CREDENTIALS to apiId:key as at the provider, "
            "or MASKING_WEBHOOK_AUTH=none to accept unsigned webhooks"
        )
    elif not settings.callback_urls:
        raise CannotServe("set MASKING_CALLBACK_URLS to the URLs configured at the provider: signatures cover them")


def reserve(address: str) -> socket.socket:
    """A socket that holds ``host:port`` for the workers of this process, each of which listens there itself.

    Raises CannotServe when somebody listens there already; a second edge would share its calls unseen.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    try:
        family, _, _, _, place = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
            place = probe.getsockname()
        held = socket.socket(family, socket.SOCK_STREAM)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(place)
    except OSError as error:
        raise CannotServe(f"cannot listen at {address}: {error.strerror}") from error
    return held
