"""The programs that people really use, unchanged, against a served instance: what arrives, and what a refusal does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from browser.shop import WRITE_KEY, Shop

from core.engine import decode
from core.ports import EventRow, Filter

HERE = Path(__file__).parent
CLIENTS = HERE.parents[1] / ".clients"
MODULES = CLIENTS / "node" / "node_modules"
IS_WANTED = os.environ.get("CUEWIRE_CLIENTS") == "1"
SEGMENT = {"Identified", "Client Spoke", "Page Viewed", "Grouped"}
SPOKE = {"text": "Grüße 😀", "price": 1.5}
PATIENCE = 240


@dataclass(frozen=True)
class Client:
    """One program: what runs it, where it sends, and whether it asks again by itself after a refusal."""

    program: str
    runs: str
    path: str
    words: tuple[str, ...] = ()
    asks_again: bool = True
    status: int = 200

    @property
    def name(self) -> str:
        """Name it with its way of sending."""
        return "-".join((Path(self.program).stem, *self.words))

    def command(self) -> list[str]:
        """Give what runs it, or skip with how to get it."""
        if not self.runs:
            return [sys.executable, str(HERE / "programs" / self.program)]
        if not IS_WANTED:
            pytest.skip("programs of other makers run with CUEWIRE_CLIENTS=1, after `make clients`")
        runner = CLIENTS / self.runs / "bin" / "python"
        if self.runs == "node":
            if not (found := shutil.which("node")):
                pytest.skip("there is no node here: install it with its npm, then `make clients`")
            runner = Path(found)
            assert MODULES.exists(), "the programs for Node are not there: run `make clients`"
        assert runner.exists(), f"{self.runs} is not there: run `make clients`"
        return [str(runner), str(HERE / "programs" / self.program)]


#: The first is a dependency of the product, so it runs everywhere; Node runs where there is one.
ALL = (
    Client("segment_python.py", "", "/v1/batch"),
    Client("segment_python.py", "", "/v1/batch", ("gzip",)),
    Client("segment_node.js", "node", "/v1/batch"),
    Client("rudder_python.py", "rudder-sdk-python", "/v1/batch"),
    Client("rudder_node.js", "node", "/v1/batch"),
    Client("mparticle_python.py", "mparticle", "/v2/events", asks_again=False, status=202),
    Client("mparticle_python.py", "mparticle", "/v2/bulkevents", ("bulk",), asks_again=False, status=202),
    Client("mparticle_node.js", "node", "/v2/events", asks_again=False, status=202),
    Client("mparticle_node.js", "node", "/v2/bulkevents", ("bulk",), asks_again=False, status=202),
    Client("tealium_python.py", "tealium", "/event", asks_again=False),
)
clients = pytest.mark.parametrize("client", ALL, ids=lambda one: one.name)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Serve an instance that all the programs may send to."""
    folder = tmp_path_factory.mktemp("clients")
    open_to = {"TEALIUM_ACCOUNTS": "acme", "MPARTICLE_KEY": "mp-key", "MPARTICLE_SECRET": "mp-secret"}
    shop = Shop(folder, settings={f"CUEWIRE_{name}": value for name, value in open_to.items()})
    yield shop
    shop.close()


@pytest.fixture
def shop(served: Shop) -> Shop:
    """Give it with nothing heard yet."""
    served.refusing, served.heard = [], []
    return served


def run(client: Client, shop: Shop, person: str) -> str:
    """Run a program to its end; give what it said."""
    environment = {
        **os.environ,
        "WRITE_KEY": WRITE_KEY,
        "PYTHONWARNINGS": "ignore",
        "NODE_PATH": str(MODULES),
        "NO_PROXY": "127.0.0.1",
    }
    ended = subprocess.run(
        [*client.command(), shop.url, person, *client.words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def rows_of(shop: Shop, person: str) -> list[EventRow]:
    """Give everything that has come of a person, known by whichever id the program sends."""
    read = shop.runtime.store.read
    known = (read.owner(namespace, person) for namespace in ("user_id", "tealium_visitor_id"))
    profile = next((one for one in known if one), "-")
    return read.events(Filter(profile=profile)).rows


def said_in(value: Any) -> dict[str, Any]:
    """Find what was said in what a program has sent, wherever its maker puts it."""
    if isinstance(value, dict) and "text" in value:
        return value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((found for one in inner if (found := said_in(one))), {})


def check_arrived(client: Client, shop: Shop, person: str) -> None:
    """See that all of it came, once, with its text and its numbers."""
    rows = rows_of(shop, person)
    names = [row.event for row in rows]
    assert len(names) == len(set(names)), "something came twice"
    assert set(names) >= (SEGMENT if client.path.startswith("/v1") else {"Client Spoke"})
    assert {row.status for row in rows} == {"applied"}
    (spoke,) = [row for row in rows if row.event == "Client Spoke"]
    said = said_in(json.loads(spoke.raw))
    assert {name: said[name] for name in SPOKE} in (SPOKE, {**SPOKE, "price": "1.5"})
    if client.path != "/event":
        state = shop.runtime.store.read.profile(spoke.profile_id)
        assert state is not None
        assert decode(state).traits["plan"].value == "pro"


@clients
def test_a_real_client_is_understood(client: Client, shop: Shop) -> None:
    """Everything that it sends is stored, under the person it is about, and it is told what it waits for."""
    person = f"met-{client.name}-{client.runs}"
    assert run(client, shop, person) == ""
    assert {(path, status) for path, _, status in shop.heard} == {(client.path, client.status)}
    check_arrived(client, shop, person)


@clients
def test_a_refusal_for_the_moment_costs_what_the_client_makes_of_it(client: Client, shop: Shop) -> None:
    """One that asks again loses nothing after 429 and 503; one that never does says so, and is heard the next time."""
    person = f"again-{client.name}-{client.runs}"
    shop.refusing = [429, 503] if client.asks_again else [429]
    said = run(client, shop, person)
    statuses = [status for _, _, status in shop.heard]
    if client.asks_again:
        assert sorted(statuses)[-2:] == [429, 503]
        assert statuses[-1] == client.status
    else:
        assert (statuses, said[:8]) == ([429], "refused:")
        assert rows_of(shop, person) == []
        shop.refusing = [503]
        assert run(client, shop, person).startswith("refused:")
        assert run(client, shop, person) == ""
    check_arrived(client, shop, person)
