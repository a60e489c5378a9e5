"""What every command's exit code means. The README has the same table."""

from enum import IntEnum
from typing import Self


class ExitCode(IntEnum):
    """Scripts rely on these. The text after each is the README's."""

    OK = 0, "done"
    REFUSED = 1, "the answer is no: a field is wrong, there is no such thing, the pool is exhausted"
    USAGE = 2, "the command line or the file it names is wrong; nothing was sent. Of `infobip plan`: there are changes"
    UNREACHABLE = 3, "the server, the edge or the store does not answer now; the same command may succeed later"
    SETTINGS = 4, "a setting, the key file or the store's schema is missing or wrong, or an address is taken"
    FAILED = 5, "something broke that should not; stderr says what"
    INTERRUPTED = 130, "stopped with Ctrl-C"
    OUTPUT_CLOSED = 141, "whoever read the output went away"

    meaning: str

    def __new__(cls, value: int, meaning: str) -> Self:
        """Keep the meaning beside the number."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member
