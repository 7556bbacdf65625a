"""Lines of history come in the order of their arrival, wherever they stand."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.errors import OperatorError
from cuewire.simulate import lines as module
from cuewire.simulate.lines import PIPE, Lines

DAY = "2026-03-02T"


def write(path: Path, *lines: Any) -> Path:
    """Write lines of JSON, or texts as they are."""
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def line(name: str, at: str, received: str | None = None) -> dict[str, Any]:
    """Make a line that happened, and perhaps arrived, at a time of the day."""
    more = {} if received is None else {"receivedAt": f"{DAY}{received}:00Z"}
    return {"event": name, "timestamp": f"{DAY}{at}:00Z", **more}


def names(*files: Path) -> list[str]:
    """Read files, and name their events in order."""
    with Lines(files) as lines:
        return [json.loads(one.raw)["event"] for one in lines]


def clock(milliseconds: int) -> str:
    """Write a time of that day."""
    minutes = (milliseconds - 1_772_409_600_000) // 60_000
    return f"{minutes // 60:02}:{minutes % 60:02}"


def test_what_arrived_first_comes_first_across_files(tmp_path: Path) -> None:
    """Files that overlap are read as one; equal arrivals keep the order of the files."""
    one = write(tmp_path / "1.jsonl", line("b", "09:00", "10:00"), line("d", "09:00", "12:00"))
    two = write(tmp_path / "2.jsonl.gz", line("a", "09:30", "09:30"), line("c", "09:00", "10:00"))
    assert names(one, two) == ["a", "b", "c", "d"]


def test_without_an_arrival_it_is_the_latest_time_so_far(tmp_path: Path) -> None:
    """A line that tells of something older arrived late, and keeps its place."""
    path = write(tmp_path / "1.jsonl", line("a", "10:00"), line("b", "09:00"), line("c", "11:00"))
    with Lines([path]) as lines:
        assert [clock(one.arrived) for one in lines] == ["10:00", "10:00", "11:00"]


def test_each_line_knows_its_place(tmp_path: Path) -> None:
    """Blank lines are counted and not given."""
    path = write(tmp_path / "1.jsonl", line("a", "10:00"), "", "   ", line("b", "11:00"), "{broken")
    with Lines([path]) as lines:
        assert [str(one) for one in lines] == [f"{path}:1", f"{path}:4", f"{path}:5"]
        assert len(lines) == 3


def test_a_pipe_is_read_as_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot be read twice, so that a copy is."""
    data = (json.dumps(line("b", "11:00", "11:00")) + "\n" + json.dumps(line("a", "10:00", "10:00"))).encode()
    monkeypatch.setattr(module, "sys", SimpleNamespace(stdin=SimpleNamespace(buffer=io.BytesIO(data))))
    assert names(PIPE) == ["a", "b"]


def test_an_archive_under_another_name_is_refused_as_a_whole(tmp_path: Path) -> None:
    """Not once for each of its lines; the hint names it."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(gzip.compress(b'{"event": "a"}\n'))
    with pytest.raises(OperatorError, match="looks like gzip") as refused, Lines([path]):
        pass
    assert refused.value.hint == "Name it .gz, as in events.jsonl.gz."


def test_a_damaged_archive_is_told_by_its_name(tmp_path: Path) -> None:
    """Cut short, damaged within, or none at all."""
    whole = gzip.compress(b'{"event": "a"}\n' * 1_000)
    for number, data in enumerate((whole[:-12], whole[:20] + b"\xff" * 8 + whole[28:], b"no archive")):
        path = tmp_path / f"{number}.gz"
        path.write_bytes(data)
        with pytest.raises(OperatorError, match=path.name), Lines([path]):
            pass
