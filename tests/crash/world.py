"""The little world of a crash run: mappings, secrets, a sandbox of its own, and the server that is killed."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from cuewire.demo.server import free_port

WITHIN_MS = 1_000
PHONE = "+14155550123"
BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]

MAPPINGS = {
    "triggers/order_made.yaml": """
trigger: order_made
status: live
when: {event: Order Completed}
do:
  - braze.track_event: {name: Order, properties: {tag: =event.messageId}}
  - braze.update_profile: {last_order: =event.messageId}
""",
    "triggers/signed_up.yaml": f"""
trigger: signed_up
status: live
when: {{event: Signed Up}}
do:
  - twilio.send_message: {{to: "{PHONE}", purpose: transactional, body: "welcome {{{{ event.messageId }}}}"}}
""",
    "triggers/cart_left.yaml": f"""
trigger: cart_left
status: live
when: {{event: Product Added, not_followed_by: Order Completed, within: {WITHIN_MS // 1000}s, key: =properties.cart_id}}
do:
  - twilio.send_message: {{to: "{PHONE}", purpose: transactional, body: "cart {{{{ key }}}}"}}
""",
}


def write_mappings(folder: Path) -> Path:
    """Write the three triggers of a run: two on events, one on an absence."""
    for name, text in MAPPINGS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip())
    return folder


def wait_for(what: str, ask: Callable[[], Any], *, seconds: float, pause: float = 0.02) -> Any:
    """Ask until the answer is true, or fail naming what never came."""
    deadline = time.monotonic() + seconds
    while True:
        if answer := ask():
            return answer
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(pause)


def session() -> requests.Session:
    """Make a session that asks no proxy."""
    made = requests.Session()
    made.trust_env = False
    return made


@dataclass
class SandboxProcess:
    """The fake vendors, in a process that outlives every kill of the server."""

    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    url: str = ""

    def __enter__(self) -> SandboxProcess:
        """Start it and read its address and credentials."""
        self._out = self.log.open("w+")
        command = [sys.executable, "-m", "cuewire.sandbox", "--port", "0", "--hold-after-drop", "0.2"]
        self.process = subprocess.Popen(command, stdout=self._out, stderr=self._out, cwd=ROOT)
        wait_for("the sandbox", self._read, seconds=60)
        self._session = session()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.process.terminate()
        self.process.wait(timeout=60)
        self._session.close()
        self._out.close()

    def _read(self) -> bool:
        lines = self.log.read_text().splitlines()
        given = [line.strip().partition("=")[::2] for line in lines if line.strip().startswith("CUEWIRE_")]
        self.environment = dict(given)
        self.url = next((line.split()[1] for line in lines if line.startswith("sandbox http")), "")
        return bool(self.url) and len(given) >= 5

    def fault(self, **fault: Any) -> None:
        """Ask for a fault."""
        self._session.post(f"{self.url}/sandbox/faults", json=fault, timeout=60).raise_for_status()

    def injected(self) -> dict[str, dict[str, int]]:
        """Count the faults that were injected, by vendor and kind."""
        found: dict[str, dict[str, int]] = self._get("faults")["injected"]
        return found

    def queued(self) -> list[dict[str, Any]]:
        """List the faults that wait for a request."""
        found: list[dict[str, Any]] = self._get("faults")["queued"]
        return found

    def arrived(self, since: int = 0) -> list[dict[str, Any]]:
        """List the requests that arrived after the given one."""
        found: list[dict[str, Any]] = self._get(f"requests?since={since}")["requests"]
        return found

    def messages(self) -> list[dict[str, Any]]:
        """List the text messages that were accepted."""
        found: list[dict[str, Any]] = self._get("messages")["messages"]
        return found

    def _get(self, path: str) -> dict[str, Any]:
        answer = self._session.get(f"{self.url}/sandbox/{path}", timeout=60)
        found: dict[str, Any] = answer.json()
        return found


@dataclass
class Server:
    """``cuewire serve`` as a process group of its own: started, asked, killed."""

    folder: Path
    sandbox: SandboxProcess
    python_path: str = ""
    #: It must come back on the same one after each kill.
    port: int = field(default_factory=free_port)
    write_key: str = field(default_factory=lambda: secrets.token_hex(12))
    api_key: str = field(default_factory=lambda: secrets.token_hex(24))
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.mappings = write_mappings(self.folder / "mappings")
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("CUEWIRE_")
        }
        self.environment |= self.sandbox.environment | {
            "CUEWIRE_API_KEY": self.api_key,
            "CUEWIRE_SECRET_KEY": secrets.token_hex(24),
            "CUEWIRE_SEGMENT_WRITE_KEY": self.write_key,
            "CUEWIRE_TWILIO_FROM": "+15005550006",
            "CUEWIRE_PUBLIC_URL": self.url,
        }
        if self.python_path:
            self.environment["PYTHONPATH"] = self.python_path

    @property
    def url(self) -> str:
        """Give the server's address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it is ready; the log is kept across kills."""
        command = [str(BIN / "cuewire"), "serve", "--mappings", str(self.mappings), "--data", str(self.data)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port)],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for("the server to be ready", self._is_ready, seconds=60)

    def kill(self) -> None:
        """Kill the whole server at once, as a power switch would."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=60)
        wait_for("the port to be free", self._is_gone, seconds=60)

    def stop(self) -> None:
        """Ask it to stop, and see that it does."""
        if self.process is None or self.process.poll() is not None:
            return
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(timeout=60)

    def listing(self, name: str, query: str = "") -> list[dict[str, Any]]:
        """Read a whole list of the API, page by page."""
        rows: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self._get(f"/api/{name}?limit=500{query}" + (f"&cursor={cursor}" if cursor else "")).json()
            rows += page[name]
            cursor = page["next"]
        return rows

    def under_way(self) -> set[str]:
        """Read from the dead server's file which deliveries had a committed intent and no outcome."""
        with closing(sqlite3.connect(f"file:{self.database()}?mode=ro", uri=True)) as db:
            return {row[0] for row in db.execute("SELECT id FROM deliveries WHERE status = 'sending'")}

    def integrity(self) -> str:
        """Let SQLite check the stopped server's file."""
        with closing(sqlite3.connect(f"file:{self.database()}?mode=ro", uri=True)) as db:
            found: str = db.execute("PRAGMA integrity_check").fetchone()[0]
            return found

    def database(self) -> Path:
        """Name the store's file."""
        return self.data / "cuewire.db"

    def _get(self, path: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.api_key}"}
        with session() as asking:
            answer = asking.get(self.url + path, headers=headers, timeout=60)
        answer.raise_for_status()
        return answer

    def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the server ended early:\n{self.log.read_text()[-3000:]}"
        with session() as asking, suppress(requests.ConnectionError):
            return asking.get(f"{self.url}/readyz", timeout=60).status_code == 200
        return False

    def _is_gone(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) != 0
