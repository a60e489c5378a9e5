"""The way to the gRPC server: over TLS where there is any, and with the API key that the settings have."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import grpc

from adapters.secret import Secret
from adapters.settings import Settings, SettingsError
from adapters.settings_sources import variable
from adapters.settings_values import is_loopback


def channel_to(target: str, settings: Settings, options: Any) -> grpc.Channel:
    """A channel. Raises SettingsError for files that cannot be read, and for a key that would travel in the clear."""
    secure = settings.grpc_ca is not None or settings.grpc_certificate is not None
    if secure:
        channel = grpc.secure_channel(target, _credentials(settings), options=options)
    else:
        if settings.api_key and not is_loopback(target) and settings.grpc_tls != "none":
            raise SettingsError(
                f"{variable('api_key')} would travel to {target} in the clear: {variable('grpc_ca')} must name the CA "
                f"of the server, or {variable('grpc_tls')} be none"
            )
        channel = grpc.insecure_channel(target, options=options)
    return grpc.intercept_channel(channel, _WithKey(settings.api_key)) if settings.api_key else channel


def _credentials(settings: Settings) -> grpc.ChannelCredentials:
    return grpc.ssl_channel_credentials(
        _read("grpc_ca", settings.grpc_ca),
        _read("grpc_client_key", settings.grpc_client_key),
        _read("grpc_client_certificate", settings.grpc_client_certificate),
    )


def _read(name: str, path: Path | None) -> bytes | None:
    try:
        return None if path is None else path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{variable(name)}: {path} cannot be read: {error.strerror}") from error


class _Details(NamedTuple):
    """What gRPC tells of a call, with other metadata."""

    method: str
    timeout: float | None
    metadata: Any
    credentials: grpc.CallCredentials | None
    wait_for_ready: bool | None
    compression: Any


class _WithKey(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Sends the key with every call."""

    def __init__(self, key: Secret) -> None:
        self._header = ("authorization", f"Bearer {key.text}")

    def intercept_unary_unary(self, continuation: Callable[..., Any], client_call_details: Any, request: Any) -> Any:
        """See gRPC."""
        return continuation(self._with_key(client_call_details), request)

    def intercept_unary_stream(self, continuation: Callable[..., Any], client_call_details: Any, request: Any) -> Any:
        """See gRPC."""
        return continuation(self._with_key(client_call_details), request)

    def _with_key(self, given: Any) -> _Details:
        metadata = (*(given.metadata or ()), self._header)
        return _Details(
            given.method, given.timeout, metadata, given.credentials, given.wait_for_ready, given.compression
        )
