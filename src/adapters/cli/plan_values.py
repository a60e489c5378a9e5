"""Values of ``masking plan``: parts of a whole, prices, and files for charts."""

import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Final

import click

_COUNTRY = re.compile(r"[A-Z]{2}")
_LONGEST_AMOUNT = 20
CHART_ENDINGS: Final = (".html", ".png")

ByCountry = tuple[str, Fraction]
"""A country and its amount; the empty one is for every country that is not named."""


class PercentType(click.ParamType[Fraction]):
    """``20%`` or ``0.2``."""

    name = "percent"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """Read one."""
        if isinstance(value, Fraction):
            return value
        text = str(value).replace(" ", "")
        amount = _amount(text.removesuffix("%"))
        if amount is None:
            self.fail("a part of a whole reads 20% or 0.2", param, ctx)
        return amount / 100 if text.endswith("%") else amount


class FactorType(click.ParamType[Fraction]):
    """A number between two bounds, with or without decimals."""

    name = "factor"

    def __init__(self, lowest: int, highest: int) -> None:
        """Take the bounds, which belong to it."""
        self._lowest, self._highest = lowest, highest

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """Read one."""
        amount = value if isinstance(value, Fraction) else _amount(str(value))
        if amount is None or not self._lowest <= amount <= self._highest:
            self.fail(f"a number from {self._lowest} to {self._highest:,}, as in 2.5", param, ctx)
        return amount


class PriceType(click.ParamType[ByCountry]):
    """``[CC=]AMOUNT``."""

    name = "price"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> ByCountry:
        """Read one."""
        if isinstance(value, tuple):
            return value
        country, equals, text = str(value).rpartition("=")
        amount = _amount(text)
        if amount is None or (equals and not _COUNTRY.fullmatch(country.upper())):
            self.fail("a price reads 1.50, or GB=1.50 for a country's own", param, ctx)
        return country.upper(), amount


class ShareType(click.ParamType[tuple[str, Fraction | None]]):
    """``CC[=PERCENT]``."""

    name = "share"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Fraction | None]:
        """Read one; without a part it is None."""
        if isinstance(value, tuple):
            return value
        country, equals, text = str(value).partition("=")
        if not _COUNTRY.fullmatch(country.upper()):
            self.fail("a country is an ISO 3166-1 alpha-2 code, as in GB or GB=60%", param, ctx)
        return country.upper(), PERCENT.convert(text, param, ctx) if equals else None


class ChartType(click.ParamType[Path]):
    """A file whose name's ending says what it becomes."""

    name = "chart"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Read one."""
        path = Path(str(value))
        if path.suffix.lower() not in CHART_ENDINGS:
            self.fail(f"a chart's file name ends in {' or '.join(CHART_ENDINGS)}", param, ctx)
        return path


def _amount(text: str) -> Fraction | None:
    """A number that is written in digits and not negative, or None."""
    try:
        amount = Decimal(text) if len(text) <= _LONGEST_AMOUNT and text.isascii() and "e" not in text.lower() else None
    except InvalidOperation:
        return None
    return Fraction(amount) if amount is not None and amount.is_finite() and amount >= 0 else None


PERCENT: Final = PercentType()
PRICE: Final = PriceType()
SHARE: Final = ShareType()
CHART: Final = ChartType()
