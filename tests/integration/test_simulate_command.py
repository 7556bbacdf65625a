"""``cuewire simulate`` by the command itself; the numbers of the morning are worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from shop_history import CART, GREET, MORNING, OFF, call, mappings, write

from cuewire.check import PRESETS
from cuewire.cli import cli


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Write the mappings and the morning."""
    mappings(tmp_path / "mappings", cart=CART, greet=GREET, off=OFF)
    write(tmp_path / "morning.jsonl")
    return tmp_path


def run(folder: Path, *more: Any, code: int = 0) -> Result:
    """Simulate the morning, and check how it ended."""
    arguments = ["simulate", folder / "morning.jsonl", "--mappings", folder / "mappings", *more]
    result = CliRunner().invoke(cli, [str(one) for one in arguments])
    assert result.exit_code == code, result.output + str(result.exception)
    return result


def found(folder: Path, *more: Any) -> dict[str, Any]:
    """Simulate for machines."""
    told: dict[str, Any] = json.loads(run(folder, "--json", *more).stdout)
    return told


def decisions(folder: Path, *more: Any) -> list[dict[str, Any]]:
    """Simulate, and read the decisions that were written."""
    path = folder / "decisions.jsonl"
    run(folder, "--decisions", path, *more)
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_reasons_beyond_the_tenth_kind_are_counted(shop: Path, tmp_path: Path) -> None:
    """Nobody takes ten reasons for all of them."""
    file = tmp_path / "nonsense.jsonl"
    names = [f"s{number}" for number in range(14)]
    lines = [json.dumps({"type": "track", "event": "X", "source": name}) for name in (*names, names[13])]
    file.write_text("\n".join(lines))
    words = ["simulate", str(file), "--mappings", str(shop / "mappings"), "--json"]
    result = CliRunner().invoke(cli, words)
    told = json.loads(result.stdout)
    assert (len(told["reasons"]), told["reasons_left_out"]) == (10, {"kinds": 4, "lines": 5})
    assert "  ... and 4 more kinds of reason (5 lines)" in result.stderr


def test_the_numbers_of_the_morning(shop: Path) -> None:
    """Ada and Fay leave full carts, Bob's is small, Cy orders, Ada's second comes too soon."""
    told = found(shop)
    assert {name: told[name] for name in ("events", "profiles", "lines", "duplicates", "bad")} == {
        "events": 10,
        "profiles": 6,
        "lines": 13,
        "duplicates": 1,
        "bad": 2,
    }
    promised = ("fired", "held", "suppressed", "not_met", "gates")
    assert {name: {one: of[one] for one in promised} for name, of in told["triggers"].items()} == {
        "cart": {
            "fired": 2,
            "held": 0,
            "suppressed": 1,
            "not_met": 2,
            "gates": {"anchor": 1, "only_if": 1, "limits": 1},
        },
        "greet": {"fired": 1, "held": 0, "suppressed": 1, "not_met": 0, "gates": {"consent": 1}},
    }
    cart = told["triggers"]["cart"]
    assert (cart["people"], cart["after_history"], cart["sends"]) == (2, 1, {"braze.track_event": 2})
    assert cart["days"] == {
        "2026-03-02": {
            "fired": 2,
            "held": 0,
            "suppressed": 1,
            "not_met": 2,
            "gates": {"only_if": 1, "anchor": 1, "limits": 1},
        }
    }
    assert (told["first"], told["last"]) == ("2026-03-02T10:00:00.000Z", "2026-03-02T10:50:00.000Z")
    assert told["seconds"] > 0


def test_the_goal_of_the_morning(shop: Path) -> None:
    """Ada orders 20 minutes after her firing, Cy without one; Fay's hour is not over."""
    goal = found(shop)["triggers"]["cart"]["goal"]
    assert goal == {
        "basis": "did it anyway: nothing was sent",
        "firings": 2,
        "followed": 1,
        "open": 1,
        "precision": 0.5,
        "goal_events": 2,
        "preceded": 1,
        "recall": 0.5,
        "value": 60.0,
        "median_seconds_to_goal": 1200.0,
        "median_seconds_to_fire": 900.0,
    }


