"""``cuewire import`` on real files and a real store, by the command itself."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from core.engine import decode, next_due
from core.engine.instant import iso
from core.pipeline import Pipeline
from core.ports import Filter, RawEvent
from core.store.embedded import open_store
from cuewire.cli import cli
from cuewire.clock import SystemClock
from cuewire.settings import Settings
from cuewire.wiring import Runtime, load_mappings

DAY = 24 * 3_600_000

TRIGGERS = {
    "cart": "when: {event: Product Added, not_followed_by: Order Completed, within: 15m}",
    "views": "when: {count: {event: Product Viewed, at_least: 3, within: 7d}}",
    "ordered": "when: {event: Order Completed}",
}

DO = "do:\n  - braze.track_event: {external_id: =profile.id, name: x}\n"


@pytest.fixture
def mappings(tmp_path: Path) -> Path:
    """Make a folder of one trigger of each kind, all of them live."""
    folder = tmp_path / "mappings"
    (folder / "triggers").mkdir(parents=True)
    (folder / "sources").mkdir()
    for name, when in TRIGGERS.items():
        (folder / "triggers" / f"{name}.yaml").write_text(f"trigger: {name}\nstatus: live\n{when}\n{DO}")
    (folder / "sources" / "shop.yaml").write_text(
        "source: shop\nuses: segment\nidentifiers: {user_id: =event.userId}\n"
    )
    return folder


def now() -> int:
    """Give the time of this machine."""
    return SystemClock().now()


def call(number: int, event: str, *, ago: int = DAY, **more: Any) -> dict[str, Any]:
    """Make one line of history."""
    base = {"type": "track", "event": event, "userId": "u1", "messageId": f"m{number}"}
    return {**base, "timestamp": iso(now() - ago), **more}


def write(path: Path, lines: Sequence[Any]) -> Path:
    """Write lines of JSON; text stands as it is."""
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n"
    data = text.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def run(*arguments: Any, code: int = 0) -> Result:
    """Run the command and check how it ended."""
    result = CliRunner().invoke(cli, [str(one) for one in arguments])
    assert result.exit_code == code, result.output + str(result.exception)
    return result


def bring(
    folder: Path, mappings: Path, *files: Path, code: int = 0, more: Sequence[str] = ()
) -> dict[str, Any]:
    """Import files into a folder's data and give the summary."""
    arguments = ["import", *files, "--mappings", mappings, "--data", folder / "data", "--json", *more]
    summary: dict[str, Any] = json.loads(run(*arguments, code=code).stdout)
    return summary


HISTORY = ["Product Viewed", "Product Viewed", "Product Added", "Order Completed", "Product Added"]


def test_history_builds_a_profile_and_fires_and_arms_nothing(tmp_path: Path, mappings: Path) -> None:
    """Events are listed and counted; there is no decision, delivery or timer."""
    lines = [call(i, name, traits={"tier": "gold"}) for i, name in enumerate(HISTORY)]
    summary = bring(tmp_path, mappings, write(tmp_path / "events.jsonl.gz", lines))
    assert (summary["applied"], summary["new_profiles"], summary["set_aside"]) == (5, 1, 0)
    store = open_store(tmp_path / "data", clock=SystemClock())
    try:
        assert store.read.decisions(Filter()).rows == store.read.deliveries(Filter()).rows == []
        owner = store.read.owner("user_id", "u1")
        profile = decode(store.read.profile(owner or "") or b"")
    finally:
        store.close()
    assert next_due(profile) is None
    assert abs(now() - DAY - profile.last_seen) < DAY / 24
    assert sum(len(marks) for marks in profile.marks.values()) == 2


def test_the_first_live_event_goes_on_where_history_ended(tmp_path: Path, mappings: Path) -> None:
    """A third view crosses the count that two imported ones began, and a repeat of one of them is known."""
    bring(tmp_path, mappings, write(tmp_path / "e.jsonl", [call(i, "Product Viewed") for i in range(2)]))
    secret = "k" * 40
    settings = Settings.read({"CUEWIRE_API_KEY": secret, "CUEWIRE_SECRET_KEY": secret})
    runtime = Runtime(settings, mappings, tmp_path / "data", SystemClock())
    runtime.start()
    try:
        sent = [call(1, "Product Viewed"), call(9, "Product Viewed", ago=0)]
        items = [RawEvent(msgspec.json.encode(one), one) for one in sent]
        assert runtime.pipeline.accept("segment", items, now()) == ["duplicate", "applied"]
        (decision,) = runtime.store.read.decisions(Filter(trigger="views")).rows
    finally:
        runtime.stop()
    assert (decision.outcome, decision.event_id) == ("fired", "m9")


class SetClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = 1_800_000_000_000

    def now(self) -> int:
        """Give the time that was set."""
        return self.time


def test_history_that_joins_two_people_lets_no_timer_fire(tmp_path: Path, mappings: Path) -> None:
    """A cart that is overdue when an imported identify joins its visitor fires by the clock, not by the import."""
    rules, clock = load_mappings(mappings).rules, SetClock()
    assert rules is not None
    store = open_store(tmp_path / "data", clock=clock)
    try:
        pipeline = Pipeline(store, clock, rules)

        def tell(*, quiet: bool = False, **more: Any) -> list[str]:
            one = {"type": "track", "event": "Product Added", "messageId": f"m{len(more)}{quiet}", **more}
            items = [RawEvent(msgspec.json.encode(one), one)]
            if quiet:
                return pipeline.recall("segment", items, [clock.time]).result()
            return pipeline.accept("segment", items, clock.time)

        tell(anonymousId="a1")
        tell(event="Other", userId="u1")
        clock.time += DAY
        assert tell(type="identify", userId="u1", anonymousId="a1", quiet=True) == ["applied"]
        assert store.read.owner("user_id", "u1") == store.read.owner("anonymous_id", "a1")
        assert store.read.decisions(Filter()).rows == []
        store.write(pipeline.wake)
        assert [row.outcome for row in store.read.decisions(Filter()).rows] == ["fired"]
    finally:
        store.close()


def test_a_second_import_of_the_same_file_changes_nothing(tmp_path: Path, mappings: Path) -> None:
    """Every line is known by its id, or by its bytes where it has none."""
    lines = [
        call(1, "Product Viewed"),
        {"type": "track", "event": "X", "userId": "u1", "timestamp": "2024-01-01"},
    ]
    file = write(tmp_path / "e.jsonl", lines)
    assert bring(tmp_path, mappings, file)["applied"] == 2
    again = bring(tmp_path, mappings, file)
    assert (again["applied"], again["duplicate"], again["new_profiles"]) == (0, 2, 0)


def test_a_dry_run_leaves_nothing_behind(tmp_path: Path, mappings: Path) -> None:
    """It tells what would be, also of what is stored already, and makes no data folder."""
    file = write(tmp_path / "e.jsonl", [call(1, "Product Viewed"), call(2, "Product Viewed")])
    assert bring(tmp_path, mappings, file, more=["--dry-run"])["applied"] == 2
    assert not (tmp_path / "data").exists()
    bring(tmp_path, mappings, write(tmp_path / "one.jsonl", [call(1, "Product Viewed")]))
    store = open_store(tmp_path / "data", clock=SystemClock())
    try:
        rehearsed = bring(tmp_path, mappings, file, more=["--dry-run"])
        assert (rehearsed["applied"], rehearsed["duplicate"], rehearsed["dry_run"]) == (1, 1, True)
        assert len(store.read.events(Filter()).rows) == 1
    finally:
        store.close()


def test_a_server_that_holds_the_folder_is_named(tmp_path: Path, mappings: Path) -> None:
    """The command says that it must be stopped, as wrong use."""
    store = open_store(tmp_path / "data", clock=SystemClock())
    try:
        file = write(tmp_path / "e.jsonl", [call(1, "X")])
        result = CliRunner().invoke(
            cli, ["import", str(file), "--mappings", str(mappings), "--data", str(tmp_path / "data")]
        )
        assert "in use by process" in str(result.exception)
    finally:
        store.close()


BAD = {
    "no json": "line",
    "[]": "line",
    '{"type": "track", "event": "X", "userId": "u1"}': "timestamp",
    '{"type": "dance", "userId": "u1", "timestamp": "2024-01-01"}': "type",
    '{"type": "track", "event": "X", "timestamp": "2024-01-01", "userId": "u1", "source": "nowhere"}': "source",
    '{"type": "track", "event": "X", "timestamp": "2024-01-01"}': "identifier",
    json.dumps({"type": "track", "event": "X" * 40_000}): "larger than",
}


def test_a_bad_line_costs_the_others_nothing(tmp_path: Path, mappings: Path) -> None:
    """It is set aside with its reason, and the command ends with 1."""
    summary = bring(tmp_path, mappings, write(tmp_path / "e.jsonl", [*BAD, "", call(1, "X")]), code=1)
    assert (summary["lines"], summary["applied"], summary["set_aside"]) == (len(BAD) + 1, 1, len(BAD))
    for word in BAD.values():
        assert any(word in reason for reason in summary["reasons"]), (word, summary["reasons"])
    shown = run("import", tmp_path / "e.jsonl", "--mappings", mappings, "--data", tmp_path / "data", code=1)
    assert "  1 set aside: source: There is no mapping" in shown.stdout


