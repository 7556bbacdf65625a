"""A secret that stands in a file, read again when the file changes: it is rotated without a restart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import structlog

from core.secret import Secret

#: Says what is wrong with a secret's text.
Refuse = Callable[[str, str], list[str]]

log = structlog.get_logger()


def nothing_wrong(name: str, text: str) -> list[str]:
    """Take any text."""
    return []


class FileSecret(Secret):
    """Hold what a file holds now; where it cannot be read any more, or is empty, what it held last."""

    __slots__ = ("_name", "_path", "_refuse", "_stamp")

    def __init__(self, name: str, path: Path, text: str, refuse: Refuse = nothing_wrong) -> None:
        super().__init__(text)
        self._name = name
        self._path = path
        self._refuse = refuse
        self._stamp = stamp(path)

    def reveal(self) -> str:
        """Give the value to send: the first one."""
        self._look()
        return super().reveal()

    def accepted(self) -> tuple[str, ...]:
        """Give every value that is still accepted from others."""
        self._look()
        return super().accepted()

    def _look(self) -> None:
        now = stamp(self._path)
        if now == self._stamp or now is None:
            return
        self._stamp = now
        try:
            text = self._path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            log.error("secret_not_read", setting=self._name, error=type(error).__name__)
            return
        found = Secret(text)
        problems = self._refuse(self._name, text) if found else [f"{self._name} is empty."]
        if problems:
            log.error("secret_not_taken", setting=self._name, problem=problems[0])
        else:
            self._values = found.accepted()
            log.info("secret_read_again", setting=self._name, values=len(self._values))


def stamp(path: Path) -> tuple[int, int, int] | None:
    """Give what changes with a file; None where it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
