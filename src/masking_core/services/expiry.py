"""When a session ends, of what a request asks for and its pool allows."""

from masking_core.errors import InvalidArgument
from masking_core.instants import NEVER, Duration, Instant
from masking_core.pools import Pool


def expire_time_of(
    pool: Pool, opened: Instant, now: Instant, time_to_live: Duration | None, expire_time: Instant | None
) -> Instant:
    """The end that a request asks for, within the pool's limit, which counts from the opening."""
    if time_to_live is not None and expire_time is not None:
        raise InvalidArgument("expire_time", "give either time_to_live or expire_time")
    field = "time_to_live" if time_to_live is not None else "expire_time"
    if time_to_live is not None:
        end = now + time_to_live
    elif expire_time is not None:
        end = expire_time
    else:
        end = now + pool.policy.default_time_to_live if pool.policy.default_time_to_live else NEVER
    if end <= now:
        raise InvalidArgument(field, "must lie in the future")
    if end > NEVER:
        raise InvalidArgument(field, "lies too far in the future")
    longest = pool.policy.max_time_to_live
    if longest and end > opened + longest:
        if time_to_live is None and expire_time is None:
            return opened + longest
        raise InvalidArgument(field, "is longer than the pool allows")
    return end
