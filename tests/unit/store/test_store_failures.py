"""A disk that fills or fails: nobody is told that something is stored which is not, and work goes on later."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from stores.rows import event, ids

from core.errors import StoreError
from core.ports import Filter, Transaction
from core.store.embedded import EmbeddedStore

ROOT = Path(__file__).parents[3]

#: A file-size limit makes real writes fail; this process first fills the log, then lifts the limit.
FAILING_DISK = """
import resource, sys, threading
from pathlib import Path
sys.path[:0] = [{root!r}, {tests!r}]
from core.errors import StoreError
from core.ports import Filter
from core.store.embedded import open_store
from stores.rows import ManualClock, event

store = open_store(Path({folder!r}), clock=ManualClock())
store.write(lambda tx: tx.events.add([event(1)]))
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
gate = threading.Event()
store.submit(lambda tx: gate.wait(60))
big = bytes(200_000)
futures = [store.submit(lambda tx, n=n: tx.events.add([event(n, raw=big)])) for n in range(2, 5)]
gate.set()
kinds = [type(future.exception(60)).__name__ for future in futures]
again = type(store.submit(lambda tx: tx.events.add([event(5, raw=big * 2)])).exception(60)).__name__
shown = [row.id for row in store.read.events(Filter()).rows]
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.write(lambda tx: tx.events.add([event(6)]))
store.close()
print(kinds, again, shown)
"""


def fill(tx: Transaction) -> None:
    """Run into a limit on the file's pages, as a full disk would answer."""
    connection = tx.connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    tx.events.add([event(2, raw=bytes(100_000))])


def test_a_full_disk_is_told_and_writing_goes_on_once_there_is_room(store: EmbeddedStore) -> None:
    """The connection is opened anew, and nothing of the failed job is left."""
    store.write(lambda tx: tx.events.add([event(1)]))
    with pytest.raises(StoreError, match="full") as refusal:
        store.write(fill)
    assert "Free space" in refusal.value.hint
    store.write(lambda tx: tx.events.add([event(3)]))
    assert ids(store.read.events(Filter())) == ["e3", "e1"]
    assert store.read.counts()["events.applied"] == 2


def test_a_disk_that_fails_refuses_every_job_of_the_commit(tmp_path: Path) -> None:
    """No job of a failed commit is answered as stored; what was stored before stays."""
    script = FAILING_DISK.format(root=str(ROOT), tests=str(ROOT / "tests"), folder=str(tmp_path / "data"))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert last == "['StoreError', 'StoreError', 'StoreError'] StoreError ['e1']"
