"""What ``cuewire send`` makes of a recorded request, and of one that is none."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from core.errors import OperatorError
from cuewire.send import read_letter


def recorded(folder: Path, **parts: object) -> Path:
    """Write a recorded request."""
    file = folder / "request.json"
    file.write_bytes(msgspec.json.encode({"path": "/event", "body": "{}", **parts}))
    return file


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json", "Host": "x"},
        [["Content-Type", "application/json"], ["Host", "x"], ["X-Odd", 5]],
    ],
)
def test_headers_are_read_as_a_map_or_as_pairs(tmp_path: Path, headers: object) -> None:
    """Recorders write both; only the content type is sent again."""
    letter = read_letter(recorded(tmp_path, headers=headers), "tealium")
    assert letter.headers == {"Content-Type": "application/json"}


@pytest.mark.parametrize("parts", [{"headers": ["x"]}, {"headers": 5}, {"path": "http://evil/"}])
def test_a_broken_recording_is_told_in_one_sentence(tmp_path: Path, parts: dict[str, object]) -> None:
    """A mistake in the file is not blamed on the server."""
    with pytest.raises(OperatorError, match="The recorded request's"):
        read_letter(recorded(tmp_path, **parts), "tealium")
