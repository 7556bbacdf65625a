"""What the pages show can be used as it stands: YAML loads, commands exist, and the cheap ones are run."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import click
import pytest
from click.testing import CliRunner

from core.config.loader import Loaded
from cuewire.cli import cli
from cuewire.wiring import PRESETS, load_mappings

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

#: What a part of a file lacks; a block says so with ``title="part of a trigger"``, which readers see too.
REST = {
    "trigger": {
        "trigger": "trigger: part",
        "when": "when: {event: Seen}",
        "do": "do: [{braze.track_event: {name: Seen}}]",
    },
    "message": {
        "message": "message: part",
        "purpose": "purpose: transactional",
        "channels": "channels: {sms: {via: twilio.send_message, body: Hello}}",
    },
    "source": {
        "source": "source: part",
        "uses": "uses: segment",
        "identifiers": "identifiers: {user_id: =event.userId}",
    },
    "callback": {
        "callback": "callback: part",
        "uses": "uses: hubspot",
        "identifiers": "identifiers: {hubspot_id: =properties.contactId}",
        "events": "events: {contact.creation: HubSpot Contact Created}",
    },
    "destination": {"destination": "destination: part", "uses": "uses: braze"},
    "policy": {},
    "identity": {},
    "profile": {},
}

#: Where a whole file belongs, by its first key.
PLACES = {
    "trigger": "triggers/{}.yaml",
    "message": "messages/{}.yaml",
    "source": "sources/{}.yaml",
    "callback": "callbacks/{}.yaml",
    "destination": "destinations/{}.yaml",
    "identifiers": "identity.yaml",
    "blocked": "identity.yaml",
    "caps": "policy.yaml",
    "hops": "policy.yaml",
    "groups": "policy.yaml",
    "guard": "policy.yaml",
    "notify": "policy.yaml",
    "purposes": "policy.yaml",
    "quiet_hours": "policy.yaml",
    "tiers": "policy.yaml",
    "computed": "profile.yaml",
    "segments": "profile.yaml",
    "scores": "profile.yaml",
}


class Block(NamedTuple):
    """A YAML block: the page, its title if it has one, and its text."""

    page: Path
    title: str
    text: str

    def __str__(self) -> str:
        """Name it by its page and first line."""
        return f"{self.page.stem}: {self.text.strip().splitlines()[0][:40]}"


BLOCKS = [
    Block(page, title, text)
    for page in PAGES
    for title, text in re.findall(
        r'^ *```yaml(?: title="([^"]*)")?\n(.*?)^ *```', page.read_text(), re.DOTALL | re.MULTILINE
    )
]


def whole(block: Block) -> str:
    """Give a block as a whole file: a part gets what it lacks."""
    kind = block.title.removeprefix("part of a ").removeprefix("part of ")
    missing = [
        line
        for key, line in REST.get(kind if block.title else "", {}).items()
        if not re.search(rf"^{key}:", block.text, re.MULTILINE)
    ]
    return "\n".join([*missing, block.text])


def place(text: str) -> str:
    """Tell where a file belongs."""
    key, name = re.findall(r"^(\w+):[ \t]*([\w-]*)", text, re.MULTILINE)[0]
    return PLACES[key].format(name)


def load_with_shipped(folder: Path, page: Path, block: Block) -> Loaded:
    """Load a block beside what is shipped and beside the other whole files of its page."""
    for path in [*PRESETS.glob("messages/*.*"), *PRESETS.glob("policy.yaml")]:
        target = folder / path.relative_to(PRESETS)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text())
    others = [other for other in BLOCKS if other.page == page and not other.title and other != block]
    for one in [*others, block]:
        text = whole(one)
        path = folder / place(text)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return load_mappings(folder)


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_every_yaml_block_loads(tmp_path: Path, block: Block) -> None:
    """A whole file, or a marked part of one, has no errors; a block marked as broken has."""
    if block.title == "broken":
        path = tmp_path / place(block.text)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text)
        assert load_mappings(tmp_path).errors
        return
    assert not block.title or block.title.startswith("part of"), "titles are `part of a KIND` or `broken`"
    loaded = load_with_shipped(tmp_path, block.page, block)
    assert [str(problem) for problem in loaded.errors] == []


def test_the_marks_are_checked() -> None:
    """There are blocks at all, and a part is completed by what its kind needs."""
    assert len(BLOCKS) > 5
    part = Block(Path("x.md"), "part of a trigger", "limits: {cooldown: 1h}\n")
    assert "when: {event: Seen}" in whole(part)
    assert "when: {event: Seen}" not in whole(part._replace(text="when: api\n"))


def shell_lines() -> list[tuple[Path, str]]:
    """Give every line of a shell block."""
    found = []
    for page in PAGES:
        for text in re.findall(
            r"^```(?:sh|bash|console)?\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE
        ):
            found += [(page, line.split("#")[0].strip()) for line in text.splitlines()]
    return [(page, line) for page, line in found if line]


COMMANDS = sorted({line for _, line in shell_lines() if re.match(r"(\S*/)?cuewire ", line)})


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_shown_is_understood(line: str) -> None:
    """The command is there, and so is each option that is given."""
    words = shlex.split(line)[1:]
    if words[0].startswith("--"):
        assert words[0] in ("--version", "--help")
        return
    command = cli.commands[words[0]]
    if isinstance(command, click.Group):
        command = command.commands[words[1]]
    options = {name for one in command.params if isinstance(one, click.Option) for name in one.opts}
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= options


def test_every_command_named_in_a_sentence_exists() -> None:
    """`cuewire x` and `make x` in running text are commands and targets."""
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    for page in PAGES:
        text = page.read_text()
        named = set(re.findall(r"`cuewire ([a-z]+)[` ]", text))
        assert named <= set(cli.commands), (page, named - set(cli.commands))
        made = set(re.findall(r"(?:`|^)make ([a-z]+)", text, re.MULTILINE))
        assert made <= targets, (page, made - targets)


def test_the_commands_of_the_quickstart_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that need no server are typed in the page's order and end well."""
    monkeypatch.chdir(tmp_path)
    page = ROOT / "docs" / "quickstart.md"
    typed = [
        shlex.split(line)[1:] for at, line in shell_lines() if at == page and line.startswith("cuewire ")
    ]
    cheap = [words for words in typed if words[0] in ("init", "check", "test")]
    assert [words[0] for words in cheap] == ["init", "check", "test"]
    for words in cheap:
        result = CliRunner().invoke(cli, words)
        assert result.exit_code == 0, (words, result.output)


def test_the_commands_of_the_page_on_history_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line that the page shows is imported by the commands that it shows."""
    import gzip
    import shutil

    monkeypatch.chdir(tmp_path)
    page = ROOT / "docs" / "operate" / "history.md"
    (line,) = re.findall(r"^```json\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    json.loads(line)
    (tmp_path / "events.jsonl.gz").write_bytes(gzip.compress(line.encode()))
    shutil.copytree(PRESETS, tmp_path / "mappings")
    for at, typed in shell_lines():
        if at == page and typed.startswith("cuewire import"):
            result = CliRunner().invoke(cli, shlex.split(typed)[1:])
            assert result.exit_code == 0, result.output
            assert result.stdout.startswith("1 line: 1 ")
