"""Atheris finds nothing that a parser of strangers' bytes fails at.

``CUEWIRE_FUZZ_SECONDS=60`` gives each parser so many seconds of its own; otherwise all of them share a short run.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PARSERS = Path(__file__).parent / "parsers.py"
SECONDS = int(os.environ.get("CUEWIRE_FUZZ_SECONDS") or 0)
NAMES = ("object", "envelope", "webhook", "notices", "messages", "texts", "lists", "gzip", "form", "soap")
RUNS = 1_500


def fuzz(name: str, *options: str) -> str:
    """Run one; give what it said."""
    pytest.importorskip("atheris", reason="atheris comes built for Linux on x86-64 alone")
    ended = subprocess.run(
        [sys.executable, str(PARSERS), name, *options],
        capture_output=True,
        text=True,
        timeout=SECONDS + 400,
        cwd=PARSERS.parent,
    )
    assert ended.returncode == 0, ended.stderr[-4_000:]
    return ended.stderr


def test_no_parser_fails_at_what_a_short_run_makes() -> None:
    """From the fixtures of all sources and the bodies by hand on."""
    assert re.search(r"Done \d+ runs", fuzz("all", f"-runs={RUNS}"))


def test_no_parser_is_forgotten_in_the_long_runs() -> None:
    """All that the program knows are named here."""
    read = ast.parse(PARSERS.read_text())
    found = [
        one.value
        for one in ast.walk(read)
        if isinstance(one, ast.AnnAssign) and ast.unparse(one.target) == "TARGETS"
    ]
    assert [ast.literal_eval(name) for name in found[0].keys] == list(NAMES)  # type: ignore[union-attr]


@pytest.mark.parametrize("name", NAMES)
def test_no_parser_fails_at_what_a_long_run_makes(name: str) -> None:
    """Each for so long as it is given."""
    if not SECONDS:
        pytest.skip("long runs have CUEWIRE_FUZZ_SECONDS set")
    fuzz(name, f"-max_total_time={SECONDS}")
