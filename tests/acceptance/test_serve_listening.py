"""``cuewire serve`` says where it listens when it does, and not before."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from threading import Timer

from cuewire.check import PRESETS
from cuewire.demo.server import free_port


def test_the_address_is_told_once_it_answers(tmp_path: Path) -> None:
    """Whoever waits for the line may send at once."""
    port = free_port()
    command = ["serve", "--sandbox", "--mappings", str(PRESETS), "--data", str(tmp_path), "--port", str(port)]
    server = subprocess.Popen(
        [sys.executable, "-m", "cuewire.cli", *command], env=os.environ, stderr=subprocess.PIPE, text=True
    )
    limit = Timer(180, server.kill)
    limit.start()
    try:
        assert server.stderr is not None
        said = next(line for line in server.stderr if "listens on" in line)
        assert said == f"Cuewire listens on http://127.0.0.1:{port}\n"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        assert opener.open(f"http://127.0.0.1:{port}/healthz", timeout=60).status == 200
    finally:
        limit.cancel()
        server.terminate()
        server.communicate(timeout=60)
