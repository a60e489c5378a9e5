"""What the stand-in's account has from the start: numbers that regulators keep free for stories."""

from typing import Final

SIMULATOR_KEY: Final = "simulator"
"""The account's API key. It opens nothing but the stand-in."""

NUMBERS: Final = {
    "GB": [f"+4420794600{index:02}" for index in range(1, 21)],
    "US": [f"+1212555010{index}" for index in range(10)],
}
"""By country."""
