"""Read history: files of JSON lines, plain or gzip, one Segment-spec event a line."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import IO, Any

from core.engine.instant import parse_time
from core.errors import BadRequest, OperatorError
from core.ports import RawEvent, SetAside
from webhooks.payload import read_object
from webhooks.services import Limits
from webhooks.sources.segment.call import forwarded

#: Whose mapping reads a line that names no source.
SOURCE = "segment"

LONGEST = Limits().event
#: What a gzip file begins with.
GZIP = b"\x1f\x8b"
#: A file without line ends is no history; it is not read into memory to find that out.
LONGEST_LINE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """One line: whose mapping reads it, the event or why there is none, and when it arrived (ms)."""

    source: str
    item: RawEvent | SetAside
    arrived: int


class History:
    """Walks through files in the order given.

    A line without ``receivedAt`` arrived at the latest time told so far; nothing arrived later than ``now``.
    """

    def __init__(
        self,
        files: Sequence[Path],
        sources: Collection[str],
        *,
        now: int,
        on_read: Callable[[int], object] = lambda size: None,
    ) -> None:
        self._files = files
        self._sources = sources
        self._now = now
        self._on_read = on_read
        self._latest = 0

    def size(self) -> int:
        """Give the bytes of all files, as they lie on the disk."""
        return sum(path.stat().st_size for path in self._files)

    def __iter__(self) -> Iterator[Line]:
        """Give every line that is not blank."""
        for path in self._files:
            try:
                yield from self._lines(path)
            except (OSError, EOFError) as error:
                raise OperatorError(
                    f"{path} cannot be read: {error}.", hint="Give files of JSON lines, plain or .gz."
                ) from error

    def _lines(self, path: Path) -> Iterator[Line]:
        with path.open("rb") as file, inflated(file, path) as opened:
            seen = 0
            while raw := opened.readline(LONGEST_LINE):
                if raw.strip():
                    yield self._line(raw.strip())
                # The place in the file itself: of a compressed one that is all there is to measure by.
                place = file.tell()
                self._on_read(place - seen)
                seen = place

    def _line(self, raw: bytes) -> Line:
        try:
            source, call = read_call(raw, self._sources)
            return Line(source, RawEvent(raw, call), self._arrival(call))
        except BadRequest as error:
            reason = f"{error.field}: {error.message}" if error.field else error.message
            return Line(SOURCE, SetAside(raw, reason), self._latest or self._now)

    def _arrival(self, call: Mapping[str, Any]) -> int:
        refuse_timeless(call)
        happened = parse_time(call.get("timestamp")) or parse_time(call.get("originalTimestamp")) or 0
        arrived = parse_time(call.get("receivedAt"))
        told = max(self._latest, happened) if arrived is None else arrived
        self._latest = max(self._latest, min(max(told, happened), self._now))
        return min(told, self._now)


def read_call(raw: bytes, sources: Collection[str]) -> tuple[str, Mapping[str, Any]]:
    """Read one line: whose mapping reads it, and the call; one that is none is refused."""
    if len(raw) > LONGEST:
        raise BadRequest(f"larger than {LONGEST:,} bytes", field="line")
    call = read_object(raw, field="line")
    source = str(call.pop("source", "") or SOURCE)
    if source not in sources:
        raise BadRequest(f"There is no mapping sources/{source[:60]}.yaml.", field="source")
    return source, forwarded(call)


def refuse_timeless(call: Mapping[str, Any]) -> None:
    """Refuse an event of no known time; one whose own cannot be read happened on arrival, as live."""
    if all(parse_time(call.get(name)) is None for name in ("timestamp", "originalTimestamp", "receivedAt")):
        raise BadRequest("The time of the event is missing or no time.", field="timestamp")


def refuse_misnamed(file: BufferedReader, path: Path) -> None:
    """Refuse a file that is gzip under another name, rather than each of its lines."""
    if path.suffix != ".gz" and file.peek(len(GZIP)).startswith(GZIP):
        raise OperatorError(f"{path} looks like gzip.", hint=f"Name it .gz, as in {path.name}.gz.")


def inflated(file: BufferedReader, path: Path) -> AbstractContextManager[IO[bytes]]:
    """Read through gzip where the name says so."""
    refuse_misnamed(file, path)
    return gzip.GzipFile(fileobj=file) if path.suffix == ".gz" else nullcontext(file)  # type: ignore[return-value]
