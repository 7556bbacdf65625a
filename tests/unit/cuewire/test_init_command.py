"""`cuewire init`: a starter set that is whole, sends nothing by itself, and overwrites nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from core.config.trial import TriggerTrial
from core.engine.rule import Act, RuleSet, Send
from cuewire.cli import cli
from cuewire.init import starter_files
from cuewire.trials.command import judge_all
from cuewire.wiring import PRESETS, load_mappings


def invoke(*arguments: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(cli, [str(one) for one in arguments])


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    """Load the shipped mappings."""
    found = load_mappings(PRESETS).rules
    assert found is not None
    return found


def test_a_new_folder_checks_and_tests_clean(tmp_path: Path) -> None:
    """Everything shipped is there, schemas included."""
    folder = tmp_path / "new" / "mappings"
    assert invoke("init", folder).exit_code == 0
    written = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert written == starter_files()
    assert {"identity.yaml", "triggers/welcome.yaml", "schema/trigger.json"} < set(written)
    assert invoke("check", folder, "--strict").exit_code == 0
    assert invoke("test", folder).exit_code == 0


def test_a_folder_with_files_is_refused_and_untouched(tmp_path: Path) -> None:
    """The hint says what may be done."""
    (tmp_path / "notes.txt").write_text("mine")
    result = invoke("init", tmp_path)
    assert result.exit_code != 0
    assert "is not empty" in str(result.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_force_adds_what_is_missing_and_keeps_the_rest(tmp_path: Path) -> None:
    """A file that is there stays as it is."""
    (tmp_path / "policy.yaml").write_text("# mine\n")
    result = invoke("init", tmp_path, "--force", "--json")
    report = json.loads(result.stdout)
    assert report["kept"] == ["policy.yaml"]
    assert (tmp_path / "policy.yaml").read_text() == "# mine\n"
    assert sorted([*report["written"], "policy.yaml"]) == starter_files()


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_what_is_no_folder_is_refused_with_a_hint(tmp_path: Path, name: str) -> None:
    """And not replaced."""
    (tmp_path / "file").write_text("mine")
    result = invoke("init", tmp_path / name)
    assert "cannot be written" in str(result.exception)
    assert (tmp_path / "file").read_text() == "mine"


def test_no_starter_trigger_is_live(rules: RuleSet) -> None:
    """Nothing leaves before an admin writes `live`."""
    assert {trigger.status for trigger in rules.triggers.values()} == {"shadow"}
    assert set(rules.triggers) >= {"welcome", "product_interest", "abandoned_cart", "order_thank_you"}
    assert set(rules.triggers) >= {"category_interest", "vip_concierge", "win_back", "trial_reminder"}
    assert set(rules.segments) == {"vip", "dormant", "cart_prone"}


def test_every_starter_message_needs_consent_and_expires(rules: RuleSet) -> None:
    """Whatever purpose it names, consent is required for it."""
    steps = [step for trigger in rules.triggers.values() for step in trigger.steps]
    acts = [act for step in steps if isinstance(step, Send) for act in step.channels]
    acts += [step for step in steps if isinstance(step, Act) and step.channel]
    assert acts
    assert all(rules.purposes[act.purpose].consent_required for act in acts)
    assert all(act.valid_for for act in acts)


def test_every_starter_trigger_is_bounded_and_has_tests(rules: RuleSet) -> None:
    """One that something is sent, and one that nothing is."""
    trials = [one for one in load_mappings(PRESETS).trials if isinstance(one, TriggerTrial)]
    for name, trigger in rules.triggers.items():
        limits = trigger.limits
        assert limits.cooldown or limits.caps or limits.once
        own = [one for one in trials if one.subject == name]
        sends = [any(wanted.what != "outcome" for wanted in one.expected) for one in own]
        assert True in sends, name
        assert False in sends, name


def test_the_starter_tests_pass_and_would_fail_if_a_trigger_changed(tmp_path: Path) -> None:
    """A threshold, a window, a limit: each is held by some test."""
    folder = tmp_path / "mappings"
    invoke("init", folder)
    changes = [
        ("triggers/abandoned_cart.yaml", "case.sum > 50", "case.sum > 10"),
        ("triggers/abandoned_cart.yaml", "exit_on: [Order Completed]", "exit_on: null"),
        ("triggers/abandoned_cart.yaml", "within: 15m", "within: 10m"),
        ("triggers/welcome.yaml", "{once: true}", "{cooldown: 1s}"),
        ("triggers/welcome.yaml", '> ago("1d")', '< ago("1d")'),
        ("triggers/order_thank_you.yaml", "{cooldown: 7d}", "{cooldown: 1d}"),
        ("triggers/order_thank_you.yaml", "key: =properties.order_id", "key: =properties.none"),
        ("triggers/product_interest.yaml", "within: 10m ", "within: 1h "),
        ("triggers/category_interest.yaml", "within: 24h", "within: 25h"),
        ("triggers/category_interest.yaml", "distinct: =properties.product_id", "distinct: =event.messageId"),
        ("triggers/category_interest.yaml", "same: =properties.category", "key: =properties.category"),
        ("triggers/category_interest.yaml", "per: key", "per: null"),
        ("triggers/vip_concierge.yaml", "within: 7d", "within: 8d"),
        ("triggers/vip_concierge.yaml", "only_if: {in_segment: vip}", "only_if: null"),
        ("triggers/vip_concierge.yaml", "trigger: abandoned_cart", "event: Product Added"),
        ("triggers/win_back.yaml", "{enters: dormant}", "{leaves: dormant}"),
        ("triggers/win_back.yaml", "cooldown: 90d", "cooldown: 30d"),
        ("triggers/win_back.yaml", "revenue_total > 0", "revenue_total >= 0"),
        ("triggers/trial_reminder.yaml", "minus: 3d", "plus: 3d"),
        ("triggers/trial_reminder.yaml", '== "trial"', '!= "none"'),
        ("profile.yaml", "dormant:    {inactive_for: 30d}", "dormant:    {inactive_for: 31d}"),
        ("profile.yaml", "revenue_total > 1000", "revenue_total >= 1000"),
        ("sources/segment.yaml", "firstName: first_name", "firstName: name"),
    ]
    for name, old, new in changes:
        path = folder / name
        text = path.read_text()
        assert text.count(old) == 1, old
        path.write_text(text.replace(old, new))
        loaded = load_mappings(folder)
        assert loaded.rules is not None, loaded.problems
        assert any(verdict.failures for verdict in judge_all(loaded)), (name, new)
        path.write_text(text)
