"""What people write who know another language is answered with what works here, not with a second mistake."""

from __future__ import annotations

import pytest
from mapping_folder import DO, Folder

DATE = "a date is a formula over the profile, such as =profile.traits.trial_ends_at"
ITEM = "put at least one item into it"

#: The lines of a trigger between its name and what it does, and the hint of the one problem.
TRIGGERS = [
    ("when: {event: A}\nonly_if: {and: [=properties.a == 1]}", "did you mean `all`?"),
    ("when: {event: A}\nonly_if: {or: [=properties.a == 1]}", "did you mean `any`?"),
    ("when: {event: A}\nonly_if: =properties.a => 3", "write >="),
    ("when: {event: A}\nonly_if: =properties.a =< 3", "write <="),
    (
        "when: {event: A}\nonly_if: '{{ properties.x }}'",
        "a condition is a formula, write it without the braces: =properties.x",
    ),
    (
        "when: {event: A}\nonly_if: '{{ properties.x | upcase }}'",
        "a condition is a formula, write it without the braces: '=properties.NAME'",
    ),
    ("when: {event: A}\nonly_if: {any: []}", ITEM),
    ("when: {date: 2026-12-24}", DATE),
    ("when: {date: =1 + 2}", DATE),
    ("when: {date: trial_ends_at}", "write =profile.traits.trial_ends_at"),
    ("when: {event: A, changed: plan}", "write =properties.plan"),
    ("when: {event: A, where: some words}", "write a formula, such as =properties.NAME"),
    ("when: {count: {event: A, at_least: 2, within: 1h, same: cart_id}}", "write =properties.cart_id"),
    ("when: {count: {event: A, at_least: 2, within: 1h, distinct: cart_id}}", "write =properties.cart_id"),
    ('when: {count: {event: A, at_least: "2", within: 1h}}', "take the quotes off: 2"),
    ("when: {count: {event: A, at_least: 2.5, within: 1h}}", "write 2 or 3"),
    ('when: {score: {name: churn, above: "0.6"}}', "take the quotes off: 0.6"),
    ("when: {enters: [a, b]}", "name one segment, and write a trigger for each"),
    (
        "when: {event: A}\nonly_if: {in_segment: [a, b]}",
        "write `any: [{in_segment: ONE}, {in_segment: OTHER}]`",
    ),
    ("when: {inactive_for: 0d}", "write one such as 30s, 15m, 24h or 7d"),
    (
        "when: {event: A}\ntests: [{name: x, timeline: [{at: 0s, event: A}], expect: [{at: 0s, outcome: nope}]}]",
        "where nothing at all is decided, write `expect: []`",
    ),
    (
        'when: {event: A}\nonly_if: =profile.identifiers.email == "x"',
        'write "..." in profile.identifiers.email',
    ),
]

PROFILES = [
    *(
        (f"computed: {{a: {{{word}: =properties.x, event: A}}}}", f"did you mean `{meant}`?")
        for word, meant in [
            ("average", "avg"),
            ("mean", "avg"),
            ("total", "sum"),
            ("uniq", "distinct"),
            ("unique", "distinct"),
        ]
    ),
    ("scores: {churn: 0.7}", "a score is a formula over the profile, such as =profile.traits.churn_score"),
    ("segments: {x: {any: []}}", ITEM),
]


@pytest.mark.parametrize(("lines", "hint"), TRIGGERS)
def test_a_trigger_in_other_words_is_told_what_to_write(folder: Folder, lines: str, hint: str) -> None:
    """One mistake gives one problem, whose hint can be pasted."""
    folder.write("triggers/t.yaml", f"trigger: t\n{lines}\n{DO}")
    assert [one.hint for one in folder.load().problems] == [hint]


@pytest.mark.parametrize(("text", "hint"), PROFILES)
def test_a_profile_in_other_words_is_told_what_to_write(folder: Folder, text: str, hint: str) -> None:
    """The first problem is the mistake itself."""
    folder.write("profile.yaml", text + "\n")
    assert folder.load().errors[0].hint == hint
