"""Goals and labels: the numbers are worked out by hand here."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.engine.event import Event, Identifier
from core.engine.formula import compile_formula
from core.engine.profile import new_profile
from core.engine.rule import (
    ApiAnchor,
    EventAnchor,
    Goal,
    IdentifierRule,
    IdentityRules,
    Pattern,
    RuleSet,
    Trigger,
)
from core.errors import OperatorError
from cuewire.simulate.findings import Firing
from cuewire.simulate.goals import Goals, Reached, conversions
from cuewire.simulate.labels import Label, read_labels, score

HOUR = 3_600_000
GOAL = Goal((Pattern("Order Completed"),), 3 * HOUR)
IDENTITY = IdentityRules((IdentifierRule("user_id", 1), IdentifierRule("email", 5, "email")))
RULES = RuleSet("1", IDENTITY, {}, {"cart": Trigger("cart", ApiAnchor(), (), status="live")})


def same(profile_id: str) -> str:
    """Nobody is merged."""
    return profile_id


def fired(at: int, who: str, key: str | None = None, *, after: int = 1) -> Firing:
    """Make a firing at an hour, so many hours after its anchor event."""
    return Firing(at * HOUR, (at - after) * HOUR, who, key)


def test_a_goal_counts_behind_a_firing_and_within_its_time() -> None:
    """Both edges: not at the firing's own millisecond, but at the last one of the time."""
    firings = [fired(1, "a"), fired(1, "b"), fired(1, "c"), fired(1, "d")]
    reached = [
        Reached(1 * HOUR, "a", "", 5.0),
        Reached(1 * HOUR + 1, "b", "", 7.0),
        Reached(4 * HOUR, "c", "", 11.0),
        Reached(4 * HOUR + 1, "d", "", 13.0),
    ]
    found = conversions(GOAL, firings, reached, person=same, end=100 * HOUR)
    assert (found.firings, found.followed, found.reached, found.preceded) == (4, 2, 4, 2)
    assert (found.precision, found.recall, found.value) == (0.5, 0.5, 18.0)
    assert found.to_goal == [1, 3 * HOUR]
    assert found.to_fire == [HOUR] * 4


def test_the_key_of_a_goal_matches_as_an_exit_does() -> None:
    """A goal without a key goes for every firing of the person, one with a key for its own."""
    firings = [fired(1, "a", "c1"), fired(1, "a", "c2"), fired(1, "b", "c3")]
    reached = [Reached(2 * HOUR, "a", "c2", 0.0), Reached(2 * HOUR, "b", "", 0.0)]
    found = conversions(GOAL, firings, reached, person=same, end=100 * HOUR)
    assert (found.followed, found.preceded) == (2, 2)


def test_a_firing_near_the_end_is_open_unless_it_was_followed() -> None:
    """History that ends before the goal's time is over cannot tell."""
    firings = [fired(1, "a"), fired(8, "a"), fired(8, "b")]
    found = conversions(GOAL, firings, [Reached(9 * HOUR, "a", "", 0.0)], person=same, end=10 * HOUR)
    assert (found.followed, found.open) == (1, 1)


def test_people_joined_later_are_one() -> None:
    """A visitor is fired for, the customer they turn out to be orders."""
    found = conversions(
        GOAL, [fired(1, "visitor")], [Reached(2 * HOUR, "ann", "", 0.0)], person=lambda one: "ann", end=0
    )
    assert found.followed == 1


def test_without_any_there_is_no_share() -> None:
    """Nothing divided by nothing is not told as a number."""
    found = conversions(GOAL, [], [], person=same, end=0)
    assert (found.precision, found.recall, found.to_goal, found.to_fire) == (None, None, [], [])


