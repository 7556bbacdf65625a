"""A value that must never be printed: keys, tokens, passwords."""

from __future__ import annotations


class Secret:
    """Hold a secret that shows itself only when asked; two values, comma-separated, while it is rotated."""

    __slots__ = ("_values",)

    def __init__(self, text: str) -> None:
        self._values = tuple(part for part in (piece.strip() for piece in text.split(",")) if part)

    def reveal(self) -> str:
        """Give the value to send: the first one."""
        return self._values[0] if self._values else ""

    def accepted(self) -> tuple[str, ...]:
        """Give every value that is still accepted from others."""
        return self._values

    def __bool__(self) -> bool:
        return bool(self._values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._values == self._values

    def __hash__(self) -> int:
        return hash(self._values)

    def __repr__(self) -> str:
        return "***"


#: What a setting holds that may be left out.
NO_SECRET = Secret("")
