"""What each anchor of the contract becomes, as the engine reads it."""

from __future__ import annotations

import pytest
from mapping_folder import DO, MESSAGE, Folder, rules

from core.engine.formula import compile_formula
from core.engine.rule import (
    Anchor,
    Cap,
    ChangedAnchor,
    CountAnchor,
    DateAnchor,
    DwellAnchor,
    InactiveAnchor,
    Pattern,
    ScoreAnchor,
    SegmentAnchor,
    SequenceAnchor,
    SessionAnchor,
)
from core.engine.when import matched

A, B, C = Pattern("A"), Pattern("B"), Pattern("C")
K = compile_formula("properties.k")
V = compile_formula("properties.v")
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

PROFILE = "segments: {vip: =profile.traits.revenue > 1000}\nscores: {churn: =profile.traits.churn_score}\n"


def anchor(folder: Folder, when: str) -> Anchor:
    """Load one trigger beside a profile and two triggers to count."""
    folder.write("messages/hello.yaml", MESSAGE)
    folder.write("profile.yaml", PROFILE)
    for name in ("x", "y"):
        folder.write(f"triggers/{name}.yaml", f"trigger: {name}\nstatus: shadow\nwhen: api\n{DO}")
    folder.write("triggers/t.yaml", f"trigger: t\nwhen: {when}\n{DO}")
    return rules(folder).triggers["t"].when


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("{event: A, changed: =properties.v}", ChangedAnchor((A,), V)),
        ("{event: A, changed: =properties.v, to: Negotiation}", ChangedAnchor((A,), V, ("Negotiation",))),
        (
            "{event: [A, B], changed: =properties.v, to: [x, 3, 2.5, true], key: =properties.k}",
            ChangedAnchor((A, B), V, ("x", 3.0, 2.5, True), key=K),
        ),
        (
            "{event: A, where: =properties.k, changed: =properties.v}",
            ChangedAnchor((Pattern("A", K),), V),
        ),
        ("{event: A, changed: =properties.v, to: null, within: null}", ChangedAnchor((A,), V)),
    ],
)
def test_a_change_is_of_a_value(folder: Folder, when: str, expected: Anchor) -> None:
    """Numbers of `to` are those of events, truth values stay apart from them."""
    assert anchor(folder, when) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (
            "{event: A, at_least: 3, within: 10m, distinct: =properties.v, same: =properties.k}",
            CountAnchor((A,), 3, 10 * MINUTE, distinct=V, same=K),
        ),
        ("{trigger: x, at_least: 2, within: 7d}", CountAnchor((Pattern(matched("x")),), 2, 7 * DAY)),
        (
            "{trigger: [x, y], where: =properties.v, at_least: 2, within: 7d, key: =properties.k}",
            CountAnchor((Pattern(matched("x"), V), Pattern(matched("y"), V)), 2, 7 * DAY, key=K),
        ),
        ("{event: A, trigger: null, at_least: 1, within: 1h}", CountAnchor((A,), 1, HOUR)),
    ],
)
def test_a_count_is_of_events_or_of_matches(folder: Folder, count: str, expected: Anchor) -> None:
    """A trigger's name may stand where an event's does."""
    assert anchor(folder, f"{{count: {count}}}") == expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("{sequence: [A, B], within: 48h}", SequenceAnchor(((A,), (B,)), 48 * HOUR)),
        (
            "{sequence: [{event: A, where: =properties.v}, [B, C]], within: 1h, strict: true, "
            "same: =properties.k, unless: C}",
            SequenceAnchor(((Pattern("A", V),), (B, C)), HOUR, strict=True, same=K, unless=(C,)),
        ),
        (
            "{sequence: [A, A], within: 1h, strict: false, unless: [B, {event: C, where: =properties.v}], "
            "key: =properties.k}",
            SequenceAnchor(((A,), (A,)), HOUR, unless=(B, Pattern("C", V)), key=K),
        ),
        (
            "{sequence: [A, {event: [B, C], where: =properties.v}], within: 1h, unless: [{event: [A, B]}, C]}",
            SequenceAnchor(((A,), (Pattern("B", V), Pattern("C", V))), HOUR, unless=(A, B, C)),
        ),
    ],
)
def test_a_sequence_has_steps(folder: Folder, when: str, expected: Anchor) -> None:
    """A step is a name, a pattern, or several of which one is enough."""
    assert anchor(folder, when) == expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("{inactive_for: 7d}", InactiveAnchor(7 * DAY)),
        (
            "{inactive_for: 7d, key: =profile.traits.k}",
            InactiveAnchor(7 * DAY, compile_formula("profile.traits.k")),
        ),
        ("{dwell: {longer_than: 3m}}", DwellAnchor(3 * MINUTE)),
        (
            "{dwell: {where: =properties.v, longer_than: 3m}, key: =properties.k}",
            DwellAnchor(3 * MINUTE, where=V, key=K),
        ),
        (
            "{dwell: {longer_than: 3m, enter: A, leave: [B], heartbeat: [C], key: =properties.k}}",
            DwellAnchor(3 * MINUTE, enter=("A",), leave=("B",), beat=("C",), key=K),
        ),
        (
            "{dwell: {seconds: =properties.v, longer_than: 3m, leave: null}}",
            DwellAnchor(3 * MINUTE, seconds=V, leave=()),
        ),
        ("{session: {longer_than: 3m}}", SessionAnchor(longer_than=3 * MINUTE)),
        ("{session: {visits: 4, within: 24h}}", SessionAnchor(visits=4, within=DAY)),
        (
            "{session: {visits: 4, within: 24h, longer_than: null}, key: =properties.k}",
            SessionAnchor(visits=4, within=DAY, key=K),
        ),
    ],
)
def test_activity_has_three_anchors(folder: Folder, when: str, expected: Anchor) -> None:
    """Inactivity, a stay on a page, and sessions; a page's usual events hold unless named."""
    assert anchor(folder, when) == expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("{enters: vip}", SegmentAnchor("vip", enters=True)),
        ("{leaves: vip, key: =properties.k}", SegmentAnchor("vip", enters=False, key=K)),
        (
            "{score: {name: churn, above: 0.7, reset_below: 0.6}}",
            ScoreAnchor("churn", 0.7, 0.6),
        ),
        ("{score: {name: churn, above: 1}}", ScoreAnchor("churn", 1.0, 1.0)),
        ("{score: {name: churn, above: -1, key: =properties.k}}", ScoreAnchor("churn", -1.0, -1.0, K)),
        (
            "{date: =profile.traits.ends_at, plus: 48h}",
            DateAnchor(compile_formula("profile.traits.ends_at"), 48 * HOUR),
        ),
        (
            "{date: =profile.traits.ends_at, minus: 3d, plus: null}",
            DateAnchor(compile_formula("profile.traits.ends_at"), -3 * DAY),
        ),
        ("{date: =profile.traits.ends_at}", DateAnchor(compile_formula("profile.traits.ends_at"))),
    ],
)
def test_the_profile_has_its_anchors(folder: Folder, when: str, expected: Anchor) -> None:
    """Segments, scores and dates; a score resets where it fired unless another bound is given."""
    assert anchor(folder, when) == expected


