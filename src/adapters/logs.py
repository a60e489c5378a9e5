"""Log lines: one for each thing that happened, and nothing of any request in them but its correlation id."""

import logging
import time
import traceback
from pathlib import PurePath
from typing import Final

import msgspec

from adapters.telemetry import correlation

TEXT: Final = "text"
JSON: Final = "json"

_CONTROLS: Final = dict.fromkeys((*range(0x20), 0x7F, 0x85, 0x2028, 0x2029), " ")
_encode: Final = msgspec.json.Encoder().encode


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
    """Writes ``time level logger: message``, of an exception its ``trace_of``, and whose webhook or RPC it was."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = f"{_moment(record)} {record.levelname.lower()} {record.name}: {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            line += f" ({trace_of(record.exc_info[1])})"
        under_way = correlation.current()
        if under_way is not None:
            line += f" correlation_id={under_way}"
        return line.translate(_CONTROLS)


class JsonFormatter(logging.Formatter):
    """Writes one JSON object with ``time``, ``level``, ``logger`` and ``message``, and what else there is to tell."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        members = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage().encode(errors="replace").decode(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            members["error"] = trace_of(record.exc_info[1])
        under_way = correlation.current()
        if under_way is not None:
            members["correlation_id"] = str(under_way)
        return _encode(members).decode()


def formatter(log_format: str) -> logging.Formatter:
    """What writes lines in this format: ``text`` or ``json``."""
    return JsonFormatter() if log_format == JSON else OneLineFormatter()


def configure(log_format: str) -> None:
    """Log to standard error, unless whoever started this process has set up logging already."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(log_format))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _moment(record: logging.LogRecord) -> str:
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{moment}.{int(record.msecs):03}Z"
