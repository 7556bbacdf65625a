"""Say where an error came from without quoting it: its text may hold somebody's data or a secret."""

from __future__ import annotations

from pathlib import Path
from traceback import extract_tb

FRAMES = 4


def place_of(error: BaseException) -> str:
    """Name an error's type and the innermost lines it came through, the deepest first."""
    frames = extract_tb(error.__traceback__)[-FRAMES:]
    lines = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames)]
    return f"{type(error).__name__} at {' < '.join(lines)}" if lines else type(error).__name__
