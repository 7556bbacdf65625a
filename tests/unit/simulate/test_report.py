"""The report is one file that needs nothing else, runs nothing, and shows what people sent as text."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from cuewire.cli import cli

HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)>"

TRIGGER = """
trigger: seen
title: "{title}"
status: live
when: {{event: [Seen, "<b>Bold</b>"], key: =properties.key}}
limits: {{once: true, per: key}}
do: [braze.track_event: {{external_id: =profile.id, name: Seen}}]
goal: {{event: "</style><i>Done</i>", within: 1h, value: =properties.total}}
"""


class Tags(HTMLParser):
    """Gathers the tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Simulate a history whose every text is hostile, against itself and with labels."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "triggers").mkdir()
    title = HOSTILE.replace('"', '\\"')
    (folder / "triggers" / "seen.yaml").write_text(TRIGGER.format(title=title))
    lines = [
        {
            "type": "track",
            "event": name,
            "userId": f"{HOSTILE}{number}",
            "messageId": f"m{number}",
            "timestamp": f"2026-03-0{2 + number % 7}T10:00:0{number % 9}Z",
            "properties": {"key": HOSTILE, "total": 5},
        }
        for number, name in enumerate(["Seen", "<b>Bold</b>", "</style><i>Done</i>"] * 20)
    ]
    (folder / "h.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    labels = [{"user_id": f"{HOSTILE}{number}", "label": number % 2} for number in range(4)]
    (folder / "labels").write_text("\n".join(json.dumps(label) for label in labels))
    told = [
        "--mappings",
        folder,
        "--against",
        folder,
        "--labels",
        folder / "labels",
        "--html",
        folder / "r.html",
    ]
    arguments = [str(one) for one in ("simulate", folder / "h.jsonl", *told)]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output + str(result.exception)
    return Path(folder / "r.html").read_text()


def test_what_was_sent_is_shown_as_text(report: str) -> None:
    """Names, keys, titles and identifiers make no tags."""
    tags = Tags()
    tags.feed(report)
    assert not tags.tags & {"script", "img", "b>", "i>", "link", "iframe", "object", "embed", "base", "form"}
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in report
    assert "<b>Bold" not in report and "<i>Done" not in report
    assert not [name for name, _ in tags.attributes if name.startswith("on")]


def test_it_needs_nothing_else(report: str) -> None:
    """No address but those within the page, and a policy that would forbid any."""
    tags = Tags()
    tags.feed(report)
    outside = [value for name, value in tags.attributes if name in ("src", "href", "xlink:href", "action")]
    assert all(str(value).startswith("#") for value in outside)
    assert not re.findall(r"url\(|@import|https?://", report)
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in tags.attributes


def test_it_has_all_its_parts(report: str) -> None:
    """Charts, the way to a firing, hours, goal, labels, people, and the comparison."""
    for heading in (
        "Compared",
        "The way to a firing",
        "When it fires",
        "Goal",
        "Labelled people",
        "Some of the people",
    ):
        assert f">{heading}</h" in report, heading
    assert "40 firings for 40 people" in report
    assert "prefers-color-scheme: dark" in report
