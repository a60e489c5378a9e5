"""The log of a server: one line each on stderr, and of an exception where it happened alone."""

import logging
import time

from adapters.grpc_server.traces import trace


class LineFormatter(logging.Formatter):
    """``time level logger: message``. The text of an exception may hold a request's content, so it is left out."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = f"{moment}.{int(record.msecs):03}Z {record.levelname.lower()} {record.name}: {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            line = f"{line} ({trace(record.exc_info[1])})"
        return " ".join(line.split("\n"))


def log_to_stderr() -> None:
    """Log from here on."""
    handler = logging.StreamHandler()
    handler.setFormatter(LineFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
