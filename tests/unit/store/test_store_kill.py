"""A writer killed at any moment: whatever was answered is there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from stores.rows import ManualClock, walk

from core.store.embedded import open_store

ROOT = Path(__file__).parents[3]
ROUNDS = 20

WRITING = """
import sys, threading
from pathlib import Path
sys.path[:0] = [{root!r}, {tests!r}]
from core.store.embedded import open_store
from stores.rows import ManualClock, event

store = open_store(Path({folder!r}), clock=ManualClock())
lock = threading.Lock()

def work(number):
    while True:
        seq = store.write(add)
        with lock:
            print(seq, flush=True)

def add(tx):
    seq = tx.events.next_seq()
    tx.events.add([event(seq)])
    tx.profiles.put([("p%d" % seq, b"state", None)])
    return seq

for number in range(4):
    threading.Thread(target=work, args=(number,), daemon=True).start()
threading.Event().wait()
"""


def run_and_kill(folder: Path, answers: int) -> list[int]:
    """Let four threads write, kill the process after some answers, and give all that were answered."""
    script = WRITING.format(root=str(ROOT), tests=str(ROOT / "tests"), folder=str(folder))
    answered: list[int] = []
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.endswith("\n"):
                answered.append(int(line))
            if len(answered) == answers:
                os.kill(process.pid, signal.SIGKILL)
    return answered


@pytest.mark.slow
def test_whatever_was_answered_survives_a_kill(tmp_path: Path) -> None:
    """Twenty times over on one store, each at another moment; counts and arrival numbers agree."""
    folder = tmp_path / "data"
    answered: list[int] = []
    for round_number in range(ROUNDS):
        answered += run_and_kill(folder, 1 + round_number * 3)
    store = open_store(folder, clock=ManualClock())
    stored = [row.seq for row in walk(store.read, "events", limit=500)]
    counts = store.read.counts()
    store.close()
    assert len(answered) >= ROUNDS
    assert len(set(answered)) == len(answered)
    assert set(answered) <= set(stored)
    assert counts["events.applied"] == counts["profiles"] == len(stored)