def test_what_was_decided_is_written_line_by_line(shop: Path) -> None:
    """Everything but what was not met, in order, with what comes after the last event marked."""
    told = decisions(shop)
    assert [(one["trigger"], one["outcome"], one["at"][11:16], one["after_history"]) for one in told] == [
        ("cart", "fired", "10:15", False),
        ("greet", "suppressed", "10:40", False),
        ("greet", "fired", "10:42", False),
        ("cart", "suppressed", "10:45", False),
        ("cart", "fired", "11:05", True),
    ]
    first = told[0]
    assert list(first) == [
        "trigger",
        "outcome",
        "at",
        "event_id",
        "key",
        "profile_id",
        "identifiers",
        "reasons",
        "after_history",
    ]
    assert (first["at"], first["event_id"]) == ("2026-03-02T10:15:00.000Z", "ada-10:00-Product Added")
    assert (first["key"], first["identifiers"]) == ("c1", {"user_id": ["ada"]})
    assert told[1]["key"] is None
    assert told[2]["identifiers"] == {"user_id": ["eve"], "phone": ["+14155550100"]}
    assert [(one["gate"], one["passed"]) for one in told[3]["reasons"]] == [
        ("anchor", True),
        ("only_if", True),
        ("limits", False),
    ]


def test_lines_that_cannot_be_used_are_told_with_their_place(shop: Path) -> None:
    """On stderr; what can be used is not held up by them."""
    result = run(shop)
    path = shop / "morning.jsonl"
    assert "2 of 13 lines could not be used" in result.stderr
    assert f"{path}:11: line: This is not JSON" in result.stderr
    assert f"{path}:12: no usable identifier" in result.stderr


def test_it_ends_with_1_when_no_line_can_be_used(shop: Path) -> None:
    """As when somebody gives the wrong file."""
    write(shop / "morning.jsonl", ["Date,Name", "1,2"])
    assert "2 of 2 lines" in run(shop, code=1).stderr


def test_one_trigger_is_told_and_the_others_run(shop: Path) -> None:
    """The count on its firings needs them."""
    assert list(found(shop, "--trigger", "cart")["triggers"]) == ["cart"]
    assert {one["trigger"] for one in decisions(shop, "--trigger", "cart")} == {"cart"}


def test_a_draft_runs_only_when_it_is_named(shop: Path) -> None:
    """As a shadow one, which is said."""
    result = run(shop, "--trigger", "off", "--json")
    assert "off is a draft: it was run as a shadow trigger" in result.stderr
    told = json.loads(result.stdout)["triggers"]["off"]
    assert (told["fired"], told["status"], told["sends"]) == (2, "shadow", {})
    assert "off" not in found(shop)["triggers"]


def test_wrong_use_is_told_with_what_to_do(shop: Path) -> None:
    """A name that is mistyped, a folder that is not there, mappings with errors, a place that cannot be written."""
    assert "Did you mean cart?" in str(run(shop, "--trigger", "carts", code=1).exception.__dict__)
    for option, value in (("--mappings", shop / "none"), ("--html", shop / "morning.jsonl" / "r.html")):
        assert run(shop, option, value, code=1).exception is not None
    (shop / "mappings" / "triggers" / "bad.yaml").write_text("trigger: bad\n")
    assert "cuewire check" in str(run(shop, code=1).exception.__dict__)


def test_two_versions_are_compared_by_people(shop: Path) -> None:
    """A lower limit adds Bob, no cooldown gives Ada two; the greeting is gone, another is new."""
    looser = CART.replace("> 50", "> 10").replace(
        "limits: {cooldown: 1h}", "limits: {cap: {times: 9, per: 1d}}"
    )
    new = mappings(shop / "new", cart=looser, hi=GREET.replace("greet", "hi"))
    told = found(shop, "--mappings", new, "--against", shop / "mappings")
    cart, gone, added = (told["changes"][name] for name in ("cart", "greet", "hi"))
    assert (cart["status"], cart["before"], cart["after"]) == ("kept", 2, 4)
    assert cart["more"]["people"] == 2
    assert sorted(
        (one["identifiers"]["user_id"][0], one["before"], one["after"]) for one in cart["more"]["sample"]
    ) == [("ada", 1, 2), ("bob", 0, 1)]
    assert (cart["fewer"]["people"], cart["no_longer"]["people"]) == (0, 0)
    assert (gone["status"], gone["before"], gone["after"]) == ("removed", 1, 0)
    assert gone["no_longer"]["sample"][0]["identifiers"]["user_id"] == ["eve"]
    assert (added["status"], added["after"]) == ("added", 1)
    assert told["against"]["triggers"]["cart"]["fired"] == 2
    assert told["triggers"]["cart"]["fired"] == 4


