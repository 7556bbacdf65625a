"""``digest:`` of a message file: both forms, and what is warned of."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors import catalogue
from core.config.loader import Loaded, load
from core.config.trial import TriggerTrial
from cuewire.check import PRESETS
from cuewire.trials.command import judge_all

MESSAGE = """message: m
purpose: transactional
{digest}
channels:
  sms: {{via: twilio.send_message, to: "+4915112345678", body: '{body}'}}
"""
LOOP = "{% for one in cases %}{{ one.key }} {% endfor %}"
TRIGGER = """trigger: price
status: live
when: {event: Price Dropped, key: =properties.sku}
exit_on: [{event: Order Completed}]
limits: {cooldown: 1d, per: key}
do: [send: m]
tests:
  - name: two drops
    profile: {user_id: u1}
    timeline:
      - {at: 0m, event: Price Dropped, properties: {sku: tent}}
      - {at: 30m, event: Price Dropped, properties: {sku: stove}}
    expect: [{at: 60m, send: m, fields: {body: 'tent stove '}}]
  - name: ordered in time
    profile: {user_id: u1}
    timeline:
      - {at: 0m, event: Price Dropped, properties: {sku: tent}}
      - {at: 30m, event: Price Dropped, properties: {sku: stove}}
      - {at: 40m, event: Order Completed, properties: {sku: tent}}
    expect:
      - {at: 40m, outcome: not_met, gate: anchor}
      - {at: 60m, send: m, fields: {body: 'stove '}}
"""


def loaded(folder: Path, digest: str, body: str = LOOP, trigger: str = "") -> Loaded:
    """Load a folder with one message."""
    (folder / "messages").mkdir()
    (folder / "messages" / "m.yaml").write_text(MESSAGE.format(digest=digest, body=body))
    if trigger:
        (folder / "triggers").mkdir()
        (folder / "triggers" / "price.yaml").write_text(trigger)
    return load(folder, presets=PRESETS, catalogue=catalogue())


def problems(found: Loaded) -> list[str]:
    """Give what is said of the message."""
    return [str(one) for one in found.problems if "messages/m.yaml" in str(one)]


@pytest.mark.parametrize("text", ["digest: 90m", "digest: {for: 90m}"])
def test_both_forms_mean_the_same(tmp_path: Path, text: str) -> None:
    """A bare duration, and one under ``for``."""
    found = loaded(tmp_path, text)
    assert (problems(found), found.messages["m"].digest) == ([], 90 * 60_000)


@pytest.mark.parametrize(
    "body",
    [LOOP, "{{ cases[0].key }}", "=string(size(cases))", '{{ cases | map: "key" | join: ", " }}'],
)
def test_a_digest_that_tells_of_its_cases_is_good(tmp_path: Path, body: str) -> None:
    """By a loop, a place, a filter or a formula."""
    assert problems(loaded(tmp_path, "digest: 1h", body)) == []


def test_a_digest_that_does_not_tell_of_its_cases_is_warned_of(tmp_path: Path) -> None:
    """Only one would be told; the hint shows the loop."""
    (warning,) = problems(loaded(tmp_path, "digest: 1h", "{{ case.count }}"))
    assert "messages/m.yaml:3:1: warning: no field of sms reads `cases`" in warning
    assert "{% for one in cases %}" in warning


def test_cases_without_a_digest_are_warned_of(tmp_path: Path) -> None:
    """The loop would be empty."""
    (warning,) = problems(loaded(tmp_path, "valid_for: 1h"))
    assert "a field of sms reads `cases`, which there are only with a digest" in warning
    assert "add `digest: 1h`" in warning


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("digest: {}", "3:9: a digest needs `for`"),
        ("digest: {for: soon}", "3:15: must be a duration"),
        ("digest: 0h", "3:9: must be longer than nothing"),
        ("digest: {of: 1h}", "unknown key `of`"),
    ],
)
def test_a_wrong_digest_is_refused_where_it_is_wrong(tmp_path: Path, text: str, expected: str) -> None:
    """Each with its place."""
    assert any(expected in one for one in problems(loaded(tmp_path, text)))


def test_a_name_below_cases_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    """As below ``case``."""
    found = problems(loaded(tmp_path, "digest: 1h", "{{ cases[0].sku }}"))
    assert any("`sku` does not exist here" in one for one in found)


def test_cases_cannot_be_read_outside_of_messages(tmp_path: Path) -> None:
    """A trigger has one case; the hint names what it can read."""
    wrong = TRIGGER.replace("key: =properties.sku", "key: '=cases[0].key'")
    found = [str(one) for one in loaded(tmp_path, "digest: 1h", trigger=wrong).problems]
    assert any("cases is read in messages alone" in one for one in found)


def test_the_tests_of_a_trigger_see_its_digest(tmp_path: Path) -> None:
    """One message at the due with all cases; an exit event takes one out."""
    found = loaded(tmp_path, "digest: 1h", trigger=TRIGGER)
    assert found.problems == [] and all(isinstance(one, TriggerTrial) for one in found.trials)
    verdicts = judge_all(found)
    assert [(one.trial.name, one.failures) for one in verdicts] == [
        ("two drops", []),
        ("ordered in time", []),
    ]
