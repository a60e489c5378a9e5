"""Every setting of the system, in one frozen object; the environment and the file are read here alone."""

from dataclasses import dataclass, field
from pathlib import Path

from masking_core.signature import Credential


@dataclass(frozen=True, slots=True)
class Settings:
    """What is in force. Secrets do not print.

    ``keys`` is the path of the key file. ``callback_urls`` and ``status_urls`` are those configured
    at the provider, character for character. ``webhook_auth`` is ``signature`` or ``none``.
    ``unavailable_audio`` is what a caller hears while the store is away: ``standard``, a file id or
    a URL of the provider's; empty answers 503, so that the provider tries its backup URL.
    """

    store: str
    keys: Path
    data_dir: Path
    grpc_address: str
    edge_address: str
    public_url: str
    callback_urls: tuple[str, ...]
    status_urls: tuple[str, ...]
    webhook_credentials: tuple[Credential, ...] = field(repr=False)
    webhook_auth: str
    unavailable_audio: str
    edge_workers: int
    edge_threads: int
    grpc_threads: int
