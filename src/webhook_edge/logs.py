"""Log lines: one each, and nothing of any request in them."""

import logging
import time
import traceback
from pathlib import PurePath
from typing import Final

_CONTROLS: Final = dict.fromkeys((*range(0x20), 0x7F, 0x85, 0x2028, 0x2029), " ")


def trace_of(error: BaseException) -> str:
    """What kind of exception it is and where it comes from, its causes included.

    Its text is left out: the texts of other people's exceptions hold the data they stumbled over.
    """
    told = []
    cause: BaseException | None = error
    while cause is not None:
        frames = traceback.extract_tb(cause.__traceback__)
        places = [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames)]
        told.append(" < ".join((type(cause).__name__, *places)))
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "; after ".join(told)


class OneLineFormatter(logging.Formatter):
    """Writes ``time level logger: message``, and of an exception its ``trace_of``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = f"{moment}.{int(record.msecs):03}Z {record.levelname.lower()} {record.name}: {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            line += f" ({trace_of(record.exc_info[1])})"
        return line.translate(_CONTROLS)


def configure() -> None:
    """Log to standard error, unless whoever started this process has set up logging already."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLineFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
