"""The pages on triggers: every file that they show is checked and tested, and held by its tests to the second."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from trigger_pages import PAGES, excerpts, files, loaded, page_text, settled, told, trials

from core.config.kinds.anchor_event import EVENT
from core.config.kinds.anchor_marks import COUNTED, DWELT, SEQUENCE, VISITED
from core.config.kinds.anchor_state import DATE, ENTERS, INACTIVE, LEAVES, SCORED
from core.config.schema import Record
from core.engine import when
from core.engine.rule import AbsenceAnchor, ApiAnchor, ChangedAnchor, EventAnchor, RuleSet, Trigger
from cuewire.trials.command import judge
from cuewire.wiring import load_mappings

#: Each anchor's page, and what may stand in its files.
ANCHORS: dict[str, tuple[type, ...]] = {
    "event": (EventAnchor,),
    "changed": (ChangedAnchor,),
    "count": (when.CountAnchor,),
    "sequence": (when.SequenceAnchor,),
    "absence": (AbsenceAnchor,),
    "inactivity": (when.InactiveAnchor,),
    "dwell": (when.DwellAnchor,),
    "session": (when.SessionAnchor,),
    "enters": (when.SegmentAnchor,),
    "score": (when.ScoreAnchor,),
    "date": (when.DateAnchor,),
    "api": (ApiAnchor,),
}

_PLAIN = {"event", "where", "key"}
_CHANGED = {"changed", "to"}


def inside(record: Record, name: str) -> set[str]:
    """Give the keys that stand one level deeper."""
    inner = record.keys[name].shape
    assert isinstance(inner, Record)
    return set(inner.keys)


#: The keys of each anchor, from the program.
KEYS = {
    "event": _PLAIN,
    "changed": _PLAIN | _CHANGED,
    "absence": set(EVENT.keys) - _CHANGED,
    "count": inside(COUNTED, "count"),
    "sequence": set(SEQUENCE.keys),
    "inactivity": set(INACTIVE.keys),
    "dwell": inside(DWELT, "dwell"),
    "session": inside(VISITED, "session"),
    "enters": {*ENTERS.keys, *LEAVES.keys},
    "score": inside(SCORED, "score"),
    "date": set(DATE.keys),
}

HEADINGS = [
    "What it is for",
    "The trigger",
    "On a timeline",
    "Keys",
    "Exact boundaries",
    "What a decision shows",
    "Common mistakes",
]

#: Durations and numbers of an anchor, and the smallest step by which one of its tests must notice a change.
STEPS = {"within": 1_000, "longer_than": 1_000, "offset": 1_000, "at_least": 1, "visits": 1}


@dataclass(frozen=True)
class Shown:
    """A trigger that a page shows."""

    page: str
    trigger: Trigger
    rules: RuleSet

    def __str__(self) -> str:
        return f"{self.page}-{self.trigger.name}"

    def fails(self, when: Any) -> bool:
        """Tell whether a test fails with another anchor."""
        changed = replace(self.trigger, when=when)
        rules = replace(self.rules, triggers={**self.rules.triggers, self.trigger.name: changed})
        return any(judge(trial, rules) for trial in trials(self.page, self.trigger.name))


def shown() -> Iterator[Shown]:
    """Give every trigger of the pages."""
    for page in PAGES:
        rules = loaded(page).rules
        if rules is not None:
            yield from (Shown(page, trigger, rules) for trigger in rules.triggers.values())


TRIGGERS = list(shown())


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_shows_is_one_sound_folder(page: str) -> None:
    """No error and no warning, and no file stands there twice."""
    assert [str(problem) for problem in loaded(page).problems] == []
    places = [place for place, _ in files(page)]
    assert len(places) == len(set(places))


@pytest.mark.parametrize("one", TRIGGERS, ids=str)
def test_the_tests_of_a_shown_trigger_pass(one: Shown) -> None:
    """At least two: one in which something is sent, and one that misses."""
    own = trials(one.page, one.trigger.name)
    assert [failure for trial in own for failure in judge(trial, one.rules)] == []
    assert any(wanted.what != "outcome" for trial in own for wanted in trial.expected)
    assert len(own) >= 2


@pytest.mark.parametrize("one", TRIGGERS, ids=str)
def test_the_tests_of_a_shown_trigger_hold_its_edges(one: Shown) -> None:
    """A second more or less, or one more or less, and one of them fails."""
    anchor = one.trigger.when
    for name, step in STEPS.items():
        value = getattr(anchor, name, 0)
        if value:
            for other in (value - step, value + step):
                assert one.fails(replace(anchor, **{name: other})), f"{name} {value} -> {other}"


def test_every_anchor_has_its_page() -> None:
    """The engine's anchors and the pages are the same."""
    of_pages = {kind for kinds in ANCHORS.values() for kind in kinds}
    known = {
        kind for kind in vars(when).values() if isinstance(kind, type) and kind.__name__.endswith("Anchor")
    }
    assert of_pages == known
    assert set(ANCHORS) <= set(PAGES)


