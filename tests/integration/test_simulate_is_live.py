"""A simulation is the live engine on another clock: what breaks the one breaks the other."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from embedded.world import SetClock
from shop_history import CART, GREET, MORNING, mappings, write

from core.engine import Applied
from core.engine.instant import parse_time
from core.pipeline import Pipeline, working
from core.ports import Filter, RawEvent
from core.store.embedded import open_store
from cuewire.cli import cli
from cuewire.wiring import load_mappings

LAST = 24 * 3_600_000

Fault = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write the mappings and the morning."""
    write(tmp_path / "morning.jsonl")
    return mappings(tmp_path / "mappings", cart=CART, greet=GREET).parent


def live(folder: Path) -> Counter[str]:
    """Let the morning come to a pipeline and a store, each event when it happened, the clock going on between."""
    loaded, clock = load_mappings(folder / "mappings"), SetClock()
    assert loaded.rules is not None
    clock.time = 0
    store = open_store(folder / "data", clock=clock)
    try:
        pipeline = Pipeline(store, clock, loaded.rules)
        for call in (one for one in MORNING if isinstance(one, dict)):
            at = parse_time(call["timestamp"]) or 0
            step(pipeline, clock, at)
            pipeline.accept("segment", [RawEvent(json.dumps(call).encode(), call)], at)
        step(pipeline, clock, clock.time + LAST)
        rows = store.read.decisions(Filter(limit=500)).rows
        return Counter(f"{row.trigger} {row.outcome} {row.at}" for row in rows if row.outcome != "not_met")
    finally:
        store.close()


def step(pipeline: Pipeline, clock: SetClock, until: int) -> None:
    """Move the clock minute by minute, waking whoever is due."""
    while clock.time and clock.time < until:
        clock.time = min(clock.time + 60_000, until)
        pipeline.store.write(pipeline.wake)
    clock.time = until


def simulated(folder: Path) -> Counter[str]:
    """Simulate the morning by the command."""
    path = folder / "decisions.jsonl"
    arguments = ["simulate", folder / "morning.jsonl", "--mappings", folder / "mappings", "--decisions", path]
    CliRunner().invoke(cli, [str(one) for one in arguments])
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return Counter(f"{row['trigger']} {row['outcome']} {parse_time(row['at'])}" for row in rows)


def silent_apply(patch: pytest.MonkeyPatch) -> None:
    """Let events decide nothing."""
    real = working.apply
    patch.setattr(working, "apply", lambda *told: Applied(real(*told).profile, (), ()))


def raising_apply(patch: pytest.MonkeyPatch) -> None:
    """Let every event fail."""

    def apply(*_: Any) -> Applied:
        raise ValueError("planted")

    patch.setattr(working, "apply", apply)


def sleeping_wake(patch: pytest.MonkeyPatch) -> None:
    """Let timers come and nothing be done."""
    patch.setattr(working, "wake", lambda profile, now, rules: Applied(profile, (), ()))


def raising_wake(patch: pytest.MonkeyPatch) -> None:
    """Let every timer fail."""

    def wake(*_: Any) -> Applied:
        raise ValueError("planted")

    patch.setattr(working, "wake", wake)


def test_both_decide_the_same(folder: Path) -> None:
    """The same triggers, outcomes and times, those after the last event too."""
    told = simulated(folder)
    assert told == live(folder)
    assert sum(told.values()) == 5


@pytest.mark.parametrize("fault", [silent_apply, raising_apply, sleeping_wake, raising_wake])
def test_a_fault_in_the_engine_breaks_both(
    folder: Path, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither has an engine of its own, and both go on with what is not concerned."""
    whole = simulated(folder)
    fault(monkeypatch)
    told = simulated(folder)
    assert told == live(folder)
    assert told < whole


def test_a_fault_is_no_result(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command says so and ends with 1."""
    raising_wake(monkeypatch)
    arguments = ["simulate", folder / "morning.jsonl", "--mappings", folder / "mappings"]
    result = CliRunner().invoke(cli, [str(one) for one in arguments])
    assert result.exit_code == 1
    assert "the engine failed" in result.stderr and "planted" in result.stderr
