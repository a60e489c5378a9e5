"""The server's certificate, its key, and the CA of its clients, read again whenever their files change."""

import logging
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import grpc
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from adapters.settings_sources import SettingsError

_log = logging.getLogger(__name__)


class _Stamp(NamedTuple):
    """What tells a file that was written again."""

    device: int
    inode: int
    size: int
    modified: int


class Certificates:
    """Looks at the files for each connection that begins, and has whatever they hold then.

    Files that cannot be used leave in force what was, and are told to the log once. Certificate and
    key are two files: between the one and the other of a change they do not fit, and nothing changes.
    """

    def __init__(self, certificate: Path, key: Path, client_ca: Path | None) -> None:
        """Take the files; with ``client_ca`` every client must have a certificate that it signed."""
        self._certificate = certificate
        self._key = key
        self._client_ca = client_ca
        self._lock = Lock()
        self._seen: tuple[_Stamp | None, ...] = ()

    def credentials(self) -> grpc.ServerCredentials:
        """What a server listens with. Raises SettingsError for files that cannot be used."""
        self._seen = self._stamps()
        try:
            first = self._load()
        except (OSError, ValueError) as error:
            raise SettingsError(f"gRPC cannot serve TLS: {_told(error)}") from error
        return grpc.dynamic_ssl_server_credentials(
            first,
            self._fetch,  # type: ignore[arg-type] # None means "as before", which the stubs do not know
            require_client_authentication=self._client_ca is not None,
        )

    def _fetch(self) -> grpc.ServerCertificateConfiguration | None:
        """What is in force for a new connection; None for what was."""
        with self._lock:
            stamps = self._stamps()
            if stamps == self._seen:
                return None
            self._seen = stamps
            try:
                loaded = self._load()
            except (OSError, ValueError) as error:
                _log.error("the certificate from before stays in force: %s", _told(error))
                return None
        _log.info("gRPC has taken up a new certificate")
        return loaded

    def _stamps(self) -> tuple[_Stamp | None, ...]:
        files = (self._certificate, self._key, *([] if self._client_ca is None else [self._client_ca]))
        return tuple(map(_stamp, files))

    def _load(self) -> grpc.ServerCertificateConfiguration:
        """The files as they are. Raises OSError for one that cannot be read, and ValueError for one that is wrong."""
        chain, key = self._certificate.read_bytes(), self._key.read_bytes()
        _check_pair(chain, key)
        client_ca = None if self._client_ca is None else self._client_ca.read_bytes()
        if client_ca is not None:
            _certificates_in(client_ca, "the CA of the clients")
        return grpc.ssl_server_certificate_configuration([(key, chain)], client_ca)


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return _Stamp(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _check_pair(chain: bytes, key: bytes) -> None:
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    certified = _certificates_in(chain, "the certificate")[0].public_key().public_bytes(*form)
    try:
        own = load_pem_private_key(key, None).public_key().public_bytes(*form)
    except (ValueError, TypeError):
        raise ValueError("the key is no unencrypted PEM key") from None
    if own != certified:
        raise ValueError("the key is not that of the certificate")


def _certificates_in(text: bytes, what: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(text)
    except ValueError:
        raise ValueError(f"{what} is no PEM certificate") from None


def _told(error: Exception) -> str:
    """What is wrong, with no content of a file."""
    return f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
