"""The benchmarks run, read back what they caused, and refuse what they cannot stand behind."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """Run all benchmarks in tiny sizes."""
    command = [sys.executable, "-m", "benchmarks", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.fixture
def at_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the benchmarks be imported as they are from the project's root."""
    monkeypatch.syspath_prepend(str(ROOT))


def test_intake_gives_a_ratio_for_single_calls_and_batches(found: dict[str, Any]) -> None:
    """Measure both shapes, each with what was read back from the store."""
    assert [each["name"] for each in found["intake"]] == ["single", "batch of 100"]
    assert [each["events"] for each in found["intake"]] == [300, 600]
    assert all(each["ratio"] > 0 and each["events_per_second"] > 0 for each in found["intake"])


def test_the_engine_decides_the_same_with_any_number_of_rules(found: dict[str, Any]) -> None:
    """Measure 10, 100 and 1,000 rules with equal matches."""
    assert [each["rules"] for each in found["engine"]] == [10, 100, 1_000]
    assert {each["decisions"] for each in found["engine"]} == {1_000}


def test_rules_of_every_kind_and_segments_decide_the_same_in_any_number(found: dict[str, Any]) -> None:
    """Measure ten anchors among others, and segments that do not move."""
    assert [each["rules"] for each in found["anchors"]["rules"]] == [10, 100, 1_000]
    assert [each["segments"] for each in found["anchors"]["segments"]] == [1, 10, 100]
    assert {each["events"] for part in found["anchors"].values() for each in part} == {400}


def test_people_are_as_large_as_what_was_kept_of_them(found: dict[str, Any]) -> None:
    """A decoded profile takes more than its bytes."""
    assert found["memory"]["held"] == 200
    assert 0 < found["memory"]["bytes_median"] <= found["memory"]["bytes_largest"]


def test_deliveries_are_compared_with_bare_calls_and_with_a_dead_neighbour(found: dict[str, Any]) -> None:
    """All of them arrived, once, or there would be no numbers."""
    sent = found["deliveries"]
    assert sent["deliveries"] == 60
    assert min(sent["per_second"], sent["bare_per_second"], sent["beside_dead_per_second"]) > 0


def test_deliveries_are_compared_with_the_vendors_own_sdks(found: dict[str, Any]) -> None:
    """Each by the adapter alone and by the dispatcher, with what the SDK took beside it."""
    sdks = found["deliveries"]["sdks"]
    assert [one["vendor"] for one in sdks] == ["twilio", "hubspot", "salesforce"]
    for one in sdks:
        assert min(one["bare_alone"]["ms"], one["bare"]["ms"]) > 0
        assert min(one["adapter"]["ratio"], one["dispatcher"]["ratio"]) > 0


@pytest.mark.usefixtures("at_root")
def test_a_call_that_is_missing_at_the_vendor_or_there_twice_is_refused() -> None:
    """Print no ratio when what arrived is not what was sent."""
    from benchmarks.delivering import Mismatch
    from benchmarks.sdk import check

    check("twilio", {"cwa0x0y", "cwb0x0y"}, arrived='[{"Body": "cwa0x0y"}, {"Body": "cwb0x0y"}]')
    with pytest.raises(Mismatch, match="2 sent, 1 of them arrived"):
        check("twilio", {"cwa0x0y", "cwb0x0y"}, arrived='[{"Body": "cwa0x0y"}]')
    with pytest.raises(Mismatch, match="2 in all"):
        check("twilio", {"cwa0x0y"}, arrived='[{"Body": "cwa0x0y"}, {"Body": "cwa0x0y"}]')


def test_a_simulation_is_compared_with_parsing_alone(found: dict[str, Any]) -> None:
    """Every event is applied, and the ratio is that of one run."""
    assert found["simulate"]["events"] == 2_000
    assert found["simulate"]["ratio"] > 0


def test_latency_counts_every_delivery(found: dict[str, Any]) -> None:
    """Give percentiles of all events that were sent."""
    assert found["latency"]["events"] == 40
    assert 0 < found["latency"]["p50_ms"] <= found["latency"]["p99_ms"] <= found["latency"]["max_ms"]


@pytest.mark.usefixtures("at_root")
def test_a_port_held_by_somebody_else_is_not_measured() -> None:
    """Refuse a listener that is not in the group of the started child, and a port without any."""
    from benchmarks.child import NotOurs, refuse_strangers

    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        port = stranger.getsockname()[1]
        with pytest.raises(NotOurs, match="no process"):
            refuse_strangers(port, os.getpgid(0))
        stranger.listen()
        refuse_strangers(port, os.getpgid(0))
        with pytest.raises(NotOurs, match=f"process {os.getpid()}"):
            refuse_strangers(port, group=1)


