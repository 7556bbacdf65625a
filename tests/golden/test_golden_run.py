"""Six weeks of made-up people are decided alike in every way of running them, and as they were written down."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

#: What a check can afford; `python -m benchmarks.golden` makes the whole run of 200,000.
LARGE = 40_000

#: A golden run of this size is quick enough to be made over and over with faults in it.
SMALL = 2_000


def golden(*options: str, seconds: int) -> subprocess.CompletedProcess[str]:
    """Make the golden run in processes of its own: nothing that measures the tests slows it down."""
    command = [sys.executable, "-m", "benchmarks.golden", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Make the small weeks, and let the benchmarks be imported as they are from the project's root."""
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks.golden.ways import size_of
    from benchmarks.golden.weeks import blocks

    return blocks(SMALL, size=size_of(SMALL))


def test_a_small_golden_run_is_the_same_in_every_way() -> None:
    """Fail soon where the large one would fail late."""
    done = golden("--events", "6000", seconds=600)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_the_golden_run_is_the_same_in_every_way() -> None:
    """Rehearsed, embedded, in batches, across restarts and one by one, everybody gets the same."""
    done = golden("--events", str(LARGE), seconds=900)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_anchor_of_the_golden_run_fires(small: list[Any]) -> None:
    """Prove nothing by triggers that never fire."""
    from benchmarks.golden.play import rules
    from benchmarks.golden.ways import EVENTS, stored
    from core.engine.when import Anchor

    digest = stored(EVENTS)
    assert digest is not None
    fired = {name for name, found in digest["triggers"].items() if found.get("fired")}
    assert fired == set(rules().triggers)
    anchors = {type(trigger.when) for trigger in rules().triggers.values()}
    assert anchors == set(Anchor.__args__)


def forgetful(apply: Callable[..., Any]) -> Callable[..., Any]:
    """Make an ``apply`` that overlooks one event in a hundred."""
    from core.engine import Applied

    def faulty(profile: Any, event: Any, rules: Any, now: int) -> Any:
        return Applied(profile, (), ()) if event.seq % 100 == 50 else apply(profile, event, rules, now)

    return faulty


def hasty(wake: Callable[..., Any]) -> Callable[..., Any]:
    """Make a ``wake`` that now and then forgets the last of what it has decided."""
    from core.engine import Applied

    def faulty(profile: Any, now: int, rules: Any) -> Any:
        done = wake(profile, now, rules)
        return Applied(done.profile, done.decisions[:-1], done.actions) if now % 3 == 0 else done

    return faulty


@pytest.mark.parametrize(("door", "fault"), [("apply", forgetful), ("wake", hasty)])
def test_a_fault_in_the_engine_changes_what_was_written_down(
    door: str, fault: Callable[..., Any], small: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The golden decisions must show any change of what the engine does, wherever it runs."""
    from benchmarks.golden.play import rehearse
    from benchmarks.golden.ways import changes, stored
    from core.pipeline import working

    monkeypatch.setattr(working, door, fault(getattr(working, door)))
    assert any("decisions" in change for change in changes(stored(SMALL), rehearse(small).digest()))


@pytest.mark.parametrize(("door", "fault"), [("apply", forgetful), ("wake", hasty)])
def test_a_fault_in_one_way_makes_it_differ_from_the_others(
    door: str, fault: Callable[..., Any], small: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The comparison must show what only one of the ways does."""
    from benchmarks.golden.outcome import differences
    from benchmarks.golden.play import embed, rehearse
    from core.pipeline import working

    right = rehearse(small)
    monkeypatch.setattr(working, door, fault(getattr(working, door)))
    assert differences(right, embed(small, tmp_path / "data", most=60))
