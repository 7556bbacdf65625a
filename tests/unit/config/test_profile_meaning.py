"""What `profile.yaml` means as a whole: the order and the hashes of segments, circles, and where scores come from."""

from __future__ import annotations

import pytest
from mapping_folder import DO, Folder, rules


def test_segments_stand_behind_those_they_build_on(folder: Folder) -> None:
    """By name, through a score, and through a trigger that is counted."""
    folder.write(
        "profile.yaml",
        "segments:\n  a: {all: [{in_segment: b}, {score: {name: s, above: 1}}]}\n  b: {not: {in_segment: c}}\n"
        "  c: {count: {trigger: t, at_least: 2, within: 7d}}\n  d: =profile.traits.x > 1\n"
        "scores: {s: '=profile.segments.size() * 1.0'}\n",
    )
    folder.write("triggers/t.yaml", f"trigger: t\nstatus: shadow\nwhen: {{enters: d}}\n{DO}")
    problems = folder.problems()
    assert ["circle" in one for one in problems] == [True]
    folder.write("profile.yaml", (folder.root / "profile.yaml").read_text().replace("scores", "#scores"))
    assert list(rules(folder).segments) == ["d", "c", "b", "a"]


@pytest.mark.parametrize(
    ("segments", "when", "told"),
    [
        ("a: {in_segment: b}\n  b: {not: {in_segment: a}}", "api", "segment `a` > segment `b` > segment `a`"),
        (
            "a: {count: {trigger: t, at_least: 1, within: 7d}}",
            "{enters: a}",
            "segment `a` > trigger `t` > segment `a`",
        ),
        (
            "a: {count: {trigger: t, at_least: 1, within: 7d}}",
            "{event: Signed Up, where: '=\"a\" in profile.segments'}",
            "segment `a` > trigger `t` > all segments > segment `a`",
        ),
        (
            "a: {count: {trigger: t, at_least: 1, within: 7d}}\n  b: {in_segment: a}",
            "{leaves: b}",
            "segment `a` > trigger `t` > segment `b` > segment `a`",
        ),
        (
            "a: {score: {name: s, above: 1}}\nscores: {s: '=profile.segments.size() * 1.0'}",
            "api",
            "score `s` > all segments > segment `a` > score `s`",
        ),
    ],
)
def test_circles_are_refused_whatever_they_go_through(
    folder: Folder, segments: str, when: str, told: str
) -> None:
    """Nothing can be worked out from itself; what `only_if` asks is no part of it."""
    folder.write("profile.yaml", f"segments:\n  {segments}\n")
    folder.write(
        "triggers/t.yaml", f"trigger: t\nstatus: shadow\nwhen: {when}\nonly_if: {{in_segment: a}}\n{DO}"
    )
    (problem,) = folder.problems()
    assert f"a circle: {told} (" in problem


def test_two_circles_are_told_at_once(folder: Folder) -> None:
    """Each at its first link."""
    folder.write(
        "profile.yaml",
        "segments:\n  a: {in_segment: b}\n  b: {in_segment: a}\n  c: {in_segment: d}\n  d: {in_segment: c}\n",
    )
    assert [one.partition(": a circle")[0] for one in folder.problems()] == [
        "profile.yaml:2:19",
        "profile.yaml:4:19",
    ]


def test_scores_may_read_all_segments(folder: Folder) -> None:
    """Then they change when any of them does."""
    text = (
        "segments: {a: =profile.traits.x > 1, b: {score: {name: s, above: 1}}}\n"
        "scores: {s: =profile.traits.y, many: '=profile.segments.size() * 1.0'}\n"
    )
    assert list(hashes(folder, text)) == ["a", "b"]


def test_a_long_chain_of_segments_is_no_burden(folder: Folder) -> None:
    """Thousands may build on each other."""
    links = "".join(f"  s{n}: {{in_segment: s{n + 1}}}\n" for n in range(3_000))
    folder.write("profile.yaml", f"segments:\n{links}  s3000: =profile.traits.x > 1\n")
    assert next(iter(rules(folder).segments)) == "s3000"


