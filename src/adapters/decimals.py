"""Exact figures as text."""

from decimal import Decimal


def decimal_text(figure: Decimal | None) -> str:
    """An exact decimal without exponent and idle zeros; empty for none."""
    if figure is None:
        return ""
    text = f"{figure:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text
