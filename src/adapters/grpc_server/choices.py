"""Values of an enumeration, which may be ones that this server has not heard of."""

from collections.abc import Mapping
from typing import TypeVar

from masking_core.errors import InvalidArgument

Number = TypeVar("Number", bound=int)
Meaning = TypeVar("Meaning")


def chosen(field: str, choices: Mapping[Number, Meaning], value: Number) -> Meaning:
    """What a value stands for. Raises InvalidArgument naming ``field`` for one that is not among ``choices``."""
    try:
        return choices[value]
    except KeyError:
        raise InvalidArgument(field, "is not one of the values it may have") from None