def hashes(folder: Folder, text: str) -> dict[str, str]:
    """Load a profile and give its segments' hashes."""
    folder.write("profile.yaml", text)
    return {name: one.hash for name, one in rules(folder).segments.items()}


MEANT = """\
computed: {total: {sum: =properties.v, event: Order Completed}, other: {count: {event: Order Completed}}}
segments:
  a: {not: {in_segment: b}}
  b: =profile.traits.total > 100
  c: {score: {name: s, above: 1}}
  d: {inactive_for: 7d}
scores: {s: =profile.traits.points}
"""


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (("> 100", "> 101"), {"a", "b"}),
        (("sum: =properties.v", "sum: =properties.w"), {"a", "b"}),
        (("event: Order Completed}, other", "event: Order Completed, within: 7d}, other"), {"a", "b"}),
        (("count: {event: Order Completed}", "count: {event: Product Viewed}"), set()),
        (("traits.points", "traits.other"), {"c"}),
        (("scores: {s: =profile.traits.points}", "scores: {points: =profile.traits.points}"), {"c"}),
        (("above: 1", "above: 2"), {"c"}),
        (("7d}\nscores", "8d}   # longer\nscores"), {"d"}),
        (("  d: {inactive_for: 7d}", "  d:\n    inactive_for: 7d   # a week"), set()),
    ],
)
def test_a_hash_changes_with_the_meaning(folder: Folder, change: tuple[str, str], changed: set[str]) -> None:
    """Of the segment, of those it names, and of the traits and scores that they read; layout is no part of it."""
    before, after = hashes(folder, MEANT), hashes(folder, MEANT.replace(*change))
    assert MEANT.replace(*change) != MEANT
    assert {name for name in before if before[name] != after[name]} == changed


def test_a_score_that_nobody_defines_is_the_trait_of_its_name(folder: Folder) -> None:
    """Wherever it is used: an anchor, a condition, a formula, a template."""
    folder.write(
        "profile.yaml",
        "scores: {defined: =profile.traits.points}\nsegments: {a: {score: {name: one, above: 1}}}\n",
    )
    folder.write(
        "messages/m.yaml",
        "message: m\npurpose: marketing\nchannels:\n"
        "  sms: {via: twilio.send_message, body: '{{ profile.scores.four }}'}\n",
    )
    folder.write(
        "triggers/t.yaml",
        "trigger: t\nwhen: {score: {name: two-2, above: 1}}\nonly_if: =profile.scores.three > 1\ndo: [send: m]\n",
    )
    assert {name: one.text for name, one in rules(folder).scores.items()} == {
        "defined": "profile.traits.points",
        "four": "profile.traits.four",
        "one": "profile.traits.one",
        "three": "profile.traits.three",
        "two-2": 'profile.traits["two-2"]',
    }


def test_events_of_the_profile_take_part_in_the_spelling(folder: Folder) -> None:
    """A mistyped one is told; one that a trigger names as well is known."""
    folder.write(
        "profile.yaml",
        "computed: {a: {count: {event: Order Complete}}, b: {count: {event: Parcel Lost}}}\n",
    )
    problems = folder.problems()
    assert [one.partition(" (")[0] for one in problems] == [
        "profile.yaml:1:31: warning: no event `Order Complete` is known",
        "profile.yaml:1:68: warning: the event `Parcel Lost` was never seen: no source, test or other file names it",
    ]
    folder.write("triggers/t.yaml", f"trigger: t\nstatus: shadow\nwhen: {{event: Parcel Lost}}\n{DO}")
    assert len(folder.problems()) == 1


def test_the_usual_events_of_pages_are_known(folder: Folder) -> None:
    """They need no test to be believed."""
    when = "{dwell: {longer_than: 3m, enter: [Page Viewed], leave: [Page Left], heartbeat: Page Heartbeat}}"
    folder.write("triggers/t.yaml", f"trigger: t\nstatus: shadow\nwhen: {when}\n{DO}")
    assert folder.problems() == []
