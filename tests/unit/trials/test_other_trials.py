"""Tests of sources and destinations, and what the command prints of all."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from trial_folder import PERSON, TRIGGER, Trials

from cuewire.check import PRESETS
from cuewire.cli import cli

SOURCE = """\
source: segment
identifiers: {user_id: =event.userId, email: =traits.email}
traits: {from: traits}
consent: {marketing: =context.agreed}
tests:
  - name: a call
    input: {type: identify, userId: u1, traits: {email: A@B.com, age: 7}, context: {agreed: true}}
    expect: [%s]
"""

DESTINATION = """\
destination: braze
actions:
  track_event:
    fields: {external_id: '=profile.identifiers.user_id[0]', name: =properties.plan, time: =properties.when}
tests:
  - name: fields
    profile: {user_id: u1, traits: {age: 7}}
    event: {event: Signed Up, properties: {plan: pro}}
    action: track_event
    expect: {fields: {%s}}
"""


@pytest.mark.parametrize(
    "expect",
    [
        "{event: Identified, identifiers: {user_id: [u1], email: [a@b.com]}, traits: {age: 7}}",
        "{type: identify, consent: {marketing: true}, userId: u1, traits: {name: null}}",
    ],
)
def test_a_body_becomes_the_events_expected(trials: Trials, expect: str) -> None:
    """Through the source's own translation, its file and the identity rules."""
    trials.write("sources/segment.yaml", SOURCE % expect)
    assert trials.lines() == []


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        (
            "{traits: {age: 8}, identifiers: {user_id: [u2]}}",
            'it is Identified: traits.age is 7, not 8; identifiers.user_id is ["u1"], not ["u2"]',
        ),
        ("", "expected 0 events; instead it is 1 event: Identified"),
        ("{type: track}, {type: page}", "expected 2 events; instead it is 1 event: Identified"),
        ("{traits: {age: true}}", "traits.age is 7, not true"),
    ],
)
def test_another_event_is_told_with_its_difference(trials: Trials, expect: str, told: str) -> None:
    """Each differing place with what stands there."""
    trials.write("sources/segment.yaml", SOURCE % expect)
    first = trials.lines()[0]
    assert first.startswith("sources/segment.yaml:")
    assert told in first


def test_a_body_that_the_source_refuses_fails_with_its_reason(trials: Trials) -> None:
    """As the sender would be told."""
    trials.write("sources/segment.yaml", (SOURCE % "{}").replace("type: identify", "type: idntify"))
    (line,) = trials.lines()
    assert (
        "expected a body that the source takes; instead The type is missing or unknown.: Use one of" in line
    )


def test_fields_are_those_of_the_file(trials: Trials) -> None:
    """For the person after the event; null means left out."""
    trials.write("destinations/braze.yaml", DESTINATION % "external_id: u1, name: pro, time: null")
    assert trials.lines() == []


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ("external_id: u2", 'expected external_id "u2"; instead it holds "u1"'),
        ("time: x", 'expected time "x"; instead it is left out: properties.when is missing'),
        ("email: x", 'expected email "x"; instead it is left out: the file does not fill this field'),
    ],
)
def test_another_field_is_told_with_what_it_holds(trials: Trials, expect: str, told: str) -> None:
    """At the field's own place."""
    trials.write("destinations/braze.yaml", DESTINATION % expect)
    (line,) = trials.lines()
    assert line.startswith("destinations/braze.yaml:10:23: braze, fields: ")
    assert told in line


def test_an_action_or_field_that_does_not_exist_is_refused_before_any_test(trials: Trials) -> None:
    """The files must be sound first."""
    trials.write("destinations/braze.yaml", (DESTINATION % "nam: x").replace("action: track", "action: trak"))
    assert "Braze has no action `trak_event` (did you mean `track_event`?)" in "\n".join(trials.lines())


def test_the_json_form_tells_every_test(trials: Trials) -> None:
    """With what was expected, what came instead and why, each apart."""
    trials.write("sources/segment.yaml", SOURCE % "{type: track}")
    trials.trigger(f"{PERSON}, timeline: [{{at: 0m, event: Signed In}}], expect: []")
    trials.write("triggers/u.yaml", TRIGGER.replace("trigger: t", "trigger: u"))
    report = trials.report()
    assert (report["ok"], report["tests"], report["failed"], report["untested"]) == (False, 2, 1, ["u"])
    source, trigger = report["results"]
    assert (source["kind"], source["ok"], trigger["kind"], trigger["ok"]) == (
        "source",
        False,
        "trigger",
        True,
    )
    (failure,) = source["failures"]
    assert failure["line"] == 8
    assert failure["why"] == 'type is "identify", not "track"'


@pytest.mark.parametrize(("name", "code"), [("mappings", 0), ("nowhere", 2)])
def test_the_command_ends_with_its_code(name: str, code: int) -> None:
    """0 when all pass; a folder that is not there is wrong use."""
    assert CliRunner().invoke(cli, ["test", str(PRESETS.parent / name)]).exit_code == code


def test_shipped_files_that_a_folder_does_not_have_are_not_tested_with_it(trials: Trials) -> None:
    """Their tests are ours."""
    assert trials.report()["tests"] == 0
