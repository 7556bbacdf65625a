"""Notice changed mapping files, and load them once nobody is writing to them any more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from core.config.loader import Loaded

#: For each path what changes when it is written or replaced.
Snapshot = dict[str, tuple[int, ...]]

_DEEPEST = 4


class Watcher:
    """Polls a folder; the first change is one since the watcher was made, so make it before the first load.

    ``on_change`` gets good sets and bad ones (``rules`` is None: keep what runs), on the watcher's thread.
    """

    def __init__(
        self,
        folder: Path,
        load: Callable[[], Loaded],
        on_change: Callable[[Loaded], None],
        *,
        every: float = 0.5,
    ) -> None:
        self._folder = folder
        self._load = load
        self._on_change = on_change
        self._every = every
        self._loaded = scan(folder)
        self._last = self._loaded
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to poll."""
        self._thread = threading.Thread(target=self._run, name="mappings-watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End polling and wait for a load that is under way."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def look(self) -> bool:
        """Look once; load and report when there is a change that has stood still since the last look."""
        found = scan(self._folder)
        stands_still, self._last = found == self._last, found
        if not stands_still or found == self._loaded:
            return False
        # Taken before reading: what is written meanwhile differs from it and is loaded next.
        self._loaded = found
        self._on_change(self._load())
        return True

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            self.look()


def scan(folder: Path) -> Snapshot:
    """Give every path below a folder with its size, times and identity."""
    found: Snapshot = {}
    _scan(folder, found, depth=0)
    return found


def _scan(folder: Path, found: Snapshot, *, depth: int) -> None:
    try:
        paths = list(folder.iterdir())
    except OSError:
        # Gone, or replaced by a file, since it was listed: the next look tells.
        return
    for path in paths:
        try:
            seen = path.stat()
        except OSError:
            found[str(path)] = ()
            continue
        found[str(path)] = (seen.st_mode, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
        if path.is_dir() and depth < _DEEPEST:
            _scan(path, found, depth=depth + 1)
