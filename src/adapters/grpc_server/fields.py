"""From the field an error of the core names to the path of that field in the request."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from masking_core.errors import InvalidArgument

_HEAD = re.compile(r"[a-z_]+")


@contextmanager
def renamed(**heads: str) -> Iterator[None]:
    """Put another first member into the fields that InvalidArgument names: ``renamed(policy="pool.policy")``."""
    try:
        yield
    except InvalidArgument as error:
        path = _HEAD.sub(lambda head: heads.get(head[0], head[0]), error.field, count=1)
        raise type(error)(path, error.problem) from error


@contextmanager
def within(parent: str) -> Iterator[None]:
    """Put ``parent`` before the fields that InvalidArgument names: ``within("session")``."""
    try:
        yield
    except InvalidArgument as error:
        raise type(error)(f"{parent}.{error.field}", error.problem) from error
