"""Every wrong condition, with its line and column and what to write."""

from __future__ import annotations

import pytest
from mapping_folder import DO, Folder

COUNT = "count: {event: NAME, at_least: 2, within: 7d}"
TIME = "a segment follows time by a `count` with `within`, or by `inactive_for`"
DURATION = "must be a duration such as 30s, 15m, 24h or 7d, not"
UNITS = "(write a whole number and s, m, h or d: 30s 15m 24h 7d)"

#: Makes the event `A` known.
TRIED = "tests: [{name: n, timeline: [{at: 0m, event: A}], expect: []}]\n"

#: What stands behind `only_if: ` in line 3 of a trigger, or behind `  it: ` in line 2 of profile.yaml, 4 columns
#: less; and what is said of it, with the column in the trigger.
EVERYWHERE = [
    ("{}", 10, "a condition has one key, and here are none (put several under `all:`)"),
    (
        "{in_segment: vip, inactive_for: 1d}",
        10,
        "a condition has one key, and here are `in_segment`, `inactive_for` (put several under `all:`)",
    ),
    ("{in_segmnt: vip}", 11, "unknown key `in_segmnt` (did you mean `in_segment`?)"),
    ("{in_segment: vpi}", 23, "unknown segment `vpi` (did you mean `vip`?)"),
    (
        "{in_segment: }",
        11,
        "`in_segment` is empty (give a segment of profile.yaml that the person must be in)",
    ),
    (
        "{in_segment: [vip]}",
        23,
        "must be a segment's name, not a list (write `any: [{in_segment: ONE}, {in_segment: OTHER}]`)",
    ),
    (
        "{not: [{in_segment: vip}, {in_segment: vip}]}",
        36,
        "`not` takes one condition (write `not: {any: [...]}`)",
    ),
    (
        "{all: {in_segment: vip}}",
        16,
        "must be a list of conditions, not a mapping (write a list, one `- ` for each item)",
    ),
    ("{any: []}", 16, "the list is empty (put at least one item into it)"),
    ("{inactive_for: 30}", 25, f"{DURATION} `30` {UNITS}"),
    # counts
    ("{event: A, at_least: 2}", 11, f"`event` does not belong on this level (write `{COUNT}`)"),
    ("{count: A}", 18, f"must be a count, not `A` (write `{COUNT}`)"),
    ("{count: {event: A}}", 18, "a count needs `at_least` or `at_most` (add `at_least: 2`)"),
    ("{count: {event: A, at_least: null}}", 18, "a count needs `at_least` or `at_most` (add `at_least: 2`)"),
    ("{count: {at_least: 2}}", 18, "a count needs `event` or `trigger` (add `event: NAME`)"),
    (
        "{count: {event: A, trigger: cart, at_least: 2}}",
        29,
        "`event` and `trigger` stand here both (keep one of them)",
    ),
    ("{count: {trigger: cartt, at_least: 2}}", 28, "unknown trigger `cartt` (did you mean `cart`?)"),
    ("{count: {event: A, at_least: 0}}", 39, "must lie between 1 and 999, not 0"),
    ("{count: {event: A, at_most: 1000}}", 38, "must lie between 0 and 999, not 1000"),
    ("{count: {event: A, at_least: 5, at_most: 2}}", 42, "never holds: at least 5 and at most 2 (swap them)"),
    ("{count: {event: A, at_least: 2, ago: 7d}}", 42, "`ago` needs `within` (add `within: 7d`)"),
    (
        "{count: {event: A, at_least: 2, within: 7d, ago: 0d}}",
        59,
        "must be longer than nothing (write one such as 30s, 15m, 24h or 7d)",
    ),
    ("{count: {event: A, at_least: 2, withn: 7d}}", 42, "unknown key `withn` (did you mean `within`?)"),
    (
        "{count: {event: A, where: =case.sum > 1, at_least: 2}}",
        37,
        "`case` cannot be read here (known here: context, event, ",
    ),
    (
        "{count: {event: {event: A, where: =key == 'x'}, at_least: 2}}",
        45,
        "`key` cannot be read here (known here: context, event, ",
    ),
    # scores
    ("{score: churn}", 18, "must be a score, not `churn` (write `score: {name: NAME, above: 0.7}`)"),
    ("{score: {name: churn}}", 18, "a score needs `above` or `below` (add `above: 0.7`)"),
    (
        "{score: {above: 1}}",
        18,
        "a score needs `name` (add `name:`, ",
    ),
    ("{score: {name: churn, above: 1, below: 1}}", 42, "never holds: above 1 and below 1 (swap them)"),
    ("{score: {name: churn, above: high}}", 39, "must be a number, not `high`"),
    (
        "{name: churn, above: 1}",
        11,
        "`name` does not belong on this level (write `score: {name: NAME, above: 0.7}`)",
    ),
    (
        "{score: {name: chrun, above: 1}}",
        25,
        "warning: no score `chrun` is defined, so the trait of that name is read (did you mean `churn`?)",
    ),
    # consent
    (
        "{consent: marketing}",
        20,
        "must be a consent, not `marketing` (write `consent: {purpose: marketing}`)",
    ),
    (
        "{consent: {channel: sms}}",
        20,
        "a consent needs `purpose` (add `purpose:`, the purpose, one of policy.yaml)",
    ),
    ("{consent: {purpose: marketting}}", 30, "unknown purpose `marketting` (did you mean `marketing`?)"),
    (
        "{consent: {purpose: marketing, channel: smss}}",
        50,
        "warning: `smss` is a new name (did you mean `sms`?)",
    ),
]

