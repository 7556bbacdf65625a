"""One process at a time: an exclusive lock on the data folder."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from core.errors import StoreError

PAUSE = 0.05


class FolderLock:
    """Hold ``folder/lock`` until released or until the process ends, however it ends."""

    def __init__(self, folder: Path, *, patience: float) -> None:
        """Wait up to ``patience`` seconds for a predecessor that is on its way out."""
        self._file = open_lock(folder)
        try:
            self._take(folder, time.monotonic() + patience)
        except StoreError:
            os.close(self._file)
            raise
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def _take(self, folder: Path, deadline: float) -> None:
        while not self._try():
            if time.monotonic() >= deadline:
                raise StoreError(
                    f"The data folder {folder} is in use by {self._holder()}.",
                    hint="Stop that one, or start this one with another --data folder.",
                )
            time.sleep(PAUSE)

    def _try(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _holder(self) -> str:
        number = os.pread(self._file, 32, 0).decode("ascii", "replace").strip()
        return f"process {number}" if number.isdigit() else "another process"

    def release(self) -> None:
        """Let the next one in."""
        os.close(self._file)


def open_lock(folder: Path) -> int:
    """Open the file that is locked, making it where there is none."""
    try:
        return os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            f"The data folder {folder} cannot be used: {error.strerror}.",
            hint="Give this user the right to write to it, or choose another --data folder.",
        ) from error


def is_held(folder: Path) -> bool:
    """Tell whether a process works on the folder now."""
    if not (folder / "lock").exists():
        return False
    file = open_lock(folder)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False
