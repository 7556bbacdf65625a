"""Servers started to be measured; nothing is measured unless the listener on the port is this very child."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import requests

from cuewire.demo.server import free_port

ROOT = Path(__file__).parents[1]
LISTENING = "0A"


class NotOurs(Exception):
    """Refuse to measure: somebody else, or nobody, answers on the port."""


@contextmanager
def serving(
    command: list[str], port: int, *, log: Path, settings: Mapping[str, str] | None = None
) -> Iterator[int]:
    """Start a server, wait until it answers, prove that it is ours, and give its process group."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CUEWIRE_")}
    with log.open("ab") as out:
        child = subprocess.Popen(
            command,
            cwd=ROOT,
            env=clean | dict(settings or {}),
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        wait_until_it_answers(child, port, log)
        refuse_strangers(port, child.pid)
        yield child.pid
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
        child.wait(timeout=30)


def wait_until_it_answers(child: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Poll the port; a child that ended early is reported with what it said."""
    deadline = time.monotonic() + 180
    while True:
        if child.poll() is not None:
            raise NotOurs(f"the server ended with {child.returncode}: {log.read_text()[-2000:]}")
        with suppress(requests.ConnectionError):
            ask(port, "/readyz")
            return
        if time.monotonic() > deadline:
            raise NotOurs(f"nothing answered on port {port} within 180 s")
        time.sleep(0.05)


def ask(port: int, path: str, key: str = "") -> requests.Response:
    """Get a page of a local server, past any proxy."""
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return session.get(f"http://127.0.0.1:{port}{path}", headers=headers, timeout=30)


def refuse_strangers(port: int, group: int) -> None:
    """Raise unless every process that listens on the port belongs to the group."""
    owners = listeners(port)
    if not owners:
        raise NotOurs(f"no process of this user listens on port {port}; /proc is needed to tell who does")
    if strangers := [pid for pid in owners if group_of(pid) != group]:
        raise NotOurs(f"port {port} is held by process {strangers[0]}, which this benchmark did not start")


def listeners(port: int) -> list[int]:
    """Name the processes that listen on a port, as Linux tells it."""
    inodes = {f"socket:[{inode}]" for inode in listening_inodes(port)}
    found = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            pid = int(folder.name)
            if any(str(link.readlink()) in inodes for link in (folder / "fd").iterdir()):
                found.append(pid)
    return found


def listening_inodes(port: int) -> Iterator[str]:
    """Give the sockets that listen on a port."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                parts = line.split()
                if parts[3] == LISTENING and int(parts[1].rpartition(":")[2], 16) == port:
                    yield parts[9]


def group_of(pid: int) -> int:
    """Give a process's group; 0 when it is gone."""
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def cpu_seconds(group: int) -> float:
    """Add up the processor time of all processes of a group."""
    ticks = 0
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            if group_of(int(folder.name)) == group:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def cuewire(
    folder: Path, triggers: Mapping[str, str], settings: Mapping[str, str] | None = None
) -> Iterator[Cuewire]:
    """Start Cuewire on a fresh store with some trigger files."""
    for name, text in triggers.items():
        path = folder / "mappings" / "triggers" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    ours = Cuewire(folder)
    command = [str(Path(sys.executable).with_name("cuewire")), "serve", "--port", str(ours.port)]
    command += ["--mappings", str(folder / "mappings"), "--data", str(folder / "data")]
    with serving(
        command, ours.port, log=folder / "server.log", settings=ours.settings | dict(settings or {})
    ) as group:
        ours.group = group
        yield ours


class Cuewire:
    """A started server: its port, keys and files."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.write_key = secrets.token_hex(12)
        self.api_key = secrets.token_hex(24)
        self.database = folder / "data" / "cuewire.db"
        self.group = 0
        self.settings = {
            "CUEWIRE_API_KEY": self.api_key,
            "CUEWIRE_SECRET_KEY": secrets.token_hex(24),
            "CUEWIRE_SEGMENT_WRITE_KEY": self.write_key,
        }
