"""The first pass: every line once, as the events that each version makes of it, and who belongs together."""

from __future__ import annotations

import os
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO

import msgspec

from core.engine.event import Event
from core.errors import BadRequest
from cuewire.simulate.circles import Circles, shared_out
from cuewire.simulate.labels import Label
from cuewire.simulate.lines import Line
from cuewire.simulate.version import Version

#: Reasons that are shown with the place of the first line of each.
SHOWN = 10

#: Further kinds are counted up to here, so that a file of nonsense does not fill the memory.
COUNTED = 1_000

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Event).decode


@dataclass
class Reading:
    """What became of the lines, as the first version saw them; ``others`` are reasons beyond those that are shown.

    Times are milliseconds.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    reasons: dict[str, tuple[int, str]] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    first: int | None = None
    last: int | None = None
    ahead: str = ""
    seconds: float = 0.0

    @property
    def total(self) -> int:
        """Count the lines."""
        return self.statuses.total()

    @property
    def bad(self) -> int:
        """Count the lines that could not be used."""
        return self.statuses["set_aside"]

    @property
    def left_out(self) -> tuple[int, int]:
        """Count the kinds of reason that are not shown, and their lines."""
        return len(self.others), self.bad - sum(number for number, _ in self.reasons.values())

    def refuse(self, place: str, reason: str) -> None:
        """Keep why a line could not be used, with the place of the first of its kind."""
        number, first = self.reasons.get(reason, (0, place))
        if number or len(self.reasons) < SHOWN:
            self.reasons[reason] = (number + 1, first)
        elif len(self.others) < COUNTED:
            self.others.add(reason)

    def take(self, line: Line, today: float) -> None:
        """Note when a line arrived that can be used."""
        self.first = line.arrived if self.first is None else self.first
        self.last = line.arrived
        if line.arrived > today and not self.ahead:
            self.ahead = str(line)


class Prepared:
    """Events on the disk, to be read by several processes at once; in memory stands only where each is."""

    def __init__(self, versions: Sequence[Version], file: IO[bytes]) -> None:
        self.reading = Reading()
        self.last = 0
        self.end = 0
        self._versions = versions
        self._file = file
        self._circles = Circles()
        self._of_lines = array("q")
        self._places = [(array("q"), array("q")) for _ in versions]
        self._written = 0

    def take(self, line: Line, today: float) -> None:
        """Read a line as every version does."""
        names: list[tuple[str, str]] = []
        for number, version in enumerate(self._versions):
            try:
                event = version.event(line)
            except BadRequest as problem:
                self._put(number, b"")
                if number == 0:
                    self.reading.statuses["set_aside"] += 1
                    field_ = f"{problem.field}: " if problem.field else ""
                    self.reading.refuse(str(line), field_ + problem.message)
                continue
            self._put(number, _encode(event))
            # The same id must be known again, whoever it is about.
            names += [*event.identifiers, (f"\0{event.source}", event.id)]
            self.last, self.end = line.arrived, max(self.end, event.timestamp)
            if number == 0:
                self.reading.take(line, today)
        self._of_lines.append(self._circles.join(names))

    def share_out(self, number: int) -> tuple[list[list[int]], Callable[[Label], int]]:
        """Give the lines of each share of the people, and a way to find the share that a label is about."""
        self._file.flush()
        of_lines = [self._circles.of(place) if place >= 0 else -1 for place in self._of_lines]
        shares = shared_out([one for one in of_lines if one >= 0], number)
        lines: list[list[int]] = [[] for _ in range(number)]
        for index, circle in enumerate(of_lines):
            if circle >= 0:
                lines[shares[circle]].append(index)

        def share_of(label: Label) -> int:
            circle = self._circles.find(label.identifiers)
            return 0 if circle is None else shares[circle]

        return lines, share_of

    def event(self, version: int, line: int) -> Event | None:
        """Give what a version made of a line."""
        offsets, sizes = self._places[version]
        if not sizes[line]:
            return None
        return _decode(os.pread(self._file.fileno(), sizes[line], offsets[line]))

    def _put(self, version: int, data: bytes) -> None:
        offsets, sizes = self._places[version]
        offsets.append(self._written)
        sizes.append(len(data))
        self._file.write(data)
        self._written += len(data)
