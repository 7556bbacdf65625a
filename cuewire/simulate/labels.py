"""People of whom somebody knows whether a trigger should fire, and how well it met that."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from core.engine.event import Identifier
from core.engine.instant import parse_time
from core.engine.mapping import normalise
from core.engine.rule import RuleSet
from core.errors import OperatorError
from cuewire.simulate.findings import Firing
from cuewire.simulate.goals import by_person, middle, rounded, seconds

#: What stands for yes and for no.
YES, NO = frozenset({"true", "1", "yes", "y"}), frozenset({"false", "0", "no", "n"})

#: The columns that say it, and Segment's words for two namespaces.
VERDICTS = ("label", "should_fire")
SPELLINGS = {"userId": "user_id", "anonymousId": "anonymous_id"}


@dataclass(frozen=True, slots=True)
class Label:
    """One labelled person; without a trigger it goes for all. ``at`` (ms) is from when on it goes."""

    identifiers: tuple[Identifier, ...]
    should_fire: bool
    trigger: str = ""
    at: int | None = None


@dataclass
class Score:
    """How a trigger met its labels; ``spans`` are the times to the firings that were right."""

    true_positives: int = 0
    false_positives: int = 0
    true_negatives: int = 0
    false_negatives: int = 0
    strangers: int = 0
    spans: list[int] = field(default_factory=list)

    def add(self, other: Score) -> None:
        """Add that of other people."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))

    @property
    def precision(self) -> float | None:
        """Give the share of the labelled people it fired for that it should have fired for."""
        fired = self.true_positives + self.false_positives
        return self.true_positives / fired if fired else None

    @property
    def recall(self) -> float | None:
        """Give the share of the people it should have fired for that it did fire for."""
        owed = self.true_positives + self.false_negatives
        return self.true_positives / owed if owed else None

    def shape(self) -> dict[str, Any]:
        """Give it for machines."""
        return {
            "true_positives": self.true_positives,
            "false_positives": self.false_positives,
            "true_negatives": self.true_negatives,
            "false_negatives": self.false_negatives,
            "not_in_history": self.strangers,
            "precision": rounded(self.precision),
            "recall": rounded(self.recall),
            "median_seconds_to_fire": seconds(middle(self.spans)),
        }


def score(
    labels: Sequence[Label],
    firings: Sequence[Firing],
    *,
    find: Callable[[Sequence[Identifier]], str | None],
    person: Callable[[str], str],
) -> Score:
    """Compare a trigger's firings with the labels that are about it, the same one only once."""
    fired = by_person(firings, person)
    found = Score()
    for who, at, should_fire in {
        (find(one.identifiers) or one.identifiers, one.at, one.should_fire) for one in labels
    }:
        found.strangers += isinstance(who, tuple)
        hits = (
            [one for one in fired.get(who, ()) if at is None or one.at >= at] if isinstance(who, str) else []
        )
        first = min(hits, key=lambda one: one.at, default=None)
        found.true_positives += should_fire and first is not None
        found.false_negatives += should_fire and first is None
        found.false_positives += not should_fire and first is not None
        found.true_negatives += not should_fire and first is None
        if should_fire and first is not None:
            found.spans.append(first.at - (first.anchor_at if at is None else at))
    return found


def read_labels(path: Path, rules: RuleSet) -> list[Label]:
    """Read labelled people from CSV with a heading, or from JSON lines."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise OperatorError(f"{path} cannot be read: {error}.", hint="Give CSV or JSON lines.") from error
    return [_label(row, rules, f"{path}:{number}") for number, row in _rows(text, path)]


def _rows(text: str, path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    lines = text.splitlines()
    if not text.lstrip().startswith("{"):
        reader = csv.DictReader(lines)
        yield from ((reader.line_num, row) for row in reader)
        return
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError as error:
                raise OperatorError(f"{path}:{number} is not JSON: {error}.") from error
            if not isinstance(row, dict):
                raise OperatorError(f"{path}:{number} is no JSON object.")
            yield number, row


def _label(row: Mapping[str, Any], rules: RuleSet, place: str) -> Label:
    known = {SPELLINGS.get(name, name): value for name, value in row.items() if name}
    identifiers = normalise(known, rules.identity)
    if not identifiers:
        names = ", ".join(rule.namespace for rule in rules.identity.identifiers)
        raise OperatorError(f"{place} names nobody.", hint=f"Give a column of {names}.")
    trigger = str(known.get("trigger") or "")
    if trigger and trigger not in rules.triggers:
        raise OperatorError(
            f"{place}: there is no trigger {trigger!r}.",
            hint=f"There are {', '.join(sorted(rules.triggers))}.",
        )
    return Label(identifiers, _verdict(known, place), trigger, _time(known.get("at"), place))


def _verdict(row: Mapping[str, Any], place: str) -> bool:
    told = next((row[name] for name in VERDICTS if row.get(name) not in (None, "")), "")
    word = str(told).strip().lower()
    if word not in YES | NO:
        raise OperatorError(
            f"{place}: {told!r} is neither true nor false.", hint="Give a column `label` of true or false."
        )
    return word in YES


def _time(told: Any, place: str) -> int | None:
    if told in (None, ""):
        return None
    found = parse_time(told)
    if found is None:
        raise OperatorError(f"{place}: {told!r} is no time.", hint="Write `at` as 2026-03-01T12:00:00Z.")
    return found