def test_a_line_may_name_its_source(tmp_path: Path, mappings: Path) -> None:
    """It is read by that source's mapping and listed under its name."""
    lines = [call(1, "X", source="shop"), call(2, "X"), call(3, "X", source="shop")]
    assert bring(tmp_path, mappings, write(tmp_path / "e.jsonl", lines))["applied"] == 3
    store = open_store(tmp_path / "data", clock=SystemClock())
    try:
        found = {row.id: row.source for row in store.read.events(Filter()).rows}
    finally:
        store.close()
    assert found == {"m1": "shop", "m2": "segment", "m3": "shop"}


def test_times_come_from_the_line(tmp_path: Path, mappings: Path) -> None:
    """An event is never later than its arrival, and without one it arrived at the latest time so far."""
    lines = [
        {**call(1, "X"), "timestamp": "2024-01-02T00:00:00Z", "receivedAt": "2024-01-02T00:00:05Z"},
        {**call(2, "X"), "timestamp": "2024-01-01T00:00:00Z"},
        {**call(3, "X"), "timestamp": "2099-01-01T00:00:00Z"},
        {**call(4, "X"), "timestamp": "2024-01-03T00:00:00Z", "sentAt": "2020-01-01T00:00:00Z"},
    ]
    summary = bring(tmp_path, mappings, write(tmp_path / "e.jsonl", lines))
    assert summary["first"] == "2024-01-02T00:00:05.000Z"
    store = open_store(tmp_path / "data", clock=SystemClock())
    try:
        found = {row.id: row.timestamp for row in store.read.events(Filter()).rows}
    finally:
        store.close()
    assert iso(found["m1"]) == "2024-01-02T00:00:00.000Z"
    assert iso(found["m4"]) == "2024-01-03T00:00:00.000Z"
    assert found["m3"] <= now()


def test_a_time_that_cannot_be_read_is_that_of_the_arrival(tmp_path: Path, mappings: Path) -> None:
    """As live, and in a simulation too; a line that tells of no arrival either is refused."""
    arrived = "2024-01-02T00:00:05.000Z"
    lines = [
        {**call(1, "X"), "timestamp": "yesterday", "receivedAt": arrived},
        {**call(2, "X"), "timestamp": "yesterday"},
    ]
    file = write(tmp_path / "e.jsonl", lines)
    summary = bring(tmp_path, mappings, file, code=1)
    assert (summary["applied"], summary["set_aside"]) == (1, 1)
    store = open_store(tmp_path / "data", clock=SystemClock())
    try:
        [row] = store.read.events(Filter(status="applied")).rows
    finally:
        store.close()
    assert (row.id, iso(row.timestamp)) == ("m1", arrived)
    told = json.loads(run("simulate", file, "--mappings", mappings, "--json").stdout)
    assert (told["events"], told["bad"], told["first"]) == (1, 1, arrived)


def test_an_archive_under_another_name_is_refused(tmp_path: Path, mappings: Path) -> None:
    """It is told how to name it, and nothing is stored."""
    file = tmp_path / "e.jsonl"
    file.write_bytes(gzip.compress(b'{"type": "track"}\n'))
    result = CliRunner().invoke(
        cli, ["import", str(file), "--mappings", str(mappings), "--data", str(tmp_path / "data")]
    )
    assert "looks like gzip" in str(result.exception)


def test_mappings_with_errors_import_nothing(tmp_path: Path, mappings: Path) -> None:
    """The command says to check them first."""
    (mappings / "triggers" / "cart.yaml").write_text("trigger: cart\nwhen: {}\n")
    file = write(tmp_path / "e.jsonl", [call(1, "X")])
    result = CliRunner().invoke(cli, ["import", str(file), "--mappings", str(mappings)])
    assert "have errors" in str(result.exception)


def test_a_broken_archive_is_named(tmp_path: Path, mappings: Path) -> None:
    """What was read before its end is stored; the rest is an error that names the file."""
    file = tmp_path / "e.jsonl.gz"
    file.write_bytes(gzip.compress(b'{"type": "track"}\n' * 10_000)[:-20])
    result = CliRunner().invoke(
        cli, ["import", str(file), "--mappings", str(mappings), "--data", str(tmp_path / "data")]
    )
    assert "e.jsonl.gz cannot be read" in str(result.exception)
