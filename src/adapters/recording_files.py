"""The way to the recordings that the provider keeps, where the settings show one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from adapters.secret import Secret
from masking_core.errors import ProviderNotConfigured
from masking_core.ports.recordings import OpenedRecording

if TYPE_CHECKING:
    from adapters.infobip.recordings import InfobipRecordings


class ProviderRecordings:
    """Recordings at Infobip, by a connection for each request. Port: ``RecordingFiles``."""

    def __init__(self, base_url: str = "", key: Secret | None = None) -> None:
        """Take the access to one's account; without either every request raises ProviderNotConfigured."""
        self._base_url = base_url
        self._key = key or Secret()

    @contextmanager
    def open(self, file_id: str, offset: int) -> Iterator[OpenedRecording]:
        """See ``RecordingFiles``."""
        with self._connected() as recordings, recordings.open(file_id, offset) as opened:
            yield opened

    def delete(self, file_id: str) -> None:
        """See ``RecordingFiles``."""
        with self._connected() as recordings:
            recordings.delete(file_id)

    @contextmanager
    def _connected(self) -> "Iterator[InfobipRecordings]":
        if not self._base_url or not self._key:
            raise ProviderNotConfigured(
                "recordings are fetched from Infobip: give the gRPC server MASKING_INFOBIP_BASE_URL, "
                "and MASKING_INFOBIP_API_KEY or the file infobip-api-key in its data directory"
            )
        try:
            from adapters.infobip.recordings import InfobipRecordings  # noqa: PLC0415 of an extra
            from adapters.infobip.transport import Transport  # noqa: PLC0415 likewise
        except ModuleNotFoundError as error:
            if error.name != "httpx":
                raise
            raise ProviderNotConfigured(
                "recordings are fetched with a library that the gRPC server lacks: pip install 'masking[infobip]'"
            ) from None
        # A client waits: whether and when to ask again is for it to decide.
        transport = Transport(self._base_url, self._key, attempts=1)
        try:
            yield InfobipRecordings(transport)
        finally:
            transport.close()
