"""What is there beside the trigger under test: those that are counted, and the profile's measures; what is not."""

from __future__ import annotations

import pytest
from trial_folder import Trials

PROFILE = """\
computed: {total: {sum: =properties.revenue, event: Order Completed}}
segments:
  vip: =profile.traits.total > 100
  known: =has(profile.traits.name)
  prone: {count: {trigger: left, at_least: 2, within: 7d}}
scores: {churn: =profile.traits.churn_score}
"""

LEFT = """\
trigger: left
when: {event: Product Added, not_followed_by: Order Completed, within: 1h, key: =properties.cart_id}
do: [braze.track_event: {name: Left}]
"""

DO = "do: [braze.track_event: {name: Done, properties: {total: =profile.traits.total}}]\n"
TWO_CARTS = (
    "timeline: [{at: 0d, event: Product Added, properties: {cart_id: a}}, "
    "{at: 1d, event: Product Added, properties: {cart_id: b}}]"
)
DONE = "braze.track_event, fields: {name: Done}"


@pytest.fixture
def beside(trials: Trials) -> Trials:
    """Give a folder with measures and a trigger to count."""
    trials.write("profile.yaml", PROFILE)
    trials.write("triggers/left.yaml", LEFT)
    return trials


def told(trials: Trials, when: str, *tests: str) -> list[str]:
    """Give what is printed for a trigger with tests."""
    people = [f"profile: {{user_id: u1}}, {one}" if "profile:" not in one else one for one in tests]
    return trials.trigger(*people, text=f"trigger: t\n{when}\n{DO}")


def test_a_trigger_that_is_counted_is_there_and_sends_nothing(beside: Trials) -> None:
    """A draft too; what it decides is not looked at."""
    when = "when: {count: {trigger: left, at_least: 2, within: 7d}}"
    assert told(beside, when, f"{TWO_CARTS}, expect: [{{at: 25h, {DONE}}}]") == []
    (line,) = told(beside, when, f"{TWO_CARTS}, expect: [{{at: 1h, outcome: fired}}, {{at: 25h, {DONE}}}]")
    assert "expected fired at 1h; instead not_met by anchor at 1h: anchor: count of left within 7d" in line


def test_triggers_that_are_counted_by_those_are_there_too(beside: Trials) -> None:
    """However far away."""
    beside.write(
        "triggers/twice.yaml",
        "trigger: twice\nwhen: {count: {trigger: left, at_least: 2, within: 7d}}\n"
        "do: [braze.track_event: {name: Twice}]\n",
    )
    when = "when: {event: Signed In}\nonly_if: {not: {count: {trigger: twice, at_most: 0}}}"
    timeline = TWO_CARTS.replace("}]", "}, {at: 2d, event: Signed In}]").replace("}}}", "}}")
    assert told(beside, when, f"{timeline}, expect: [{{at: 2d, {DONE}}}]") == []


def test_a_segment_s_triggers_are_there(beside: Trials) -> None:
    """It is entered at the match, and left when the window empties."""
    assert told(beside, "when: {enters: prone}", f"{TWO_CARTS}, expect: [{{at: 25h, {DONE}}}]") == []
    (line,) = told(beside, "when: {leaves: prone}", f"{TWO_CARTS}, expect: []")
    assert "instead `braze.track_event` at 7d 1h" in line


def test_times_are_compared_by_the_second(beside: Trials) -> None:
    """A window empties a millisecond behind its edge, and no test can write that."""
    expect = f"expect: [{{at: 169h, {DONE}}}]"
    assert told(beside, "when: {leaves: prone}", f"{TWO_CARTS}, {expect}") == []
    (line,) = told(beside, "when: {leaves: prone}", f"{TWO_CARTS}, {expect.replace('169h', '608399s')}")
    assert "it is sent at 7d 1h" in line


def test_computed_traits_are_in_force(beside: Trials) -> None:
    """In conditions, segments and fields."""
    test = (
        "timeline: [{at: 0h, event: Order Completed, properties: {revenue: 60}}, "
        "{at: 1h, event: Order Completed, properties: {revenue: 60}}], "
        "expect: [{at: 1h, braze.track_event, fields: {properties: {total: 120}}}]"
    )
    assert told(beside, "when: {enters: vip}", test) == []


@pytest.mark.parametrize(
    "when",
    [
        "when: {enters: known}",
        "when: {score: {name: churn, above: 0.5}}",
        "when: {date: =profile.traits.registered_at, plus: 1h}",
    ],
)
def test_what_the_person_is_already_sets_nothing_off(beside: Trials, when: str) -> None:
    """The given traits are how they have long been; the timeline brings what is new."""
    traits = "{name: Ada, churn_score: 0.9, registered_at: '2026-03-02T08:00:00Z'}"
    given = f"profile: {{user_id: u1, traits: {traits}}}"
    calm = "timeline: [{at: 0h, event: Signed In}], expect: []"
    new = f"timeline: [{{at: 0h, type: identify, traits: {traits.replace('T08', 'T10')}}}], expect: []"
    assert told(beside, when, f"{given}, {calm}") == []
    (line,) = told(beside, when, new)
    assert "expected nothing; instead `braze.track_event`" in line


def test_a_date_that_lies_ahead_is_waited_for(beside: Trials) -> None:
    """A trigger that is published waits for the dates that people have by then."""
    when = "when: {date: =profile.traits.renews_at, minus: 1h}"
    given = "profile: {user_id: u1, traits: {renews_at: '2026-03-03T10:00:00Z'}}"
    calm = f"timeline: [{{at: 0h, event: Signed In}}], expect: [{{at: 23h, {DONE}}}]"
    assert told(beside, when, f"{given}, {calm}") == []


def test_a_destination_s_test_sees_what_is_computed(trials: Trials) -> None:
    """Fields may be filled with it."""
    trials.write("profile.yaml", PROFILE.replace("  prone", "  #prone"))
    trials.write(
        "destinations/braze.yaml",
        "destination: braze\nactions:\n  track_event:\n    fields: {properties: {total: =profile.traits.total}}\n"
        "tests:\n  - {name: n, profile: {user_id: u1}, event: {event: Order Completed, properties: {revenue: 7}}, "
        "action: track_event, expect: {fields: {properties: {total: 7}}}}\n",
    )
    assert trials.lines() == []
