"""One process at a time on one data folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from stores.rows import ManualClock

from core.errors import StoreError
from core.store.embedded import EmbeddedStore, open_store

ROOT = Path(__file__).parents[3]

HOLDING = """
import sys, threading
from pathlib import Path
sys.path[:0] = [{root!r}, {tests!r}]
from core.store.embedded import open_store
from stores.rows import ManualClock

store = open_store(Path({folder!r}), clock=ManualClock())
print("open", flush=True)
threading.Event().wait()
"""


def test_a_second_opener_is_refused_and_told_who_holds_the_folder(
    store: EmbeddedStore, tmp_path: Path, clock: ManualClock
) -> None:
    """With what to do; the first one goes on."""
    with pytest.raises(StoreError, match=f"process {os.getpid()}") as refusal:
        open_store(tmp_path / "data", clock=clock, patience=0.1)
    assert "--data" in refusal.value.hint
    store.write(lambda tx: tx.keys.put("k", "v", 0))


def test_a_folder_is_free_again_after_closing(
    store: EmbeddedStore, tmp_path: Path, clock: ManualClock
) -> None:
    """At once."""
    store.close()
    open_store(tmp_path / "data", clock=clock, patience=0).close()


def test_a_refused_opening_lets_go_of_the_folder(tmp_path: Path, clock: ManualClock) -> None:
    """A file that is not ours does not lock the folder for the right one."""
    (tmp_path / "cuewire.db").write_bytes(b"this is no database, and long enough to be looked at" * 9)
    with pytest.raises(StoreError):
        open_store(tmp_path, clock=clock)
    (tmp_path / "cuewire.db").unlink()
    open_store(tmp_path, clock=clock, patience=0).close()


def test_a_dying_predecessor_is_waited_for(tmp_path: Path, clock: ManualClock) -> None:
    """A restart does not fail because the old process needs a moment."""
    folder = tmp_path / "data"
    script = HOLDING.format(root=str(ROOT), tests=str(ROOT / "tests"), folder=str(folder))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        with pytest.raises(StoreError, match=f"process {process.pid}"):
            open_store(folder, clock=clock, patience=0)
        end = threading.Timer(0.2, os.kill, (process.pid, signal.SIGKILL))
        end.start()
        open_store(folder, clock=clock, patience=60).close()
        end.join()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, clock: ManualClock) -> None:
    """Here a file stands in the way."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        open_store(tmp_path / "file" / "data", clock=clock)


def test_a_new_data_folder_is_for_its_user_only(store: EmbeddedStore, tmp_path: Path) -> None:
    """It holds people's data."""
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_a_folder_whose_lock_cannot_be_opened_is_told(tmp_path: Path, clock: ManualClock) -> None:
    """Here a folder stands in its place."""
    (tmp_path / "lock").mkdir()
    with pytest.raises(StoreError, match="cannot be used") as refusal:
        open_store(tmp_path, clock=clock)
    assert refusal.value.hint
