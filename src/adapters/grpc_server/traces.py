"""Where an error happened, without what it was about: an exception's text may hold a request's content."""

import traceback


def trace(error: BaseException) -> str:
    """The type of the error and the lines that led to it, its causes first."""
    lines: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        lines.insert(0, f"{''.join(traceback.format_tb(seen.__traceback__))}{type(seen).__qualname__}\n")
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "".join(lines).rstrip()
