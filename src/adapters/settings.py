"""Every setting of the system, in one frozen object; the environment and the file are read here alone."""

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

from adapters import settings_values as values
from adapters.secret import Secret
from adapters.settings_sources import SettingsError, Sources, variable
from masking_core.signature import Credential

__all__ = ["InForce", "Settings", "SettingsError", "load_settings", "read_settings"]

DEFAULT = "default"
_CREDENTIALS = "webhook-credentials"
_API_KEY = "infobip-api-key"
_OWN_API_KEY = "api-key"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_EMBEDDED = ("memory://", "sqlite://")
"""Stores that begin with a key file of their own making; any other may be shared, and so must its keys."""

Value = TypeVar("Value")
Default = TypeVar("Default")


@dataclass(frozen=True, slots=True)
class Settings:
    """What is in force. Secrets do not print.

    ``keys`` is the path of the key file. ``ops_address`` is where probes and monitoring ask, or empty.
    ``callback_urls`` and ``status_urls`` are those configured at the provider, character for character.
    ``webhook_auth`` is ``signature`` or ``none``. ``unavailable_audio`` is what a caller hears while
    the store is away: ``standard``, a file id or a URL of the provider's; empty answers 503, so that
    the provider tries its backup URL. ``report_zone`` is the time zone of the provider's status
    reports, which name none. ``edge_queue`` requests wait for a thread in each process of the edge,
    under overload for ``edge_queue_ms`` at most. ``edge_allow`` empty lets everybody in; the word of
    ``trusted_proxies`` counts about where a request comes from.
    ``grpc_certificate``, ``grpc_key`` and ``grpc_client_ca`` are the server's, ``grpc_ca``,
    ``grpc_client_certificate``, ``grpc_client_key`` and ``api_key`` those of commands.
    ``grpc_tls`` is ``required`` or ``none``, and ``grpc_auth`` ``keys`` or ``none``.
    ``infobip_base_url`` is that of one's account at Infobip, or empty.
    """

    store: str = field(repr=False)
    keys: Path
    data_dir: Path
    grpc_address: str
    edge_address: str
    ops_address: str
    grpc_ops_address: str
    public_url: str
    callback_urls: tuple[str, ...]
    status_urls: tuple[str, ...]
    webhook_credentials: tuple[Credential, ...] = field(repr=False)
    webhook_auth: str
    unavailable_audio: str
    report_zone: ZoneInfo
    edge_workers: int
    edge_threads: int
    edge_queue: int
    edge_queue_ms: int
    edge_connections: int
    edge_request_seconds: int
    edge_idle_seconds: int
    edge_max_headers: int
    edge_max_head: int
    edge_max_body: int
    edge_allow: tuple[values.Network, ...]
    trusted_proxies: tuple[values.Network, ...]
    grpc_threads: int
    grpc_tls: str
    grpc_certificate: Path | None
    grpc_key: Path | None
    grpc_client_ca: Path | None
    grpc_auth: str
    grpc_ca: Path | None
    grpc_client_certificate: Path | None
    grpc_client_key: Path | None
    api_key: Secret
    audit_retention_days: int
    log_format: str
    traces: str
    infobip_base_url: str
    infobip_api_key: Secret

    @property
    def in_memory(self) -> bool:
        """Whether the store lives and dies with one process."""
        return self.store.startswith("memory://")

    @property
    def embedded(self) -> bool:
        """Whether the store is this machine's alone, and with it the key file that a first start makes."""
        return self.store.startswith(_EMBEDDED)

    @property
    def credentials_file(self) -> Path:
        """The file that the webhook credentials stand in when no setting names any."""
        return self.data_dir / _CREDENTIALS


