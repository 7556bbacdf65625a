"""Every refusal and warning of a trigger file but of its steps and tests, with its line and column."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from mapping_folder import DO, WHEN

Refuse = Callable[[str, str], list[str]]

SIGNED_UP = "trigger: t\nwhen: {event: Signed Up}\n"

#: What stands after the first valid lines, and what is said of it.
CASES = [
    (WHEN + DO + "stauts: live\n", "4:1: unknown key `stauts` (did you mean `status`?)"),
    (WHEN, "1:1: a trigger needs `do` (add `do:`, the steps)"),
    (
        "when: {event: A}\n" + DO,
        "1:1: a trigger needs `trigger` (add `trigger:`, the trigger's name, as the file's)",
    ),
    ("trigger: t\n" + DO, "1:1: a trigger needs `when` (add `when:`, the anchor: what happens)"),
    (WHEN + "do:\n", "3:1: `do` is empty (give the steps)"),
    (WHEN + "do: []\n", "3:5: the list is empty (put at least one item into it)"),
    ("[a]\n", "1:1: must be a trigger, not a list"),
    (
        "trigger: u\nwhen: {event: A}\n" + DO,
        "1:10: the file is named t, but says `trigger: u` (write `trigger: t`, or rename the file to u.yaml)",
    ),
    (
        "trigger: a b\nwhen: {event: A}\n" + DO,
        "1:10: must be a name, not `a b` (use letters, digits, `_` and `-`)",
    ),
    (WHEN + DO + "title: 2024\n", "4:8: must be text, not `2024` (quote it: '2024')"),
    (WHEN + DO + "title: ' '\n", "4:8: must be text, and not empty"),
    (
        WHEN + DO + "status: Live\n",
        "4:9: must be one of draft, shadow, live, not `Live` (did you mean `live`?)",
    ),
    (WHEN + DO + "priority: '5'\n", "4:11: must be a whole number, not `5` (take the quotes off: 5)"),
    (WHEN + DO + "priority: 5000\n", "4:11: must lie between 0 and 1000, not 5000"),
    # anchors
    ("trigger: t\nwhen: {evnt: A}\n" + DO, "2:8: unknown key `evnt` (did you mean `event`?)"),
    (
        "trigger: t\nwhen: {key: =key}\n" + DO,
        "2:7: an anchor needs one of event, count, sequence, inactive_for, "
        "dwell, session, enters, leaves, score, date (add `event: NAME`)",
    ),
    (
        "trigger: t\nwhen: apy\n" + DO,
        "2:7: must be an anchor such as {event: NAME}, not `apy` (did you mean `api`?)",
    ),
    (
        "trigger: t\nwhen: [A]\n" + DO,
        "2:7: must be an anchor such as {event: NAME}, not a list (write `event: NAME` under it)",
    ),
    ("trigger: t\nwhen: {event: 7}\n" + DO, "2:15: must be an event name, not `7` (quote it: '7')"),
    ("trigger: t\nwhen: {event: []}\n" + DO, "2:15: the list is empty (put at least one item into it)"),
    (
        "trigger: t\nwhen: {event: {where: =true}}\n" + DO,
        "2:15: an event pattern needs `event` (add `event:`, the event's name)",
    ),
    ("trigger: t\nwhen: {event: A, wher: =true}\n" + DO, "2:18: unknown key `wher` (did you mean `where`?)"),
    (
        "trigger: t\nwhen: {event: A, key: cart_id}\n" + DO,
        "2:23: must be a formula, which starts with =, not `cart_id` (write =properties.cart_id)",
    ),
    (
        "trigger: t\nwhen: {event: A, where: 'properties.a > 1'}\n" + DO,
        "2:25: must be a formula, which starts with =, not `properties.a > 1` (write '=properties.a > 1')",
    ),
    (
        "trigger: t\nwhen: {event: A, within: 5m}\n" + DO,
        "2:18: `within` needs `not_followed_by` (add it, or use `count`)",
    ),
    (
        "trigger: t\nwhen: {event: A, not_followed_by: B}\n" + DO,
        "2:18: `not_followed_by` needs `within` (add `within: 15m`)",
    ),
    (
        "trigger: t\nwhen: {event: A, not_followed_by: B, within: 0s}\n" + DO,
        "2:46: must be longer than nothing (write one such as 30s, 15m, 24h or 7d)",
    ),
    (
        "trigger: t\nwhen: {event: A, not_followed_by: B, within: 5m, restart: yes}\n" + DO,
        "2:59: must be true or false, not `yes` (write it without quotes, as `true` or `false`)",
    ),
    (
        "trigger: t\nwhen: {count: {event: A, within: 5m}}\n" + DO,
        "2:15: a count needs `at_least` (add `at_least:`, how many events)",
    ),
    (
        "trigger: t\nwhen: {count: {event: A, at_least: 0, within: 5m}}\n" + DO,
        "2:36: must lie between 1 and 999, not 0",
    ),
    (
        "trigger: t\nwhen: {count: {event: A, at_least: 3.5, within: 5m}}\n" + DO,
        "2:36: must be a whole number, not `3.5` (write 3 or 4)",
    ),
    (
        "trigger: t\nwhen: {count: {event: A, at_least: 3, within: 5m, key: =key}, key: =key}\n" + DO,
        "2:51: `key` stands here twice (keep one of them)",
    ),
    # conditions
    (
        WHEN + DO + "only_if: [=true]\n",
        "4:10: must be a condition (a formula, or a key such as all), not a list (put the list under `all:` or `any:`)",
    ),
    (
        WHEN + DO + "only_if: {all: [=true], any: [=true]}\n",
        "4:10: a condition has one key, and here are `all`, `any` (put several under `all:`)",
    ),
    (WHEN + DO + "only_if: {alle: [=true]}\n", "4:11: unknown key `alle` (did you mean `all`?)"),
    (WHEN + DO + "only_if: {all: []}\n", "4:16: the list is empty (put at least one item into it)"),
    (
        WHEN + DO + "only_if: {not: [=true, =false]}\n",
        "4:24: `not` takes one condition (write `not: {any: [...]}`)",
    ),
    (WHEN + DO + "only_if: true\n", "4:10: must be a formula, which starts with =, not `true`"),
    (
        WHEN + DO + "only_if: ==true\n",
        "4:10: must be a formula, which starts with =, not `==true` (write =true)",
    ),
    # limits
    (
        WHEN + DO + "limits: {debounce: 10s}\n",
        "4:20: must be a debounce, not `10s` (write `debounce: {for: 10s}`)",
    ),
    (
        WHEN + DO + "limits: {debounce: {edge: leading}}\n",
        "4:20: a debounce needs `for` (add `for:`, matches that follow each other by less than this are one burst)",
    ),
    (
        WHEN + DO + "limits: {debounce: {for: 10s, edge: last}}\n",
        "4:37: must be one of leading, trailing, not `last`",
    ),
    (
        WHEN + DO + "limits: {debounce: {for: 0s}}\n",
        "4:26: must be longer than nothing (write one such as 30s, 15m, 24h or 7d)",
    ),
    (WHEN + DO + "limits: {cap: {times: 0, per: 1d}}\n", "4:23: must lie between 1 and 199, not 0"),
    (
        WHEN + DO + "limits: {cap: [{times: 1, per: weak}]}\n",
        "4:32: must be a duration such as 7d, or `day` or `week` of the calendar, not `weak` "
        "(did you mean `week`?)",
    ),
    (
        WHEN + DO + "limits: {cap: {times: 1}}\n",
        "4:15: a cap needs `per` (add `per:`, in any window of this length, or each day or week)",
    ),
    (WHEN + DO + "limits: {per: person}\n", "4:15: must be `key`, not `person`"),
    (
        WHEN + DO + "limits: {cooldown: 1 day}\n",
        "4:20: must be a duration such as 30s, 15m, 24h or 7d, not `1 day` "
        "(write a whole number and s, m, h or d: 30s 15m 24h 7d)",
    ),
    (WHEN + DO + "goal: {event: A}\n", "4:7: a goal needs `within` (add `within:`, how long it counts)"),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[expected for _, expected in CASES])
def test_a_wrong_trigger_is_refused_where_it_is_wrong(refuse: Refuse, text: str, expected: str) -> None:
    """One mistake gives one problem, at its line and column, with what to do."""
    assert refuse("triggers/t.yaml", text) == [expected]


@pytest.mark.parametrize(
    ("formula", "place"),
    [
        ("only_if: =propertes.a > 1", "4:11"),
        ("only_if: '=propertes.a > 1'", "4:12"),
        ('only_if: "=properties.a == \\"b\\" && propertes.a"', "4:37"),
        ("only_if: '=properties.a == ''b'' && propertes.a'", "4:37"),
        ("only_if: |\n  =properties.a > 1\n    && propertes.b", "6:8"),
        ("only_if: >-\n  =properties.a > 1\n  && propertes.b", "6:6"),
        ("only_if:\n  =properties.a > 1\n  && propertes.b", "6:6"),
        ("only_if: {all: [{not: =propertes.a}]}", "4:24"),
    ],
)
def test_a_wrong_name_in_a_formula_is_found_in_the_file(refuse: Refuse, formula: str, place: str) -> None:
    """Quotes, folded lines and blocks do not shift the place."""
    assert refuse("triggers/t.yaml", WHEN + DO + formula + "\n") == [
        f"{place}: propertes is unknown (did you mean properties?)"
    ]


def test_every_problem_of_a_trigger_is_told_at_once(refuse: Refuse) -> None:
    """Mistakes in the shape, in names and in formulas do not hide each other."""
    text = "trigger: u\nwhen: {evnt: A}\nstatsu: live\nonly_if: =propertes.a\ndo: [send: helo, brase.x, wait: 1x]\n"
    assert len(refuse("triggers/t.yaml", text)) == 7


def test_a_live_trigger_without_limits_is_warned_about(refuse: Refuse) -> None:
    """It may go live, but is marked."""
    assert refuse("triggers/t.yaml", SIGNED_UP + DO + "status: live\n") == [
        "4:1: warning: a live trigger without cooldown, cap or once (add `limits: {cooldown: 24h}`)"
    ]


@pytest.mark.parametrize("limits", ["cooldown: 1h", "once: true", "cap: {times: 3, per: 7d}"])
def test_a_bounded_live_trigger_is_not_warned_about(refuse: Refuse, limits: str) -> None:
    """Any of the limits is enough."""
    assert refuse("triggers/t.yaml", SIGNED_UP + DO + f"status: live\nlimits: {{{limits}}}\n") == []


def test_a_group_is_warned_about(refuse: Refuse) -> None:
    """Without any group in the policy it has no effect, which is not passed over in silence."""
    assert refuse("triggers/t.yaml", WHEN + DO + "group: recovery\n") == [
        "4:1: warning: `group` has no effect: policy.yaml names no groups "
        "(write `groups: {recovery: {times: 1, per: 1h}}` in policy.yaml)"
    ]


@pytest.mark.parametrize(
    ("formula", "warned"),
    [
        ("properties.a > 2 / 4", "4:27: warning: `2 / 4`"),
        ("properties.a > 2.0 / 4", ""),
        ("properties.a / 4 > 1", ""),
        ("properties.a == '2 / 4'", ""),
    ],
)
def test_dividing_whole_literals_is_warned_about(refuse: Refuse, formula: str, warned: str) -> None:
    """Two whole literals lose their remainder; data and points do not."""
    quote = '"' if "'" in formula else "'"
    found = refuse("triggers/t.yaml", WHEN + DO + f"only_if: {quote}={formula}{quote}\n")
    assert [one.startswith(warned) for one in found] == ([True] if warned else [])
