"""The links that ``cuewire serve`` and ``make demo`` print open the console, once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from cuewire.demo.server import MAPPINGS, free_port, is_ready

LINK = re.compile(r"http://\S+/console/signin\?token=\S+")
#: A process that says nothing for so long is stuck; the demo's story takes some seconds.
SECONDS = 240


@contextmanager
def printed_link(*command: str) -> Iterator[str]:
    """Run a command until it has printed a link, and end it afterwards."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CUEWIRE_")}
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    try:
        told = []
        for line in process.stdout:
            told.append(line)
            if found := LINK.search(line):
                yield found.group()
                return
        pytest.fail("".join(told))
    finally:
        process.terminate()
        process.communicate(timeout=SECONDS)


def statuses(link: str) -> list[int]:
    """Open a link twice."""
    with requests.Session() as session:
        session.trust_env = False
        return [session.get(link, allow_redirects=False, timeout=60).status_code for _ in range(2)]


def test_serve_prints_a_link_that_opens_once(
    tmp_path: Path, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    """The first opening signs in, the second says that it was used."""
    port = str(free_port())
    folders = ("--mappings", str(MAPPINGS), "--data", str(tmp_path / "data"))
    with printed_link("cuewire.cli", "serve", "--sandbox", "--port", port, *folders) as link:
        wait_until(lambda: is_ready(f"http://127.0.0.1:{port}"))
        assert f":{port}/" in link
        assert statuses(link) == [303, 410]


def test_the_demo_ends_with_a_link_to_look_next() -> None:
    """What was told can be looked at."""
    with printed_link("cuewire.demo") as link:
        assert statuses(link) == [303, 410]
