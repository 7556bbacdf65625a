"""What the pages of the described destinations show is all that it takes: a few lines, and the request arrives."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from embedded.vendors import BEARER, MovedClock, Server, eventually

import connectors
from core.ports import Filter, RawEvent
from cuewire.sandbox import Sandbox

PAGES = Path(__file__).parents[2] / "docs" / "destinations"
PRESETS = sorted(kind for kind, spec in connectors.catalogue().items() if spec.is_open)
ADA = {"email": "ada@example.com", "first_name": "Ada", "company": "Acme", "language": "de", "plan": "gold"}
SEEN = {"value": 600, "total": 80, "order_id": "o1", "cart_id": "c1", "plan": "gold"}


def shown(kind: str) -> tuple[str, str]:
    """Give the trigger that a page shows first: its name, and its file once it is switched on."""
    text = re.findall(r"^```yaml\n(.*?)^```", (PAGES / f"{kind}.md").read_text(), re.DOTALL | re.MULTILINE)[0]
    name = re.findall(r"^trigger: (\w+)$", text, re.MULTILINE)[0]
    return name, f"{text}status: live\n"


@pytest.fixture(scope="module")
def fakes() -> Iterator[Sandbox]:
    """Run the fake vendors."""
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, fakes: Sandbox) -> Iterator[Server]:
    """Run a server with what the pages show, and nothing else; it knows one person, and signs with today's time."""
    files = {f"triggers/{name}.yaml": text for name, text in map(shown, PRESETS)}
    running = Server(tmp_path_factory.mktemp("server"), fakes, MovedClock(time.time_ns() // 1_000_000), files)
    call = {"type": "identify", "userId": "u1", "messageId": "m0", "traits": ADA}
    item = RawEvent(msgspec.json.encode(call), call)
    assert running.runtime.pipeline.accept("segment", [item], running.clock.now()) == ["applied"]
    yield running
    running.runtime.stop()


@pytest.mark.parametrize("kind", PRESETS)
def test_the_lines_of_a_page_are_enough(server: Server, fakes: Sandbox, kind: str) -> None:
    """Every step of them is delivered, and the vendor has taken it."""
    name, text = shown(kind)
    assert len(text.strip().splitlines()) <= 6
    body = {"user_id": "u1", "trigger_type": name, "metadata": SEEN}
    assert server.client.post("/api/trigger", json=body, headers=BEARER).status_code == 202
    steps = text.count("  - ")

    def are_delivered() -> bool:
        rows = server.runtime.store.read.deliveries(Filter(trigger=name, limit=50)).rows
        return [row.status for row in rows] == ["delivered"] * steps

    eventually(are_delivered)
    assert len(fakes.state.shelf.rows(kind)) >= 1
