"""Every wrong combination under `when:`, with its line and column and what to write."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from mapping_folder import DO, Folder

Refuse = Callable[[str, str], list[str]]

ALL = "event, count, sequence, inactive_for, dwell, session, enters, leaves, score, date"
COUNT = "count: {event: NAME, at_least: 3, within: 10m}"
EVENTS = "an event name, or {event, where}, or a list of them"
FORMULA = "must be a formula, which starts with =, not"
DURATION = "must be a duration such as 30s, 15m, 24h or 7d, not"
UNITS = "(write a whole number and s, m, h or d: 30s 15m 24h 7d)"

#: What stands behind `when: ` in line 2, and what is said of it; the place is the column.
CASES = [
    # what an anchor is
    ("{}", f"7: an anchor needs one of {ALL} (add `event: NAME`)"),
    ("{where: =properties.a}", f"7: an anchor needs one of {ALL} (add `event: NAME`)"),
    (
        "{event: A, count: {event: A, at_least: 1, within: 1h}}",
        "18: an anchor is one thing, and here are `event` and `count` "
        "(keep one; what must be true besides stands under `only_if`)",
    ),
    (
        "{enters: vip, leaves: vip}",
        "21: an anchor is one thing, and here are `enters` and `leaves` "
        "(keep one; what must be true besides stands under `only_if`)",
    ),
    ("{sequense: [A, B], within: 1h}", "8: unknown key `sequense` (did you mean `sequence`?)"),
    ("{inactive: 7d}", "8: unknown key `inactive` (did you mean `inactive_for`?)"),
    # on the wrong level
    (
        "{event: A, at_least: 3}",
        f"18: `at_least` does not belong on this level (write `{COUNT}`)",
    ),
    ("{trigger: x}", f"8: `trigger` does not belong on this level (write `{COUNT}`)"),
    (
        "{visits: 4}",
        "8: `visits` does not belong on this level (write `session: {visits: 4, within: 24h}`)",
    ),
    (
        "{session: {visits: 4}, within: 24h}",
        "30: `within` does not belong on this level (write `session: {visits: 4, within: 24h}`)",
    ),
    (
        "{dwell: {longer_than: 3m}, where: =properties.a}",
        "34: `where` does not belong on this level (write `dwell: {longer_than: 3m}`)",
    ),
    (
        "{score: {name: churn}, above: 0.7}",
        "30: `above` does not belong on this level (write `score: {name: NAME, above: 0.7}`)",
    ),
    (
        "{longer_than: 3m}",
        "8: `longer_than` does not belong on this level (write `dwell: {longer_than: 3m}`)",
    ),
    # changed
    ("{event: A, changed: StageName}", f"27: {FORMULA} `StageName` (write =properties.StageName)"),
    ("{event: A, to: x}", "18: `to` needs `changed` (add `changed: =properties.NAME`)"),
    ("{event: A, changed: null, to: x}", "33: `to` needs `changed` (add `changed: =properties.NAME`)"),
    ("{changed: =properties.a}", f"7: an anchor needs one of {ALL} (add `event: NAME`)"),
    ("{event: A, changed: =properties.a, to: []}", "46: the list is empty (put at least one item into it)"),
    (
        "{event: A, changed: =properties.a, to: =properties.b}",
        "46: must be text, a number, true or false, not `=properties.b` "
        "(a value, not a formula; put a formula into `where`)",
    ),
    (
        "{event: A, changed: =properties.a, to: [x, {y: 1}]}",
        "50: must be text, a number, true or false, not a mapping",
    ),
    (
        "{event: A, changed: =properties.a, not_followed_by: B, within: 1h}",
        "18: `changed` and `not_followed_by` do not go together (make it two triggers)",
    ),
    ("{event: A, changd: =properties.a}", "18: unknown key `changd` (did you mean `changed`?)"),
    # absence
    (
        "{event: A, not_followed_by: null, within: 1h}",
        "41: `within` needs `not_followed_by` (add it, or use `count`)",
    ),
    ("{event: A, less: B}", "18: `less` needs `not_followed_by` (add it, or use `count`)"),
    # count
    ("{count: 3}", f"15: must be a count, not `3` (write `{COUNT}`)"),
    ("{count: {at_least: 3, within: 1h}}", "15: a count needs `event` or `trigger` (add `event: NAME`)"),
    (
        "{count: {event: null, at_least: 3, within: 1h}}",
        "15: a count needs `event` or `trigger` (add `event: NAME`)",
    ),
    ("{count: {evnt: A, at_least: 3, within: 1h}}", "16: unknown key `evnt` (did you mean `event`?)"),
    ("{count: {triger: x, at_least: 3, within: 1h}}", "16: unknown key `triger` (did you mean `trigger`?)"),
    (
        "{count: {event: A, trigger: x, at_least: 3, within: 1h}}",
        "26: `event` and `trigger` stand here both (keep one of them)",
    ),
    (
        "{count: {trigger: t t, at_least: 3, within: 1h}}",
        "25: must be a trigger's name, not `t t` (use letters, digits, `_` and `-`)",
    ),
    (
        "{count: {trigger: [], at_least: 3, within: 1h}}",
        "25: the list is empty (put at least one item into it)",
    ),
    (
        "{count: {trigger: card, at_least: 3, within: 1h}}",
        "25: unknown trigger `card` (did you mean `cart`?)",
    ),
    (
        "{count: {trigger: [x, abandoned], at_least: 3, within: 1h}}",
        "29: unknown trigger `abandoned` (known: cart, t, x)",
    ),
    (
        "{count: {trigger: t, at_least: 3, within: 1h}}",
        "25: a circle: trigger `t` > trigger `t` (take one of these out: nothing can be worked out from itself)",
    ),
    (
        "{count: {event: A, at_least: 3, within: 1h, distinct: product}}",
        f"61: {FORMULA} `product` (write =properties.product)",
    ),
    (
        "{count: {event: A, at_least: 3, within: 1h, at_most: 5}}",
        "51: unknown key `at_most` (known: at_least, distinct, event, key, same, trigger, where, within)",
    ),
    (
        "{count: {event: A, at_least: 3}}",
        "15: a count needs `within` (add `within:`, the length of the rolling window)",
    ),
    # sequence
    (
        "{sequence: [A, B]}",
        "7: a sequence needs `within` (add `within:`, how long it may take from the first to the last)",
    ),
    (
        "{sequence: A, within: 1h}",
        "18: must be a list of steps, not `A` (write a list, one `- ` for each item)",
    ),
    ("{sequence: [], within: 1h}", "18: the list is empty (put at least one item into it)"),
    (
        "{sequence: [A], within: 1h}",
        "18: a sequence has two steps or more (for one event write `event: NAME`)",
    ),
    ("{sequence: [A, 7], within: 1h}", "22: must be an event name, not `7` (quote it: '7')"),
    (
        "{sequence: [A, {where: =true}], within: 1h}",
        "22: an event pattern needs `event` (add `event:`, the event's name)",
    ),
    (
        "{sequence: [A, B], within: 1h, strict: yes}",
        "46: must be true or false, not `yes` (write it without quotes, as `true` or `false`)",
    ),
    ("{sequence: [A, B], within: 1h, same: plan}", f"44: {FORMULA} `plan` (write =properties.plan)"),
    ("{sequence: [A, B], within: 1h, unles: C}", "38: unknown key `unles` (did you mean `unless`?)"),
    ("{sequence: [A, B], within: soon}", f"34: {DURATION} `soon` {UNITS}"),
    # inactivity
    ("{inactive_for: 7}", f"22: {DURATION} `7` {UNITS}"),
    ("{inactive_for: 0d}", "22: must be longer than nothing (write one such as 30s, 15m, 24h or 7d)"),
    ("{inactive_for: }", "8: `inactive_for` is empty (give fires this long after the last activity)"),
    ("{inactive_for: 7d, within: 1h}", "26: unknown key `within` (known: inactive_for, key)"),
    # dwell
    ("{dwell: 3m}", "15: must be a stay, not `3m` (write `dwell: {longer_than: 3m}`)"),
    (
        "{dwell: {where: =properties.a}}",
        "15: a stay needs `longer_than` (add `longer_than:`, how long the stay must be)",
    ),
    (
        "{dwell: {longer_than: 3m, where: =1 + 1}}",
        "40: a condition is true or false, and this never is (compare it, as in > 0)",
    ),
    ("{dwell: {longer_than: 3m, seconds: 180}}", f"42: {FORMULA} `180`"),
    ("{dwell: {longer_than: 3m, enter: {event: A}}}", "40: must be an event name, not a mapping"),
    ("{dwell: {longer_than: 3m, hartbeat: A}}", "33: unknown key `hartbeat` (did you mean `heartbeat`?)"),
    (
        "{dwell: {longer_than: 3m, enter: A, leave: A}}",
        "15: `A` cannot enter a page and leave it, or be its heartbeat too (give each event one of the three parts)",
    ),
    (
        "{dwell: {longer_than: 3m, key: =properties.a}, key: =properties.a}",
        "33: `key` stands here twice (keep one of them)",
    ),
    # session
    ("{session: 3m}", "17: must be a session, not `3m` (write `session: {longer_than: 3m}`)"),
    ("{session: {}}", "17: a session needs `longer_than` or `visits` (add `longer_than: 3m`)"),
    ("{session: {within: 1h}}", "17: a session needs `longer_than` or `visits` (add `longer_than: 3m`)"),
    (
        "{session: {longer_than: 3m, visits: 4, within: 24h}}",
        "17: a session has `longer_than` or `visits`, not both (keep one of them)",
    ),
    ("{session: {visits: 4}}", "18: `visits` needs `within` (add `within: 24h`)"),
    (
        "{session: {longer_than: 3m, within: 24h}}",
        "35: `within` needs `visits` (leave it out, or write `visits`)",
    ),
    ("{session: {visits: 0, within: 24h}}", "26: must lie between 1 and 100, not 0"),
    # segments
    ("{enters: vpi}", "16: unknown segment `vpi` (did you mean `vip`?)"),
    (
        "{leaves: big spenders}",
        "16: must be a segment's name, not `big spenders` (use letters, digits, `_` and `-`)",
    ),
    (
        "{enters: [vip]}",
        "16: must be a segment's name, not a list (name one segment, and write a trigger for each)",
    ),
    ("{enters: vip, within: 1h}", "21: unknown key `within` (known: enters, key)"),
    # score
    ("{score: churn}", "15: must be a score, not `churn` (write `score: {name: NAME, above: 0.7}`)"),
    (
        "{score: {above: 0.7}}",
        "15: a score needs `name` (add `name:`, the score: one of profile.yaml, or a trait of that name)",
    ),
    (
        "{score: {name: churn}}",
        "15: a score needs `above` (add `above:`, fires when it comes to be more than this)",
    ),
    ("{score: {name: churn, above: '0.7'}}", "36: must be a number, not `0.7` (take the quotes off: 0.7)"),
    ("{score: {name: churn, above: true}}", "36: must be a number, not `true`"),
    ("{score: {name: churn, above: .inf}}", "36: must be a number, not `.inf`"),
    (
        "{score: {name: churn, above: 0.6, reset_below: 0.7}}",
        "54: `reset_below` lies above `above`, 0.6 (write 0.6 or less)",
    ),
    (
        "{score: {name: churn, above: 0.7, below: 0.3}}",
        "41: unknown key `below` (known: above, key, name, reset_below)",
    ),
    (
        "{score: {name: churm, above: 0.7}}",
        "22: warning: no score `churm` is defined, so the trait of that name is read (did you mean `churn`?)",
    ),
    # date
    (
        "{date: 2026-03-02}",
        "14: must be a formula for a date of the profile, which starts with =, not `2026-03-02` "
        "(a date is a formula over the profile, such as =profile.traits.trial_ends_at)",
    ),
    (
        "{date: =profile.traits.d, plus: 1d, minus: 1d}",
        "43: `plus` and `minus` stand here both (keep one of them)",
    ),
    ("{date: =profile.traits.d, plus: -1d}", f"39: {DURATION} `-1d` {UNITS}"),
    ("{date: =properties.d}", "15: `properties` cannot be read here (known here: profile)"),
    (
        "{date: =now}",
        "15: `now` cannot be read here (read a date of the profile, such as =profile.traits.trial_ends_at)",
    ),
    ("{date: =profile.traits.d, after: 1d}", "33: unknown key `after` (known: date, key, minus, plus)"),
    # api
    (
        "API",
        "7: must be an anchor such as {event: NAME}, not `API` (did you mean `api`?)",
    ),
    ("{api: true}", "8: unknown key `api` (write `when: api`)"),
]


@pytest.mark.parametrize(("when", "expected"), CASES, ids=[when for when, _ in CASES])
def test_a_wrong_anchor_is_refused_where_it_is_wrong(folder: Folder, when: str, expected: str) -> None:
    """One mistake gives one problem, with what to do."""
    folder.write(
        "profile.yaml", "segments: {vip: =profile.traits.a > 1}\nscores: {churn: =profile.traits.c}\n"
    )
    for name in ("x", "cart"):
        folder.write(f"triggers/{name}.yaml", f"trigger: {name}\nstatus: shadow\nwhen: api\n{DO}")
    folder.write("triggers/t.yaml", f"trigger: t\nwhen: {when}\n{DO}")
    assert folder.problems() == [f"triggers/t.yaml:2:{expected}"]
