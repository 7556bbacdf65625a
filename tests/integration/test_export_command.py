"""``cuewire export`` as it is typed: the rows that other products import, and our own sources read."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from core.engine.instant import parse_time
from core.engine.mapping import map_event
from core.pipeline import Pipeline
from core.ports import RawEvent
from core.store.embedded import open_store
from cuewire.cli import cli
from cuewire.clock import SystemClock
from cuewire.wiring import load_mappings
from webhooks.sources import kinds

PRESETS = Path(__file__).parents[2] / "mappings"

BOUGHT = """
trigger: bought
status: live
when: {event: Order Completed}
limits: {cap: {times: 100, per: 1d}}
do:
  - braze.track_event: {external_id: =profile.id, name: Bought}
"""
AT = "2026-03-02T10:00:00.123Z"
LATER = 1_772_445_700_000
CALLS: list[dict[str, Any]] = [
    {"type": "identify", "messageId": "m1", "userId": "ada", "traits": {"email": "ada@example.com"}},
    {"type": "track", "event": "Order Completed", "messageId": "m2", "userId": "ada", "anonymousId": "a1"},
    {"type": "page", "messageId": "m3", "anonymousId": "5363713112563867", "properties": {"path": "/"}},
]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Keep three events and what was decided of them."""
    triggers = tmp_path / "mappings" / "triggers"
    triggers.mkdir(parents=True)
    (triggers / "bought.yaml").write_text(BOUGHT)
    rules = load_mappings(tmp_path / "mappings").rules
    assert rules is not None
    store = open_store(tmp_path / "data", clock=SystemClock())
    for call in CALLS:
        whole = {"timestamp": AT, "properties": {"price": 40}, **call}
        raw = RawEvent(msgspec.json.encode(whole), whole)
        Pipeline(store, SystemClock(), rules).accept("segment", [raw], SystemClock().now())
    yield tmp_path
    store.close()


def export(folder: Path, *words: str) -> Result:
    """Type the command, beside whoever has the store open."""
    places = ("--data", str(folder / "data"), "--mappings", str(folder / "mappings"))
    return CliRunner().invoke(cli, ["export", *words, *places])


def rows(told: Result) -> list[dict[str, Any]]:
    """Read the lines that were printed."""
    assert told.exit_code == 0, told.output
    return [json.loads(line) for line in told.stdout.splitlines()]


def test_segments_lines_are_a_history_that_comes_in_again(folder: Path) -> None:
    """Import what was exported into another folder, and export it anew: the same events."""
    file = folder / "out.jsonl.gz"
    assert export(folder, "events", "--output", str(file)).stderr == "3 rows for segment\n"
    first = [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    assert [row["messageId"] for row in first] == ["m1", "m2", "m3"]
    (folder / "again").mkdir()
    (folder / "again" / "mappings").symlink_to(folder / "mappings")
    words = [
        "import",
        str(file),
        "--mappings",
        str(folder / "mappings"),
        "--data",
        str(folder / "again" / "data"),
    ]
    assert CliRunner().invoke(cli, words).exit_code == 0
    assert rows(export(folder / "again", "events")) == first


@pytest.mark.parametrize(("form", "count"), [("mixpanel", 2), ("amplitude", 2), ("heap", 2)])
def test_rows_of_a_product_read_back_as_the_events_they_were(folder: Path, form: str, count: int) -> None:
    """What the shipped source of that product makes of the rows has the same name, time, person and properties."""
    found = rows(export(folder, "events", "--as", form))
    rules = load_mappings(PRESETS).rules
    assert rules is not None and len(found) == count
    source = kinds()["custom"]
    mapping = rules.sources[form]
    (call,) = source.read(found[0], mapping)
    order = map_event(call, mapping, rules.identity, seq=1, received_at=LATER, raw_id="m")
    assert (order.name, order.timestamp) == ("Order Completed", parse_time(AT))
    assert ("user_id", "ada") in {(one.namespace, one.value) for one in order.identifiers}
    assert order.data["properties"]["price"] == 40


def test_an_id_is_the_same_in_every_export(folder: Path) -> None:
    """A second import of the same rows counts nothing twice."""
    first, again = (rows(export(folder, "events", "--as", "amplitude")) for _ in range(2))
    assert [row["insert_id"] for row in first] == [row["insert_id"] for row in again]
    assert len({row["insert_id"] for row in first}) == 2


def test_what_a_product_has_no_row_for_is_counted(folder: Path) -> None:
    """Nobody wonders where the rest is."""
    told = export(folder, "events", "--as", "mixpanel")
    assert told.stderr == "2 rows for mixpanel; 1 left out: mixpanel has no row for them\n"


def test_decisions_are_what_a_person_did(folder: Path) -> None:
    """With the trigger, the outcome and who it was; one that was not met is no row."""
    (row,) = rows(export(folder, "decisions", "--as", "mixpanel"))
    assert (row["event"], row["properties"]["trigger"]) == ("Decision Made", "bought")
    assert (row["properties"]["outcome"], row["properties"]["distinct_id"]) == ("fired", "ada")
    assert rows(export(folder, "decisions", "--trigger", "other")) == []
    assert rows(export(folder, "decisions", "--since", "2126-01-01")) == []


def test_wrong_use_is_told_and_no_half_file_stays(folder: Path, tmp_path: Path) -> None:
    """Ends with 2, and leaves what was there."""
    assert export(folder, "events", "--trigger", "bought").exit_code == 2
    file = tmp_path / "kept.jsonl"
    file.write_text("before\n")
    words = ("export", "events", "--data", str(tmp_path / "none"), "--output", str(file))
    assert CliRunner().invoke(cli, words).exit_code != 0
    assert file.read_text() == "before\n"
    assert sorted(path.name for path in tmp_path.glob("*kept*")) == ["kept.jsonl"]
