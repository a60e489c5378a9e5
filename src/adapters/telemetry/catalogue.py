"""Every metric: its name, its labels, and what it tells. The table in docs/operations.md is held to this one by a test.

Names say their unit (seconds, or none for a count). No label ever holds a number, a session, a call
or anything else that a request brings: each has few values, all of them words of ours or names of pools.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What Prometheus makes of a metric."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """One metric; ``help`` is the sentence that is exposed with it."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    help: str


BOUNDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of every histogram's buckets, in seconds; the last bucket has none."""

CALLBACK: Final = Metric(
    "masking_callback_duration_seconds", Kind.HISTOGRAM, ("answer", "reason"), "How long callbacks took to answer."
)
STATUS_REPORT: Final = Metric(
    "masking_status_report_duration_seconds",
    Kind.HISTOGRAM,
    ("answer", "reason"),
    "How long status reports took to take.",
)
RPC: Final = Metric("masking_rpc_duration_seconds", Kind.HISTOGRAM, ("method", "code"), "How long unary RPCs took.")
STREAM: Final = Metric("masking_streams_total", Kind.COUNTER, ("method", "code"), "Streams that have ended.")
STORE: Final = Metric(
    "masking_store_duration_seconds", Kind.HISTOGRAM, ("verb", "outcome"), "How long the store took for each verb."
)
SIGNATURE_FAILURE: Final = Metric(
    "masking_signature_failures_total", Kind.COUNTER, ("webhook", "flaw"), "Webhooks that were not the provider's."
)
SHED: Final = Metric("masking_shed_requests_total", Kind.COUNTER, ("why",), "Requests turned away unread.")
CALLS_HELD: Final = Metric("masking_calls_held", Kind.GAUGE, (), "Calls answered and not recorded yet.")
CALLS_LOST: Final = Metric(
    "masking_calls_not_recorded_total", Kind.COUNTER, (), "Calls answered that will never be recorded."
)
STORE_UP: Final = Metric("masking_store_up", Kind.GAUGE, (), "Whether the store told of its pools: 1 or 0.")
POOL_NUMBERS: Final = Metric(
    "masking_pool_numbers", Kind.GAUGE, ("pool", "state"), "Numbers of the pool: in_service, draining."
)
POOL_IDLE: Final = Metric(
    "masking_pool_idle_numbers", Kind.GAUGE, ("pool",), "Numbers in service without an active session."
)
POOL_RESERVED: Final = Metric(
    "masking_pool_reserved_numbers", Kind.GAUGE, ("pool",), "Numbers that one session has alone."
)
POOL_SESSIONS: Final = Metric("masking_pool_active_sessions", Kind.GAUGE, ("pool",), "Active sessions of the pool.")
POOL_LOAD: Final = Metric(
    "masking_pool_highest_load", Kind.GAUGE, ("pool",), "Active sessions of the number that has most."
)
POOL_USED: Final = Metric(
    "masking_pool_used_ratio", Kind.GAUGE, ("pool",), "Share of the numbers in service that have a session, 0 to 1."
)
POOL_LEFT: Final = Metric(
    "masking_pool_nearest_left_numbers",
    Kind.GAUGE,
    ("pool",),
    "Numbers left for the participant who is nearest to having none.",
)
POOL_AT_CAPACITY: Final = Metric(
    "masking_pool_at_capacity_numbers",
    Kind.GAUGE,
    ("pool",),
    "Numbers that within a day had as many calls at once as they carry.",
)
POOL_PEAK_CALLS: Final = Metric(
    "masking_pool_peak_calls", Kind.GAUGE, ("pool",), "Most calls that the pool had at once within a day."
)
POOL_RUNS_OUT: Final = Metric(
    "masking_pool_runs_out_timestamp_seconds",
    Kind.GAUGE,
    ("pool",),
    "Day on which the pool runs out at the present growth, in seconds since 1970; none without a forecast.",
)

METRICS: Final = (
    CALLBACK,
    STATUS_REPORT,
    RPC,
    STREAM,
    STORE,
    SIGNATURE_FAILURE,
    SHED,
    CALLS_HELD,
    CALLS_LOST,
    STORE_UP,
    POOL_NUMBERS,
    POOL_IDLE,
    POOL_RESERVED,
    POOL_SESSIONS,
    POOL_LOAD,
    POOL_USED,
    POOL_LEFT,
    POOL_AT_CAPACITY,
    POOL_PEAK_CALLS,
    POOL_RUNS_OUT,
)