def test_people_are_compared_though_identity_rules_differ(shop: Path) -> None:
    """Somebody who goes by another identifier in the other version is the same person still."""
    new = mappings(shop / "new", cart=CART, greet=GREET)
    shipped = (PRESETS / "identity.yaml").read_text()
    phone = next(line for line in shipped.splitlines() if line.startswith("  phone:"))
    lines = shipped.replace(phone + "\n", "").replace("identifiers:\n", f"identifiers:\n{phone}\n")
    (new / "identity.yaml").write_text(lines)
    told = found(shop, "--mappings", new, "--against", shop / "mappings")
    assert {name: (one["before"], one["after"]) for name, one in told["changes"].items()} == {
        "cart": (2, 2),
        "greet": (1, 1),
    }
    assert all(one["more"]["people"] == one["no_longer"]["people"] == 0 for one in told["changes"].values())


def test_labels_are_held_against_the_firings(shop: Path) -> None:
    """Ada rightly, Fay wrongly, Bob missed, Cy rightly not."""
    labels = shop / "labels.csv"
    labels.write_text("user_id,trigger,label\nada,cart,true\nfay,cart,false\nbob,cart,true\ncy,cart,false\n")
    triggers = found(shop, "--labels", labels)["triggers"]
    assert triggers["cart"]["labels"] == {
        "true_positives": 1,
        "false_positives": 1,
        "true_negatives": 1,
        "false_negatives": 1,
        "not_in_history": 0,
        "precision": 0.5,
        "recall": 0.5,
        "median_seconds_to_fire": 900.0,
    }
    assert "labels" not in triggers["greet"]


def test_a_line_is_read_by_the_source_it_names(shop: Path) -> None:
    """And the same id of another source is another event."""
    (shop / "mappings" / "sources").mkdir()
    (shop / "mappings" / "sources" / "till.yaml").write_text(
        "source: till\nuses: segment\nidentifiers: {user_id: =properties.customer}\n"
    )
    line = call("eve", "10:42", "Signed Up", customer="gil") | {"source": "till"}
    write(shop / "morning.jsonl", [*MORNING, line, line | {"source": "nowhere"}])
    told = found(shop)
    assert (told["events"], told["duplicates"], told["profiles"]) == (11, 1, 7)
    assert "There is no mapping sources/nowhere.yaml" in str(told["reasons"])


def test_the_same_id_has_an_effect_again_after_seven_days(shop: Path) -> None:
    """Up to and including the last millisecond of the seventh it has none."""
    again = call("dan", "10:40", "Signed Up")
    for received, events in (("2026-03-09T10:40:00.000Z", 1), ("2026-03-09T10:40:00.001Z", 2)):
        write(shop / "morning.jsonl", [again, {**again, "receivedAt": received}])
        assert found(shop)["events"] == events


def test_people_read_it_on_a_terminal(shop: Path) -> None:
    """What fired, what stopped the rest, whom it concerns, and how two versions differ."""
    told = run(shop, "--against", shop / "mappings").stdout
    for words in (
        "10 events of 6 people, 2 Mar 2026 to 2 Mar 2026",
        "Left out: 1 known already, 2 not usable.",
        "cart (live)  Remind of a full cart",
        "fired 2   held 0   suppressed 1   not met 2   (2 people)",
        "anchor 1, only_if 1, limits 1",
        "1 of them after the last event",
        "braze.track_event 2",
        "50% did it anyway (1 of 2 firings, median 20 min later)",
        "2026-03-02 10:15  user_id ada: key c1",
        "before: ",
    ):
        assert words in told, told


def test_history_may_be_empty(shop: Path) -> None:
    """Which is said, and is no error."""
    write(shop / "morning.jsonl", [])
    result = run(shop, "--json", "--html", shop / "r.html")
    assert "there is no line" in result.stderr
    assert json.loads(result.stdout)["events"] == 0
