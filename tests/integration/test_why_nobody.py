"""The guide "why did nobody get it": every command on it is typed, and what it shows is what came."""

from __future__ import annotations

import json
import os
import re
import shlex
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from nobody_shop import KEY, NobodyShop, tell

from cuewire.cli import cli
from cuewire.sandbox import Sandbox

PAGE = (Path(__file__).parents[2] / "docs" / "admin" / "why_nobody.md").read_text()
PATIENCE = 60.0

#: What differs each time, and says nothing.
CHANGING = re.compile(r"\b[adp]_[0-9a-f]{24}\b|\d{4}-\d\d-\d\dT[\d:.]+Z")


class Shown(NamedTuple):
    """Commands of the page, and the blocks behind them that show what they print."""

    commands: tuple[str, ...]
    told: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return self.commands[0][:50]


def shown() -> Iterator[Shown]:
    """Give each block of commands with the blocks that follow it."""
    commands: tuple[str, ...] = ()
    told: list[tuple[str, str]] = []
    for language, text in re.findall(r"^```(sh|text|json)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE):
        if language != "sh":
            told.append((language, text))
            continue
        if commands:
            yield Shown(commands, tuple(told))
        commands, told = tuple(text.splitlines()), []
    yield Shown(commands, tuple(told))


BLOCKS = list(shown())


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NobodyShop]:
    """Tell the story once."""
    with Sandbox() as fakes:
        made = NobodyShop(tmp_path_factory.mktemp("nobody"), fakes, wait)
        made.runtime.start()
        try:
            tell(made)
            yield made
        finally:
            made.runtime.stop()


def wait(condition: Callable[[], bool]) -> None:
    """Wait for a condition, and fail when it does not come true in time."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.005)


def typed(shop: NobodyShop, command: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Type a command in the shop's folder; a call of the API goes to its server."""
    if command.startswith("curl "):
        return called(shop, command)
    monkeypatch.chdir(shop.folder)
    for name in [name for name in os.environ if name.startswith("CUEWIRE_")]:
        monkeypatch.delenv(name)
    for name, value in shop.environment.items():
        monkeypatch.setenv(name, value)
    words = shlex.split(command)
    assert words[0] == "cuewire"
    done = CliRunner().invoke(cli, words[1:])
    assert done.exit_code == (1 if "zoe" in command else 0), done.output
    return done.output


def called(shop: NobodyShop, command: str) -> str:
    """Send what `curl` would, with the key that the page shows."""
    words = shlex.split(command.replace("$CUEWIRE_API_KEY", KEY).replace("$CUEWIRE", "http://x"))
    url = urlsplit(words[1])
    headers = dict([words[3].split(": ", 1)]) if "-H" in words else {}
    answer = shop.client.get(f"{url.path}?{url.query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


def settled(text: str) -> str:
    """Leave out what differs each time."""
    return CHANGING.sub("…", text)


def holds(found: Any, wanted: Any) -> bool:
    """Tell whether an answer has all that is shown; lists item by item."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(holds(found.get(name), one) for name, one in wanted.items())
    if isinstance(wanted, list):
        pairs = zip(found, wanted, strict=True)
        return len(found) == len(wanted) and all(holds(one, other) for one, other in pairs)
    return bool(settled(str(found)) == settled(str(wanted)))


def is_told(answers: list[str], language: str, text: str) -> bool:
    """Tell whether one of the answers holds what a block shows: its lines in order, or its values."""
    if language == "json":
        asked = [json.loads(one) for one in answers if one.startswith("{")]
        return any(holds(one, json.loads(text)) for one in asked)
    wanted = [settled(line).rstrip() for line in text.splitlines()]
    for answer in answers:
        lines = iter([settled(line).rstrip() for line in answer.splitlines()])
        if all(any(line.startswith(one) for line in lines) for one in wanted):
            return True
    return False


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_what_the_guide_shows_is_what_its_commands_print(
    shop: NobodyShop, block: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command is run on a store in which it happened."""
    answers = [typed(shop, command, monkeypatch) for command in block.commands]
    for language, text in block.told:
        assert is_told(answers, language, text), "\n".join(answers)


def test_a_block_that_shows_something_else_is_noticed(shop: NobodyShop) -> None:
    """The comparison can fail, in order, in words and in values."""
    answers = ["a: 1\n  b\nc", '{"stopped": true, "list": [{"a": 1}]}']
    assert is_told(answers, "text", "a: 1\n  b\n") and is_told(answers, "json", '{"list": [{"a": 1}]}')
    assert not is_told(answers, "text", "c\na: 1\n") and not is_told(answers, "text", "a: 2\n")
    assert not is_told(answers, "json", '{"stopped": false}')


def test_every_way_of_the_table_leads_to_a_section() -> None:
    """And every section is led to."""
    heads = {
        re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-")
        for head in re.findall(r"^## (.+)$", PAGE, re.M)
    }
    led = set(re.findall(r"\]\(#([\w-]+)\)", PAGE))
    assert led <= heads
    assert heads - led == {"begin-with-the-person", "how-many-were-it"}


def test_the_guide_knows_every_gate_and_every_end() -> None:
    """Whatever a decision or a delivery can say stands on the page."""
    from core.engine.decision import GATES
    from core.ports import Status

    missing = [gate for gate in GATES if not re.search(rf"\b{gate}\b", PAGE)]
    missing += [
        one for one in Status if one not in ("sending",) and f"`{one}`" not in PAGE and one not in PAGE
    ]
    assert missing == []