@pytest.mark.usefixtures("at_root")
def test_a_run_in_which_the_rules_decide_differently_is_refused() -> None:
    """Print nothing of an engine run whose decisions are not those that the load asks for."""
    from benchmarks.engine import Mismatch, check, events

    right = {"fired": 200, "not_met": 0}
    check(events(100), dict.fromkeys((10, 100, 1_000), right))
    with pytest.raises(Mismatch, match="changed what was decided"):
        check(events(100), {10: right, 100: right, 1_000: {"fired": 199, "not_met": 1}})
    with pytest.raises(Mismatch, match="decisions"):
        check(events(100), {size: {"fired": 150} for size in (10, 100, 1_000)})


@pytest.mark.usefixtures("at_root")
def test_a_run_in_which_an_anchor_is_silent_is_refused() -> None:
    """Print no cost of rules of which one did nothing, or which segments changed."""
    from benchmarks.anchors import MEETING, check
    from benchmarks.engine import Mismatch

    right = dict.fromkeys(MEETING, 5)
    check({10: right, 100: right})
    with pytest.raises(Mismatch, match="changed what was decided"):
        check({10: right, 100: {**right, "count": 4}})
    with pytest.raises(Mismatch, match="nothing was decided about count"):
        check({10: {name: 5 for name in MEETING if name != "count"}})


@pytest.mark.usefixtures("at_root")
def test_a_delivery_that_is_missing_or_doubled_is_refused() -> None:
    """Print no latency when what arrived is not what was sent."""
    from benchmarks.latency import Mismatch, summary

    assert summary({"a": 1.0}, {"a": [1.5]})["p50_ms"] == 500.0
    with pytest.raises(Mismatch, match="arrived"):
        summary({"a": 1.0, "b": 1.0}, {"a": [1.5]})
    with pytest.raises(Mismatch, match="more than once"):
        summary({"a": 1.0}, {"a": [1.5, 1.6]})


@pytest.mark.usefixtures("at_root")
def test_intake_refuses_what_the_store_does_not_hold(tmp_path: Path) -> None:
    """Print no ratio when an event that was sent is not in the store, or a person's decision is missing."""
    import sqlite3

    from benchmarks.child import Cuewire
    from benchmarks.intake import Mismatch, check, made_calls
    from benchmarks.load import Sent

    (tmp_path / "data").mkdir()
    ours, calls = Cuewire(tmp_path), made_calls(3)
    with sqlite3.connect(ours.database) as db:
        db.execute("CREATE TABLE events (id TEXT, status TEXT)")
        db.execute("CREATE TABLE decisions (outcome TEXT)")
        db.execute("CREATE TABLE deliveries (id TEXT)")
        db.executemany("INSERT INTO events VALUES (?, 'applied')", [(call["messageId"],) for call in calls])
    db.close()
    sent, before = (Sent(3, 3, 1.0), Sent(3, 3, 1.0)), {"fired": 0, "deliveries": 0}
    with pytest.raises(Mismatch, match="0 fired"):
        check(ours, calls, before=before, sent=sent)
    with pytest.raises(Mismatch, match="6 events sent, 0 stored"):
        check(ours, made_calls(6), before=before, sent=sent)
    with pytest.raises(Mismatch, match="2 were accepted"):
        check(ours, calls, before=before, sent=(sent[0], Sent(3, 2, 1.0)))


@pytest.mark.usefixtures("at_root")
def test_a_simulation_that_decides_otherwise_is_refused() -> None:
    """Print nothing of one that lost an event or an order."""
    from benchmarks.simulate import Mismatch, check

    names = {"Order Completed": 2, "Product Viewed": 3}
    right = {"ordered": {"fired": 2}, "interest": {"fired": 1, "not_met": 2}, "left": {"fired": 1}}
    check(5, 5, names, right)
    with pytest.raises(Mismatch, match="4 applied"):
        check(5, 4, names, right)
    with pytest.raises(Mismatch, match="orders"):
        check(5, 5, names, right | {"ordered": {"fired": 1}})
    with pytest.raises(Mismatch, match="views"):
        check(5, 5, names, right | {"interest": {"fired": 1}})
