"""Every refusal of ``policy.yaml`` and of what refers to it, with its line and column."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from mapping_folder import DO, MESSAGE, WHEN, Folder

Refuse = Callable[[str, str], list[str]]

CLOCK = "must be a time of day such as 21:00"
WINDOW = "must be a duration such as 7d, or `day` or `week` of the calendar"
PLACE = "must be a formula such as =profile.traits.timezone, `phone` or `country`"

#: What stands in the policy, and what is said of it.
CASES = [
    # caps
    (
        "caps: {all: true, times: 1, per: 1d}",
        "1:7: must be a list of caps, not a mapping (write a list, one `- ` for each item)",
    ),
    ("caps: [5]", "1:8: must be a cap, not `5` (write `{channel: email, times: 1, per: 1d}`)"),
    (
        "caps: [{times: 1, per: 1d}]",
        "1:8: a cap counts one thing, and here is nothing (write one of channel, tag, purpose or `all: true`)",
    ),
    (
        "caps: [{channel: sms, all: true, times: 1, per: 1d}]",
        "1:8: a cap counts one thing, and here is `channel`, `all` "
        "(write one of channel, tag, purpose or `all: true`)",
    ),
    ("caps: [{chanel: sms, times: 1, per: 1d}]", "1:9: unknown key `chanel` (did you mean `channel`?)"),
    ("caps: [{channel: emial, times: 1, per: 1d}]", "1:18: unknown channel `emial` (did you mean `email`?)"),
    (
        "caps: [{purpose: marketng, times: 1, per: 1d}]",
        "1:18: unknown purpose `marketng` (did you mean `marketing`?)",
    ),
    (
        "caps: [{purpose: transactional, times: 1, per: 1d}]",
        "1:18: warning: no cap holds for the purpose `transactional` "
        "(write `transactional: {caps: true}` under `purposes`, or leave the cap out)",
    ),
    (
        "caps: [{all: false, times: 1, per: 1d}]",
        "1:14: must be true or false, not `false` (leave the cap out)",
    ),
    ("caps: [{all: true, times: 0, per: 1d}]", "1:27: must lie between 1 and 499, not 0"),
    ("caps: [{all: true, times: 500, per: 1d}]", "1:27: must lie between 1 and 499, not 500"),
    (
        "caps: [{all: true, per: 1d}]",
        "1:8: a cap needs `times` (add `times:`, how many a person gets at most)",
    ),
    (
        "caps: [{all: true, times: 1}]",
        "1:8: a cap needs `per` (add `per:`, in any window of this length, or each day or week)",
    ),
    ("caps: [{all: true, times: 1, per: dai}]", f"1:35: {WINDOW}, not `dai` (did you mean `day`?)"),
    ("caps: [{all: true, times: 1, per: 1d, over: wait}]", "1:45: must be one of drop, hold, not `wait`"),
    (
        "caps: [{tag: prmo, times: 1, per: 1d}]",
        "1:14: warning: no message carries the tag `prmo`, so there is nothing to count (did you mean `promo`?)",
    ),
    (
        "caps: [{tag: 'a b', times: 1, per: 1d}]",
        "1:14: must be a tag, not `a b` (use letters, digits, `_` and `-`)",
    ),
    # quiet hours
    (
        "quiet_hours: 21:00",
        '1:14: must be quiet hours, not `21:00` (write `quiet_hours: {from: "21:00", to: "08:00"}`)',
    ),
    (
        "quiet_hours: {from: 21:00}",
        "1:14: quiet hours needs `to` (add `to:`, the time of day from which people are written to again)",
    ),
    ("quiet_hours: {from: 9pm, to: 08:00}", f"1:21: {CLOCK}, not `9pm`"),
    ("quiet_hours: {from: 21:00, to: 8:00}", f"1:32: {CLOCK}, not `8:00` (write 08:00)"),
    ("quiet_hours: {from: 24:00, to: 08:00}", f"1:21: {CLOCK}, not `24:00` (write 00:00)"),
    ("quiet_hours: {from: 21:60, to: 08:00}", f"1:21: {CLOCK}, not `21:60`"),
    ("quiet_hours: {from: 2100, to: 08:00}", f"1:21: {CLOCK}, not `2100`"),
    (
        "quiet_hours: {from: 21:00, to: 21:00}",
        "1:32: the quiet hours end when they begin (leave `quiet_hours` out, or mend it)",
    ),
    (
        "quiet_hours: {from: 21:00, to: 08:00, zone: []}",
        "1:45: the list is empty (put at least one item into it)",
    ),
    (
        "quiet_hours: {from: 21:00, to: 08:00, zone: phon}",
        f"1:45: {PLACE}, not `phon` (did you mean `phone`?)",
    ),
    (
        "quiet_hours: {from: 21:00, to: 08:00, zone: Europe/Berlin}",
        f"1:45: {PLACE}, not `Europe/Berlin` (write `otherwise: Europe/Berlin`)",
    ),
    (
        "quiet_hours: {from: 21:00, to: 08:00, zone: =properties.tz}",
        "1:46: `properties` cannot be read here (known here: profile)",
    ),
    (
        "quiet_hours: {from: 21:00, to: 08:00, zone: =profile.trait.tz}",
        "1:54: `trait` does not exist here (did you mean `traits`?)",
    ),
    (
        "quiet_hours: {from: 21:00, to: 08:00, otherwise: Europe/Berln}",
        "1:50: must be `strictest`, or a time zone such as Europe/Berlin, not `Europe/Berln` "
        "(did you mean `Europe/Berlin`?)",
    ),
    (
        "quiet_hours: {from: 21:00, to: 08:00, otherwise: berlin}",
        "1:50: must be `strictest`, or a time zone such as Europe/Berlin, not `berlin` "
        "(did you mean `Europe/Berlin`?)",
    ),
    (
        "quiet_hours: {from: 21:00, to: 08:00, otherwise: strict}",
        "1:50: must be `strictest`, or a time zone such as Europe/Berlin, not `strict` "
        "(did you mean `strictest`?)",
    ),
    ("quiet_hours: {from: 21:00, to: 08:00, held: keep}", "1:45: must be one of release, drop, not `keep`"),
    # groups, guard and purposes
    ("groups: [recovery]", "1:9: must be a mapping of groups, not a list"),
    ("groups: {recovery: 1}", "1:20: must be a group, not `1` (write `{times: 1, per: 1h}`)"),
    (
        "groups: {recovery: {times: 1}}",
        "1:20: a group needs `per` (add `per:`, for one person in any window of this length)",
    ),
    (
        "groups: {recovery: {times: 1, per: day}}",
        "1:36: must be a duration such as 30s, 15m, 24h or 7d, not `day` "
        "(write a whole number and s, m, h or d: 30s 15m 24h 7d)",
    ),
    ("groups: {recovery: {times: 200, per: 1h}}", "1:28: must lie between 1 and 199, not 200"),
    (
        "groups: {recovery: {times: 1, per: 1h, looser: hold}}",
        "1:40: unknown key `looser` (did you mean `loser`?)",
    ),
    ("guard: 5000", "1:8: must be a guard, not `5000` (write `guard: {firings: 5000, per: 1h}`)"),
    (
        "guard: {firings: 5000}",
        "1:8: a guard needs `per` (add `per:`, for all people together, in any window of this length)",
    ),
    ("guard: {firings: 0, per: 1h}", "1:18: must lie between 1 and 1000000000, not 0"),
    ("hops: -1", "1:7: must lie between 0 and 98, not -1"),
    ("hops: 99", "1:7: must lie between 0 and 98, not 99"),
    (
        "purposes: {marketing: {caps: no}}",
        "1:30: must be true or false, not `no` (write it without quotes, as `true` or `false`)",
    ),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[expected for _, expected in CASES])
def test_a_wrong_policy_is_refused_where_it_is_wrong(folder: Folder, text: str, expected: str) -> None:
    """One mistake gives one problem, at its line and column, with what to do."""
    folder.write("messages/hello.yaml", MESSAGE + "tags: [promo]\n")
    folder.write("policy.yaml", text + "\n")
    assert [one.removeprefix("policy.yaml:") for one in folder.problems()] == [expected]


def test_a_trigger_of_a_group_that_the_policy_does_not_name_is_refused(
    folder: Folder, refuse: Refuse
) -> None:
    """Once there are groups, a name that is none of them is a mistake."""
    folder.write("policy.yaml", "groups: {recovery: {times: 1, per: 1h}}\n")
    assert refuse("triggers/t.yaml", WHEN + DO + "group: recvery\n") == [
        "4:8: unknown group `recvery` (did you mean `recovery`?)"
    ]
    assert refuse("triggers/t.yaml", WHEN + DO + "group: other_one\n") == [
        "4:8: unknown group `other_one` (known: recovery)"
    ]


def test_groups_that_are_wrong_hide_nothing_else_and_accuse_nobody(folder: Folder) -> None:
    """A trigger's group is not looked up in a file that is wrong itself."""
    folder.write("policy.yaml", "groups: 5\n")
    folder.write("triggers/t.yaml", WHEN + DO + "group: recovery\n")
    assert folder.problems() == ["policy.yaml:1:9: must be a mapping of groups, not `5`"]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("tags: [a b]", "5:8: must be a tag, not `a b` (use letters, digits, `_` and `-`)"),
        ("tags: {a: 1}", "5:7: must be a tag, not a mapping"),
        ("tag: promo", "5:1: unknown key `tag` (did you mean `tags`?)"),
    ],
)
def test_wrong_tags_are_refused(refuse: Refuse, tags: str, expected: str) -> None:
    """A tag is a name."""
    assert refuse("messages/hello.yaml", MESSAGE + tags + "\n") == [expected]
