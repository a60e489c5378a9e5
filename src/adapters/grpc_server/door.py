"""How the gRPC server may be reached: over TLS or not, with a key or without."""

from dataclasses import dataclass
from typing import Final

import grpc

from adapters.grpc_server.certificates import Certificates
from adapters.settings import Settings, SettingsError
from adapters.settings_sources import variable
from adapters.settings_values import is_loopback

_PLAIN: Final = "gRPC is served in plain text beyond this machine: whoever is on the way reads keys and numbers"
_KEYLESS: Final = "gRPC is served to whoever reaches it, without a key"


@dataclass(frozen=True, slots=True)
class Door:
    """Without ``certificates`` there is no TLS.

    ``keyless`` is who comes in without a key: ``local`` where none was ever made, ``anyone``, or
    nobody, for the empty text. ``warnings`` are for the log, at every start.
    """

    certificates: Certificates | None = None
    keyless: str = "local"
    open_reflection: bool = True
    warnings: tuple[str, ...] = ()

    def add_to(self, server: grpc.Server, address: str) -> int:
        """Have the server listen, and return the port. Raises RuntimeError where it cannot."""
        if self.certificates is None:
            return server.add_insecure_port(address)
        return server.add_secure_port(address, self.certificates.credentials())


def door_of(settings: Settings) -> Door:
    """The door that the settings describe. Raises SettingsError for one that would stand open to the world."""
    local = is_loopback(settings.grpc_address)
    certificates = _certificates(settings)
    warnings = []
    if certificates is None and not local:
        if settings.grpc_tls != "none":
            raise SettingsError(
                f"{variable('grpc_address')} is not this machine alone: {variable('grpc_certificate')} and "
                f"{variable('grpc_key')} must name the files for TLS, or {variable('grpc_tls')} be none"
            )
        warnings.append(_PLAIN)
    if settings.grpc_auth == "none":
        warnings.append(_KEYLESS)
    keyless = "anyone" if settings.grpc_auth == "none" else "local" if local else ""
    return Door(certificates, keyless, local, tuple(warnings))


def _certificates(settings: Settings) -> Certificates | None:
    given = (settings.grpc_certificate, settings.grpc_key, settings.grpc_client_ca)
    if not any(given):
        return None
    certificate, key, client_ca = given
    if certificate is None or key is None:
        raise SettingsError(f"{variable('grpc_certificate')} and {variable('grpc_key')} go together")
    return Certificates(certificate, key, client_ca)