@pytest.mark.parametrize("page", ANCHORS)
def test_an_anchors_page_is_about_it(page: str) -> None:
    """It shows no other anchor, has the headings that all have, and its picture."""
    rules = loaded(page).rules
    assert rules is not None
    assert all(isinstance(trigger.when, ANCHORS[page]) for trigger in rules.triggers.values())
    text = page_text(page)
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == HEADINGS
    assert len(re.findall(r"^!\[.+\]\(\.\./pictures/timelines/\w+\.svg\)$", text, re.MULTILINE)) == 1


@pytest.mark.parametrize("page", KEYS)
def test_every_key_of_an_anchor_is_described(page: str) -> None:
    """In a row of its table, and no other key is."""
    _, _, rest = page_text(page).partition("\n## Keys\n")
    table = rest.partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == KEYS[page]


def test_the_index_leads_to_every_page() -> None:
    """Anchors by the question that they answer."""
    named = set(re.findall(r"\]\((\w+)\.md\)", page_text("index")))
    assert named == set(PAGES) - {"index"}


@pytest.mark.parametrize("anchor", re.findall(r"\| `(\{.+\}|api)` \|$", page_text("index"), re.MULTILINE))
def test_every_anchor_of_the_index_is_one(tmp_path: Path, anchor: str) -> None:
    """As it stands in the last column of the table."""
    (tmp_path / "triggers").mkdir()
    (tmp_path / "profile.yaml").write_text("segments: {vip: {inactive_for: 1d}}\n")
    trigger = f"trigger: t\nwhen: {anchor}\ndo: [{{braze.track_event: {{name: T}}}}]\n"
    (tmp_path / "triggers" / "t.yaml").write_text(trigger)
    assert [str(problem) for problem in load_mappings(tmp_path).errors] == []


@pytest.mark.parametrize("page", [page for page in PAGES if excerpts(page)])
def test_what_a_page_shows_of_a_decision_is_what_came(page: str) -> None:
    """Word by word but for ids and versions: one of the page's tests comes to it."""
    found = {settled(text) for _, text in told(page)}
    for excerpt in excerpts(page):
        assert settled(excerpt) in found, "run trigger_pages.py to see what comes now"


def test_every_anchors_page_shows_a_decision() -> None:
    """What `cuewire explain` says of it."""
    assert [page for page in ANCHORS if not excerpts(page)] == []


def test_the_cookbook_holds_every_anchor() -> None:
    """And every condition."""
    rules = loaded("cookbook").rules
    assert rules is not None
    kinds = {type(trigger.when) for trigger in rules.triggers.values()}
    assert kinds == {kind for found in ANCHORS.values() for kind in found}
    text = page_text("cookbook")
    conditions = ("in_segment:", "count:", "score:", "consent:", "all:", "any:", "not:", "at_most:", "ago:")
    assert [name for name in conditions if name not in text] == []
