"""What a process is watched by."""

from dataclasses import dataclass, field

from adapters.telemetry.metrics import Metrics
from adapters.telemetry.traces import Traces, open_traces


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Metrics, always, for they cost next to nothing; traces where the settings ask for them."""

    metrics: Metrics = field(default_factory=Metrics)
    traces: Traces | None = None


def open_telemetry(traces: str, service: str) -> Telemetry:
    """The telemetry of one process; ``traces`` is the setting. Raises SettingsError."""
    return Telemetry(traces=open_traces(traces, service))
