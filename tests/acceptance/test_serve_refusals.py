"""What keeps ``cuewire serve`` from starting is one readable line, and an exit code of 2."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path

from core.store.embedded import open_store
from cuewire.check import PRESETS
from cuewire.clock import SystemClock


def serve(data: Path) -> subprocess.CompletedProcess[str]:
    """Try to serve a data folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {"CUEWIRE_API_KEY": secrets.token_urlsafe(32), "CUEWIRE_SECRET_KEY": secrets.token_urlsafe(32)}
    command = ["serve", "--mappings", str(PRESETS), "--data", str(data), "--port", str(port)]
    return subprocess.run(
        [sys.executable, "-m", "cuewire.cli", *command],
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_a_data_folder_in_use_is_said_plainly(tmp_path: Path) -> None:
    """A second server names the process that holds the folder, without a traceback."""
    held = open_store(tmp_path, clock=SystemClock())
    try:
        done = serve(tmp_path)
    finally:
        held.close()
    assert done.returncode == 2
    assert f"in use by process {os.getpid()}" in done.stderr
    assert "Traceback" not in done.stderr
