"""A text that does not print."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret; only ``text`` gives it away. An empty one is none."""

    text: str = field(default="", repr=False)

    def __bool__(self) -> bool:
        """Whether there is one."""
        return bool(self.text)

    def __str__(self) -> str:
        """Hidden."""
        return "••••" if self.text else "none"
