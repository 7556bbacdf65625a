"""``pace:`` and ``budget:`` in a destination's file: what they come to, and what is refused."""

from __future__ import annotations

import pytest
from mapping_folder import PRESETS, REAL, Folder

from core.config.loader import load
from core.ports import Budget, Pace


def of(folder: Folder, text: str, name: str = "twilio") -> Pace | None:
    """Load a destination's file that must be valid."""
    folder.write(f"destinations/{name}.yaml", f"destination: {name}\n{text}\n")
    assert folder.problems() == []
    return folder.load().paces.get(name)


def test_a_pace_says_what_it_says_and_leaves_the_rest_as_usual(folder: Folder) -> None:
    """The burst is what a second holds, unless it is given."""
    assert of(folder, "") is None
    assert of(folder, "pace: {per_second: 2.5}") == Pace(per_second=2.5, burst=3)
    assert of(folder, "pace: {concurrency: 8}") == Pace(concurrency=8, burst=100)
    whole = of(folder, "pace: {per_second: 10, concurrency: 2, burst: 1}")
    assert whole == Pace(concurrency=2, per_second=10.0, burst=1)


def test_a_budget_counts_messages_or_the_actions_it_names(folder: Folder) -> None:
    """In UTC, or the zone that is given; a pace may stand beside it."""
    assert of(folder, "budget: {per: day, times: 500}") == Pace(budget=Budget(500))
    found = of(folder, "budget: {per: day, times: 5, zone: Europe/Berlin, actions: track_event}", "braze")
    assert found == Pace(budget=Budget(5, "Europe/Berlin", frozenset({"track_event"})))
    both = of(folder, "pace: {per_second: 1}\nbudget: {per: day, times: 5}")
    assert both == Pace(per_second=1.0, burst=1, budget=Budget(5))


def test_an_instance_has_a_pace_of_its_own(folder: Folder) -> None:
    """Two accounts are two limits."""
    folder.write(
        "destinations/twilio_eu.yaml", "destination: twilio_eu\nuses: twilio\npace: {per_second: 1}\n"
    )
    assert folder.load().paces == {"twilio_eu": Pace(per_second=1.0, burst=1)}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("pace: 5", "2:7: must be a pace, not `5` (write `pace: {per_second: 10}`)"),
        ("pace: {per_second: 0}", "2:20: must lie between 0.01 and 1000, not 0"),
        ("pace: {per_second: 5000}", "2:20: must lie between 0.01 and 1000, not 5000"),
        ("pace: {concurrency: 100}", "2:21: must lie between 1 and 64, not 100"),
        ("pace: {per_secnd: 5}", "2:8: unknown key `per_secnd` (did you mean `per_second`?)"),
        (
            "budget: {times: 5}",
            "2:9: a budget needs `per` (add `per:`, the span that is counted: a calendar day)",
        ),
        ("budget: {per: week, times: 5}", "2:15: must be `day`, not `week`"),
        ("budget: {per: day, times: 0}", "2:27: must lie between 1 and 1000000000, not 0"),
        (
            "budget: {per: day, times: 5, zone: Berlin}",
            "2:36: must be a time zone such as Europe/Berlin, not `Berlin` (did you mean `Europe/Berlin`?)",
        ),
        (
            "budget: {per: day, times: 5, actions: [send_mesage]}",
            "2:40: Twilio has no action `send_mesage` (did you mean `send_message`?)",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(folder: Folder, text: str, problem: str) -> None:
    """And with what was meant."""
    folder.write("destinations/twilio.yaml", f"destination: twilio\n{text}\n")
    assert f"destinations/twilio.yaml:{problem}" in "\n".join(folder.problems())


def test_a_budget_that_would_count_nothing_is_refused(folder: Folder) -> None:
    """Calls into Segment reach nobody by themselves."""
    folder.write("destinations/segment_out.yaml", "destination: segment_out\nbudget: {per: day, times: 5}\n")
    loaded = load(folder.root, presets=PRESETS, catalogue=REAL)
    (problem,) = [str(one).removeprefix(f"{folder.root}/") for one in loaded.problems]
    assert problem == (
        "destinations/segment_out.yaml:2:1: nothing would be counted: no action of Segment reaches a person "
        "(name what costs under `actions`)"
    )