@dataclass(frozen=True, slots=True)
class InForce:
    """The settings, and by name of each where it comes from: ``environment``, a file's path or ``default``.

    ``warnings`` are sentences about what was given and is no setting.
    """

    settings: Settings
    sources: dict[str, str]
    warnings: tuple[str, ...]


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process, or of the ``environ`` given. Raises SettingsError."""
    return read_settings(environ).settings


def read_settings(environ: Mapping[str, str] | None = None) -> InForce:
    """The settings with their sources. Raises SettingsError naming the setting and its source."""
    reader = _Reader(Sources(os.environ if environ is None else environ, [each.name for each in fields(Settings)]))
    data_dir = reader.take("data_dir", values.path, Path("data"))
    store = reader.take("store", values.store, f"sqlite:///{quote(str(data_dir / 'masking.db'))}")
    edge_address = reader.take("edge_address", values.address, "127.0.0.1:8080")
    public_url = reader.take("public_url", values.base_url, f"http://{values.dialable(edge_address)}")
    settings = Settings(
        store=store,
        keys=reader.keys(store, data_dir),
        data_dir=data_dir,
        grpc_address=reader.take("grpc_address", values.address, "127.0.0.1:50051"),
        edge_address=edge_address,
        ops_address=reader.take("ops_address", values.address_or_none, "127.0.0.1:8081"),
        grpc_ops_address=reader.take("grpc_ops_address", values.address_or_none, "127.0.0.1:8082"),
        public_url=public_url,
        callback_urls=reader.take("callback_urls", values.urls, (f"{public_url}/infobip/callback",)),
        status_urls=reader.take("status_urls", values.urls, (f"{public_url}/infobip/status",)),
        webhook_credentials=reader.webhook_credentials(data_dir),
        webhook_auth=reader.take("webhook_auth", values.webhook_auth, "signature"),
        unavailable_audio=reader.take("unavailable_audio", values.unavailable_audio, "standard"),
        report_zone=reader.take("report_zone", values.zone, ZoneInfo("UTC")),
        edge_workers=reader.edge_workers(store),
        edge_threads=reader.take("edge_threads", values.count, 8),
        edge_queue=reader.take("edge_queue", values.count, 16),
        edge_queue_ms=reader.take("edge_queue_ms", values.whole(1, 10_000), 5),
        edge_connections=reader.take("edge_connections", values.whole(100, 100_000), 4_000),
        edge_request_seconds=reader.take("edge_request_seconds", values.whole(1, 600), 10),
        edge_idle_seconds=reader.take("edge_idle_seconds", values.whole(1, 3_600), 75),
        edge_max_headers=reader.take("edge_max_headers", values.count, 64),
        edge_max_head=reader.take("edge_max_head", values.whole(1_024, 1_048_576), 16_384),
        edge_max_body=reader.take("edge_max_body", values.whole(1_024, 1_048_576), 65_536),
        edge_allow=reader.take("edge_allow", values.networks, ()),
        trusted_proxies=reader.take("trusted_proxies", values.networks, ()),
        grpc_threads=reader.take("grpc_threads", values.count, 16),
        grpc_tls=reader.take("grpc_tls", values.grpc_tls, "required"),
        grpc_certificate=reader.take("grpc_certificate", values.path, None),
        grpc_key=reader.take("grpc_key", values.path, None),
        grpc_client_ca=reader.take("grpc_client_ca", values.path, None),
        grpc_auth=reader.take("grpc_auth", values.grpc_auth, "keys"),
        grpc_ca=reader.take("grpc_ca", values.path, None),
        grpc_client_certificate=reader.take("grpc_client_certificate", values.path, None),
        grpc_client_key=reader.take("grpc_client_key", values.path, None),
        api_key=reader.secret("api_key", data_dir / _OWN_API_KEY),
        audit_retention_days=reader.take("audit_retention_days", values.count, 400),
        log_format=reader.take("log_format", values.log_format, "text"),
        traces=reader.take("traces", values.traces, reader.sources.traces()),
        infobip_base_url=reader.take("infobip_base_url", values.base_url, ""),
        infobip_api_key=reader.secret("infobip_api_key", data_dir / _API_KEY),
    )
    return InForce(settings, reader.used, reader.sources.warnings())


class _Reader:
    """Reads one setting after the other, and notes where each stood."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.used: dict[str, str] = {}

    def take(self, name: str, read: Callable[[object], Value], default: Default) -> Value | Default:
        given = self.sources.find(name)
        if given is None:
            self.used[name] = DEFAULT
            return default
        self.used[name] = given.source
        try:
            return read(given.value)
        except ValueError as error:
            raise self.error(name, str(error)) from error

    def error(self, name: str, problem: str) -> SettingsError:
        return SettingsError(f"{variable(name)} ({self.used[name]}): {problem}")

    def keys(self, store: str, data_dir: Path) -> Path:
        path = self.take("keys", values.path, data_dir / "keys.toml")
        if self.used["keys"] == DEFAULT and not store.startswith(_EMBEDDED):
            raise SettingsError(
                f"{variable('keys')} must name the key file of this store; `masking keys generate PATH` makes one"
            )
        return path

    def edge_workers(self, store: str) -> int:
        in_memory = store.startswith("memory://")
        workers = self.take("edge_workers", values.count, 1 if in_memory else 2)
        if in_memory and workers > 1:
            raise self.error("edge_workers", "must be 1 with memory://, which lives in one process")
        return workers

    def webhook_credentials(self, data_dir: Path) -> tuple[Credential, ...]:
        none: tuple[Credential, ...] = ()
        return self._given_or_written("webhook_credentials", values.credentials, none, data_dir / _CREDENTIALS)

    def secret(self, name: str, path: Path) -> Secret:
        """A secret, or else the one in a file that is its owner's alone."""

        def read(value: object) -> Secret:
            return values.secret(value.strip() if isinstance(value, str) else value)

        secret = self._given_or_written(name, read, Secret(), path)
        if self.used[name] == str(path) and stat.S_IMODE(path.stat().st_mode) & _OTHERS:
            raise self.error(name, f"is open to others than its owner: chmod 600 {path}")
        return secret

    def _given_or_written(self, name: str, read: Callable[[object], Value], none: Value, path: Path) -> Value:
        """The setting, or else what the file of its own says."""
        given = self.take(name, read, none)
        if given:
            return given
        try:
            written = path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return none
        except OSError as error:
            raise SettingsError(f"{path} cannot be read: {error.strerror}") from error
        self.used[name] = str(path)
        try:
            return read(written)
        except ValueError as error:
            raise self.error(name, str(error)) from error
