"""Lines of history in the order in which they arrived, wherever they stand in the files."""

from __future__ import annotations

import shutil
import sys
import zlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Self

import msgspec

from core.engine.instant import parse_time
from core.errors import OperatorError
from cuewire.history import LONGEST_LINE, inflated, refuse_misnamed

#: Where a dash is given for a file, history comes by a pipe.
PIPE = Path("-")


class _Times(msgspec.Struct):
    """The parts of a line that say when it arrived; the rest is not looked at yet."""

    timestamp: Any = None
    original: Any = msgspec.field(default=None, name="originalTimestamp")
    received: Any = msgspec.field(default=None, name="receivedAt")


_read_times = msgspec.json.Decoder(_Times).decode
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Line:
    """One line, when it arrived (ms), and where it stands."""

    raw: bytes
    arrived: int
    file: Path
    number: int

    def __str__(self) -> str:
        """Name its place."""
        return f"{self.file}:{self.number}"


class Lines:
    """The lines of some files that are not blank; of each only its place and its arrival are kept in memory.

    A line without ``receivedAt`` arrived at the latest time told so far. Lines that arrived at the same time keep
    the order of the files.
    """

    def __init__(self, files: Sequence[Path], *, on_read: Callable[[], object] = lambda: None) -> None:
        self._files = files
        self._opened: list[IO[bytes]] = []
        self._ends: list[int] = []
        self._arrivals, self._offsets, self._numbers = array("q"), array("q"), array("q")
        self._latest, self._in_order = 0, True
        self._open = ExitStack()
        self._on_read = on_read

    def __enter__(self) -> Self:
        """Open the files and look at when each line arrived."""
        try:
            for path in self._files:
                self._survey(path)
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Close the files."""
        self._open.close()

    def __len__(self) -> int:
        """Count the lines."""
        return len(self._arrivals)

    def __iter__(self) -> Iterator[Line]:
        """Give the lines in the order of their arrival."""
        order: Sequence[int] = range(len(self))
        if not self._in_order:
            order = sorted(order, key=self._arrivals.__getitem__)
        places = self._places()
        for index in order:
            place = places[index]
            file = self._opened[place]
            file.seek(self._offsets[index])
            raw = file.readline(LONGEST_LINE).strip()
            yield Line(raw, self._arrivals[index], self._files[place], self._numbers[index])

    def _places(self) -> array[int]:
        """Tell for each line which file it stands in."""
        places, begin = array("i"), 0
        for place, end in enumerate(self._ends):
            places.extend([place] * (end - begin))
            begin = end
        return places

    def _survey(self, path: Path) -> None:
        try:
            file = self._opening(path)
            self._opened.append(file)
            self._note_lines(file)
        except (OSError, EOFError, zlib.error) as error:
            raise OperatorError(
                f"{path} cannot be read: {error}.", hint="Give files of JSON lines, plain or .gz."
            ) from error
        self._ends.append(len(self._arrivals))

    def _opening(self, path: Path) -> IO[bytes]:
        """Open a file that can be read from any place; one that cannot is copied first."""
        if path != PIPE and path.suffix != ".gz":
            opened = self._open.enter_context(path.open("rb"))
            refuse_misnamed(opened, path)
            return opened
        copy: IO[bytes] = TemporaryFile(prefix="cuewire-simulate-")  # noqa: SIM115 - the stack closes it
        self._open.callback(copy.close)
        if path == PIPE:
            shutil.copyfileobj(sys.stdin.buffer, copy)
        else:
            with path.open("rb") as file, inflated(file, path) as plain:
                shutil.copyfileobj(plain, copy)
        copy.seek(0)
        return copy

    def _note_lines(self, file: IO[bytes]) -> None:
        offset = number = 0
        while raw := file.readline(LONGEST_LINE):
            number += 1
            if not raw.isspace():
                arrived = self._arrival(raw)
                self._in_order = self._in_order and (not self._arrivals or arrived >= self._arrivals[-1])
                self._arrivals.append(arrived)
                self._offsets.append(offset)
                self._numbers.append(number)
                self._on_read()
            offset += len(raw)

    def _arrival(self, raw: bytes) -> int:
        """Tell when a line arrived; one that says nothing of it, or is none, at the latest time so far."""
        try:
            times = _read_times(raw)
        except _UNREADABLE:
            return self._latest
        told = parse_time(times.received)
        happened = parse_time(times.timestamp) or parse_time(times.original)
        arrived = max(self._latest, happened or 0) if told is None else told
        self._latest = max(self._latest, arrived, happened or 0)
        return arrived
