"""People who never meet are shared out over processes, which changes nothing of what is told."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from core.engine.event import Identifier
from core.errors import OperatorError
from cuewire.rules import read_rules
from cuewire.simulate.apart import each_apart
from cuewire.simulate.circles import Circles, shared_out
from cuewire.simulate.labels import Label
from cuewire.simulate.run import Ask, live_through
from cuewire.simulate.shape import Result, shape
from cuewire.simulate.version import Version

TRIGGERS = {
    "left": "when: {event: Added, not_followed_by: Bought, within: 15m, key: =properties.cart}\n"
    "limits: {cooldown: 1h}\ngoal: {event: Bought, within: 1h, value: =properties.total}\n",
    "third": "when: {count: {event: Added, at_least: 3, within: 1h}}\nlimits: {once: true}\n",
}
DO = "do: [braze.track_event: {external_id: =profile.id, name: x}]\n"


def mappings(folder: Path, **triggers: str) -> Path:
    """Write a folder of triggers."""
    (folder / "triggers").mkdir(parents=True)
    for name, text in triggers.items():
        (folder / "triggers" / f"{name}.yaml").write_text(f"trigger: {name}\nstatus: live\n{text}{DO}")
    return folder


def history(path: Path) -> Path:
    """Write what thirty people did at the same times, some of them visitors first, and ids that come twice."""
    lines: list[dict[str, Any]] = []
    for number in range(600):
        person = number * 7 % 30
        who = (
            {"anonymousId": f"a{person}"}
            if number < 200
            else {"anonymousId": f"a{person}", "userId": f"u{person}"}
        )
        if number % 90 == 0:
            who = {"userId": f"u{person + 1}", "anonymousId": f"a{person}"}
        at = f"2026-03-02T{10 + number // 200}:{number // 5 % 60:02}:00Z"
        name = "Bought" if number % 11 == 0 else "Added"
        properties = {"cart": f"c{number % 3}", "total": number}
        call = {"type": "track", "event": name, "timestamp": at, "properties": properties, **who}
        lines.append({**call, "messageId": f"m{number % 580}"})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + "{broken\n")
    return path


def run(folder: Path, processes: int) -> tuple[dict[str, Any], bytes]:
    """Simulate two versions; give all numbers but the seconds, and the decisions as they were written."""
    versions = [Version(Path(name), read_rules(folder / name)) for name in ("new", "old")]
    labels = [Label((Identifier("user_id", f"u{one}"),), one % 2 == 0) for one in range(32)]
    decisions = BytesIO()
    ask = Ask(labels, "", decisions, is_quiet=True, processes=processes)
    reading, changes = live_through([folder / "history.jsonl"], versions, ask)
    told = shape(Result(reading, versions[0], "", versions[1], changes))
    assert told.pop("seconds") > 0
    return told, decisions.getvalue()


def test_shares_of_the_people_come_to_the_same_as_all_of_them(tmp_path: Path) -> None:
    """Numbers, samples, labels, goals, comparison, and the order of the decisions."""
    mappings(tmp_path / "new", **TRIGGERS)
    mappings(tmp_path / "old", left=TRIGGERS["left"].replace("15m", "5m"))
    history(tmp_path / "history.jsonl")
    told, decisions = run(tmp_path, 1)
    assert told["duplicates"] == 20 and told["bad"] == 1
    assert told["triggers"]["left"]["fired"] > 30 and told["changes"]["left"]["before"] > 0
    for processes in (2, 3):
        again, other = run(tmp_path, processes)
        assert again == told
        assert other == decisions


def test_names_that_come_together_are_one_circle() -> None:
    """Directly or by way of others, whichever came first."""
    circles = Circles()
    one, two = circles.join([("u", "1"), ("a", "1")]), circles.join([("u", "2")])
    assert circles.of(one) != circles.of(two)
    circles.join([("e", "x"), ("u", "2")])
    circles.join([("e", "x"), ("a", "1")])
    assert circles.of(one) == circles.of(two) == circles.find([("e", "?"), ("e", "x")])
    assert circles.find([("e", "?")]) is None
    assert circles.join([]) == -1


def test_shares_are_about_equal() -> None:
    """By how much there is to do for each circle, not by their number."""
    shares = shared_out([1] * 10 + [2] * 4 + [3] * 3 + [4] * 3, 2)
    assert shares[2] == shares[3] == shares[4] != shares[1]


def test_parts_are_given_in_order_with_their_steps() -> None:
    """However long each takes."""
    steps: list[int] = []

    def work(share: int, on_steps: Any) -> int:
        on_steps(share + 1)
        return share * 10

    assert each_apart(work, 3, steps.append) == [0, 10, 20]
    assert sorted(steps) == [1, 2, 3]


def test_a_part_that_ends_early_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    """Half a result is none."""

    def work(share: int, on_steps: Any) -> int:
        return 1 // share

    with pytest.raises(OperatorError, match="ended early"):
        each_apart(work, 2, lambda steps: None)
    assert "ZeroDivisionError" in capfd.readouterr().err