@pytest.mark.parametrize(
    ("per", "expected"), [("day", "day"), ("week", "week"), ("7d", 7 * DAY), ("1d", DAY)]
)
def test_a_cap_rolls_or_follows_the_calendar(folder: Folder, per: str, expected: int | str) -> None:
    """`1d` is not `day`."""
    folder.write("triggers/t.yaml", f"trigger: t\nwhen: api\n{DO}limits: {{cap: {{times: 2, per: {per}}}}}\n")
    (cap,) = rules(folder).triggers["t"].limits.caps
    assert (cap.times, cap.per) == (2, expected)
    assert isinstance(cap, Cap)


def test_the_same_when_has_the_same_hash_and_another_another(folder: Folder) -> None:
    """Open cases and marks follow the meaning of `when`, not its layout, nor the name of the file."""
    texts = {
        "t": "when: {enters: vip}\n",
        "u": "when:\n  enters: vip   # the best\n",
        "v": "when: {leaves: vip}\n",
    }
    folder.write("profile.yaml", PROFILE)
    for name, text in texts.items():
        folder.write(f"triggers/{name}.yaml", f"trigger: {name}\n{text}{DO}")
    found = rules(folder).triggers
    assert found["t"].anchor_hash == found["u"].anchor_hash != found["v"].anchor_hash
