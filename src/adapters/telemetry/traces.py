"""The port for traces, and whether there are any: they are off unless asked for, and cost nothing then.

Nothing here imports OpenTelemetry; ``otel`` does, and is imported when traces are on.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Final, Protocol, cast

from adapters.settings_sources import SettingsError

OTLP: Final = "otlp"
_LIBRARIES: Final = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")


class Span(Protocol):
    """Something that is being done."""

    @property
    def trace_id(self) -> str:
        """The id of the whole trace, 32 hexadecimal digits."""
        ...

    def end(self, outcome: str, *, failed: bool = False, **attributes: str) -> None:
        """It is done, in the thread that began it; ``failed`` is for what somebody should look into."""
        ...


class Traces(Protocol):
    """Tells a collector who did what and how long it took."""

    def begin(self, name: str, traceparent: str | None = None, *, server: bool = False) -> Span:
        """Begin a span in this thread, as part of the one under way here, or of the caller's ``traceparent``."""
        ...

    def under_way(self) -> bool:
        """Whether a span is under way in this thread."""
        ...


def open_traces(exporter: str, service: str) -> Traces | None:
    """Traces of a ``service``, or None when ``exporter`` is not OTLP. Raises SettingsError without the libraries."""
    if exporter != OTLP:
        return None
    if not all(map(_is_there, _LIBRARIES)):
        raise SettingsError("traces need a library: pip install 'masking[otel]', or set MASKING_TRACES=none")
    return cast("Traces", import_module("adapters.telemetry.otel").OtelTraces(service))


def _is_there(library: str) -> bool:
    try:
        return find_spec(library) is not None
    except ModuleNotFoundError:
        return False
