"""The port to the recordings that the provider keeps."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OpenedRecording:
    """A recording from an offset on. ``total_size`` is that of all its bytes, 0 where the provider does not tell.

    ``chunks`` raises ProviderUnavailable where the recording breaks off.
    """

    total_size: int
    chunks: Iterator[bytes]


class RecordingFiles(Protocol):
    """The provider's recordings, by its file ids."""

    def open(self, file_id: str, offset: int) -> AbstractContextManager[OpenedRecording]:
        """Begin to read at byte ``offset``; at the end of the recording there is nothing to read.

        On entering it raises NotFound, InvalidArgument for an offset past the end,
        ProviderNotConfigured, ProviderRefused and ProviderUnavailable.
        """
        ...

    def delete(self, file_id: str) -> None:
        """Delete a recording; one that is gone is no error.

        Raises ProviderNotConfigured, ProviderRefused and ProviderUnavailable.
        """
        ...
