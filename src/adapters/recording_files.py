"""The way to the recordings that the provider keeps, where the settings show one."""

from contextlib import AbstractContextManager
from threading import Lock
from typing import TYPE_CHECKING

from adapters.secret import Secret
from masking_core.errors import ProviderNotConfigured
from masking_core.ports.recordings import OpenedRecording

if TYPE_CHECKING:
    from adapters.infobip.recordings import InfobipRecordings


class ProviderRecordings:
    """Recordings at Infobip, whose library is imported when one is asked for. Port: ``RecordingFiles``."""

    def __init__(self, base_url: str = "", key: Secret | None = None) -> None:
        """Take the access to one's account; without either every request raises ProviderNotConfigured."""
        self._base_url = base_url
        self._key = key or Secret()
        self._lock = Lock()
        self._connected: InfobipRecordings | None = None

    def open(self, file_id: str, offset: int) -> AbstractContextManager[OpenedRecording]:
        """See ``RecordingFiles``."""
        return self._recordings().open(file_id, offset)

    def delete(self, file_id: str) -> None:
        """See ``RecordingFiles``."""
        self._recordings().delete(file_id)

    def _recordings(self) -> "InfobipRecordings":
        with self._lock:
            if self._connected is None:
                self._connected = self._connect()
            return self._connected

    def _connect(self) -> "InfobipRecordings":
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
        return InfobipRecordings(Transport(self._base_url, self._key, attempts=1))
