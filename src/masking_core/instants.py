"""Points in time and spans of it, as every package of the system counts them.

Integers, because SQL, Lua and the comparison on the callback's way all take them as they are.
"""

from collections.abc import Callable
from typing import Final

Instant = int
"""Microseconds since 1970-01-01T00:00:00Z."""

Duration = int
"""Microseconds."""

Clock = Callable[[], Instant]
"""Tells the present; handed in, so that a test decides what time it is."""

MILLISECOND: Final[Duration] = 1_000
SECOND: Final[Duration] = 1_000_000
MINUTE: Final[Duration] = 60 * SECOND
HOUR: Final[Duration] = 60 * MINUTE
DAY: Final[Duration] = 24 * HOUR

NEVER: Final[Instant] = 253_402_300_799 * SECOND
"""9999-12-31T23:59:59Z, the last second that RFC 3339 can write: the end of a session without one."""