def test_goal_events_are_kept_with_key_and_worth() -> None:
    """Only those of the name for which `where` holds; what has no number is worth nothing."""
    goal = Goal(
        (Pattern("Order Completed", compile_formula("properties.total > 10")),),
        HOUR,
        compile_formula("properties.total"),
    )
    anchor = EventAnchor((Pattern("Product Added"),), compile_formula("properties.cart_id"))
    rules = RuleSet("1", IDENTITY, {}, {"cart": Trigger("cart", anchor, (), status="live", goal=goal)})
    goals = Goals(rules)
    for name, total in (("Order Completed", 40.0), ("Order Completed", 5.0), ("Other", 40.0)):
        data = {"event": name, "properties": {"total": total, "cart_id": 7.0}}
        goals.see(Event("e", 1, "segment", "track", name, HOUR, HOUR, data), new_profile("p", 0))
    assert goals.reached == {"cart": [Reached(HOUR, "p", "7", 40.0)]}


def named(*labels: tuple[str, bool] | tuple[str, bool, int]) -> list[Label]:
    """Label people by their user id, perhaps from an hour on."""
    return [
        Label((Identifier("user_id", who),), verdict, "", at[0] * HOUR if at else None)
        for who, verdict, *at in labels
    ]


def find(identifiers: object) -> str | None:
    """Know everybody but the stranger."""
    [identifier] = identifiers if isinstance(identifiers, tuple) else ()
    return None if identifier.value == "stranger" else identifier.value


def test_labels_are_counted_by_person() -> None:
    """Two right of three fired, two found of four owed; who is not in the history was not fired for."""
    labels = named(
        ("a", True), ("b", True), ("c", True), ("stranger", True), ("d", False), ("e", False), ("a", True)
    )
    firings = [
        fired(4, "a", after=2),
        fired(9, "a"),
        fired(5, "b", after=4),
        fired(6, "d"),
        fired(1, "nobody"),
    ]
    found = score(labels, firings, find=find, person=same)
    assert (found.true_positives, found.false_positives) == (2, 1)
    assert (found.true_negatives, found.false_negatives, found.strangers) == (1, 2, 1)
    assert (found.precision, found.recall) == (2 / 3, 0.5)
    assert sorted(found.spans) == [2 * HOUR, 4 * HOUR]
    assert found.shape()["median_seconds_to_fire"] == 3 * 3_600


def test_a_label_with_a_time_goes_from_then_on() -> None:
    """A firing before it is neither right nor wrong, one at it counts; the time to fire begins there."""
    labels = named(("a", True, 5), ("b", True, 5), ("c", False, 5))
    firings = [fired(5, "a"), fired(4, "b"), fired(4, "c")]
    found = score(labels, firings, find=find, person=same)
    assert (found.true_positives, found.false_negatives, found.true_negatives) == (1, 1, 1)
    assert found.spans == [0]


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_labels_are_read_from_both_forms(tmp_path: Path, suffix: str) -> None:
    """Identifiers are normalised as events' are."""
    path = tmp_path / f"labels.{suffix}"
    rows = {
        "csv": "email,trigger,label,at\nAda@Example.com ,cart,true,1970-01-01T05:00:00Z\nbob@x.io,,no,\n",
        "jsonl": '{"email": "Ada@Example.com", "trigger": "cart", "should_fire": true, '
        '"at": "1970-01-01T05:00:00Z"}\n\n{"email": "bob@x.io", "label": 0}\n',
    }
    path.write_text(rows[suffix])
    assert read_labels(path, RULES) == [
        Label((Identifier("email", "ada@example.com"),), True, "cart", 5 * HOUR),
        Label((Identifier("email", "bob@x.io"),), False),
    ]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("user_id,label\na,maybe\n", r":2: 'maybe' is neither"),
        ("user_id,label\n,true\n", r":2 names nobody"),
        ("user_id,trigger,label\na,card,true\n", r":2: there is no trigger 'card'"),
        ("user_id,label,at\na,true,soon\n", r":2: 'soon' is no time"),
        ('{"user_id": "a", "label": true}\n{"user_id"\n', r":2 is not JSON"),
    ],
)
def test_a_label_that_means_nothing_is_refused_with_its_place(tmp_path: Path, text: str, match: str) -> None:
    """A typing error must not pass for a result."""
    path = tmp_path / "labels"
    path.write_text(text)
    with pytest.raises(OperatorError, match=match):
        read_labels(path, RULES)