#: What a trigger may ask and a segment may not, with the column in profile.yaml.
SEGMENT_ONLY = [
    ("=properties.a > 1", 8, "`properties` cannot be read here (known here: profile)"),
    ("=event.type == 'track'", 8, "`event` cannot be read here (known here: profile)"),
    ("'=profile.traits.a > 1 && case.sum > 1'", 33, "`case` cannot be read here (known here: profile)"),
    ("'=timestamp(profile.traits.a) < now'", 39, f"`now` cannot be read here ({TIME})"),
    ("'=timestamp(profile.traits.a) > ago(\"7d\")'", 39, f"`ago(...)` cannot be read here ({TIME})"),
    (
        "'=\"vip\" in profile.segments'",
        26,
        "`profile.segments` cannot be read here (write `{in_segment: NAME}`)",
    ),
    (
        "{count: {event: A, where: '=timestamp(properties.a) > ago(\"7d\")', at_least: 1}}",
        61,
        f"`ago(...)` cannot be read here ({TIME})",
    ),
    ("", 3, "`it` is empty (fill it, or remove it)"),
    (
        "[{in_segment: vip}]",
        7,
        "must be a condition (a formula, or a key such as all), not a list (put the list under `all:` or `any:`)",
    ),
    (
        "{all: [{not: {in_segment: it}}]}",
        33,
        "a circle: segment `it` > segment `it` (take one of these out: nothing can be worked out from itself)",
    ),
]


def beside(folder: Folder, *, segment: str = "") -> None:
    """Write what conditions may name."""
    folder.write(
        "profile.yaml",
        f"segments:\n{segment}  vip: =profile.traits.a > 1\nscores: {{churn: =profile.traits.c}}\n",
    )
    folder.write("triggers/cart.yaml", f"trigger: cart\nstatus: shadow\nwhen: api\n{DO}{TRIED}")


@pytest.mark.parametrize(("text", "column", "expected"), EVERYWHERE, ids=[text for text, *_ in EVERYWHERE])
def test_a_wrong_condition_is_refused_where_it_is_wrong(
    folder: Folder, text: str, column: int, expected: str
) -> None:
    """One mistake gives one problem, with what to do."""
    beside(folder)
    folder.write("triggers/t.yaml", f"trigger: t\nwhen: api\nonly_if: {text}\n{DO}")
    (problem,) = folder.problems()
    assert problem.startswith(f"triggers/t.yaml:3:{column}: {expected}")


@pytest.mark.parametrize(("text", "column", "expected"), EVERYWHERE, ids=[text for text, *_ in EVERYWHERE])
def test_a_wrong_segment_is_refused_in_the_same_words(
    folder: Folder, text: str, column: int, expected: str
) -> None:
    """Conditions are one language."""
    beside(folder, segment=f"  it: {text}\n")
    (problem,) = folder.problems()
    assert problem.startswith(f"profile.yaml:2:{column - 3}: {expected}".partition(" (known here: ")[0])


@pytest.mark.parametrize(
    ("text", "column", "expected"), SEGMENT_ONLY, ids=[text for text, *_ in SEGMENT_ONLY]
)
def test_a_segment_may_not_depend_on_an_event_or_the_clock(
    folder: Folder, text: str, column: int, expected: str
) -> None:
    """It is judged between events too, at moments that are known beforehand."""
    beside(folder, segment=f"  it: {text}\n")
    assert folder.problems() == [f"profile.yaml:2:{column}: {expected}"]
