"""The processes behind the story: a sandbox and a server on free ports, with a folder that is thrown away."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import requests

from cuewire.sandbox import SandboxSettings

MAPPINGS = Path(__file__).parent / "mappings"
SENDER = "+15005550006"
#: Below those that systems give to whoever asks for any port, or connects.
FIRST_PORT, PORTS = 20_000, 12_000
START_SECONDS = 180
STOP_SECONDS = 10
#: So long the lost answer stays unknown: also where looks are slow, somebody sees it.
HOLD_SECONDS = "4"
LOG_LINES = 15


class NotRunning(Exception):
    """Say that a process of the demo is not there, with the end of its log."""


@dataclass(frozen=True)
class Addresses:
    """Where everything listens, and the keys that open it."""

    server: str
    sandbox: str
    api_key: str
    write_key: str
    tealium_token: str
    mparticle_authorization: str


class Stage:
    """Starts and ends the processes; use it as a context."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cuewire-demo-"))
        self._processes: list[tuple[subprocess.Popen[str], Path]] = []

    def __enter__(self) -> Stage:
        """Use it for the length of a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """End what was started, newest first, and throw the folder away."""
        for process, _log in reversed(self._processes):
            process.terminate()
        for process, _log in reversed(self._processes):
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout:
                process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> Addresses:
        """Start the sandbox, then a server that delivers to it, and wait until it is ready."""
        sandbox, destinations = self._start_sandbox()
        port = free_port()
        addresses = Addresses(
            server=f"http://127.0.0.1:{port}",
            sandbox=sandbox,
            api_key=secrets.token_urlsafe(32),
            write_key=secrets.token_urlsafe(16),
            tealium_token=secrets.token_urlsafe(16),
            mparticle_authorization=f"Bearer {secrets.token_urlsafe(16)}",
        )
        own = {
            "CUEWIRE_API_KEY": addresses.api_key,
            "CUEWIRE_SECRET_KEY": secrets.token_urlsafe(32),
            "CUEWIRE_PUBLIC_URL": addresses.server,
            "CUEWIRE_SEGMENT_WRITE_KEY": addresses.write_key,
            "CUEWIRE_TEALIUM_TOKEN": addresses.tealium_token,
            "CUEWIRE_MPARTICLE_AUTHORIZATION": addresses.mparticle_authorization,
            "CUEWIRE_TWILIO_FROM": SENDER,
        }
        mappings = shutil.copytree(MAPPINGS, self.folder / "mappings")
        command = ["serve", "--sandbox", "--mappings", str(mappings), "--data", str(self.folder / "data")]
        self._run("cuewire.cli", [*command, "--port", str(port)], environment={**own, **destinations})
        self._wait_until_ready(addresses.server)
        return addresses

    def check(self) -> None:
        """Raise when a process has ended by itself."""
        for process, log in self._processes:
            if process.poll() is not None:
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:])
                raise NotRunning(
                    f"{log.stem} ended with code {process.returncode}. The end of its log:\n{tail}"
                )

    def _start_sandbox(self) -> tuple[str, dict[str, str]]:
        process = self._run(
            "cuewire.sandbox",
            ["--port", "0", "--hold-after-drop", HOLD_SECONDS],
            environment={},
            stdout=subprocess.PIPE,
        )
        if process.stdout is None or not (first := process.stdout.readline()):
            process.wait()
            self.check()
            raise NotRunning("the sandbox did not say where it listens")
        settings: dict[str, str] = {}
        for _ in SandboxSettings().as_environment(""):
            name, _, value = process.stdout.readline().strip().partition("=")
            settings[name] = value
        return first.split()[1], settings

    def _run(
        self,
        module: str,
        arguments: list[str],
        *,
        environment: dict[str, str],
        stdout: int | IO[str] | None = None,
    ) -> subprocess.Popen[str]:
        path = self.folder / f"{module}.log"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CUEWIRE_")}
        with path.open("w") as log:
            process = subprocess.Popen(  # noqa: S603  # our own modules, arguments of our own making
                [sys.executable, "-m", module, *arguments],
                env={**inherited, **environment, "PYTHONUNBUFFERED": "1"},
                stdout=log if stdout is None else stdout,
                stderr=log,
                text=True,
            )
        self._processes.append((process, path))
        return process

    def _wait_until_ready(self, url: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self.check()
            if is_ready(url):
                return
            time.sleep(0.05)
        raise NotRunning(f"{url}/readyz was not ready after {START_SECONDS} s")


def is_ready(url: str) -> bool:
    """Ask the server whether it takes traffic."""
    with requests.Session() as session:
        session.trust_env = False  # a proxy of the machine must not see loopback traffic
        try:
            return session.get(f"{url}/readyz", timeout=10).ok
        except requests.RequestException:
            return False


def free_port() -> int:
    """Find a port that nobody listens on, and that the system gives to nobody until a server has it."""
    while True:
        port = FIRST_PORT + secrets.randbelow(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
