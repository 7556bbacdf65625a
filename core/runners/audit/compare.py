"""Hold what the reference path made of a group against what is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from core.engine import Profile, decode, wake
from core.engine.decision import FIRED, NOT_MET, Decision
from core.engine.digest import derive
from core.pipeline.apart import Apart
from core.ports import DecisionRow
from core.runners.audit.finding import DIFFERS, MISSING, Finding
from core.runners.audit.reference import Course, Made, Owed, Reference
from core.runners.audit.standing import NEVER, Standing
from core.runners.rehearsal import LONGEST
from core.store.journal import Journal, Kept

CHANGED = "the rule, or its status, was not yet as it is now"
SPLIT = "the person was split by hand since"
CLOCK = "it depends on how late the clock or the request was"
GONE = "the person is no longer stored"
ENDED = "the journey had ended before this step"


@dataclass(frozen=True)
class Terms:
    """What is asked: from when on, of which trigger, and how the rules stood."""

    standing: Standing
    since: int
    now: Callable[[], int]
    trigger: str = ""
    apart: Apart = field(default_factory=Apart)
    rest: Callable[[], None] = lambda: None


class Loss(NamedTuple):
    """Something that is missing, with what is needed to put it back."""

    finding: Finding
    made: Made | None = None
    owed: tuple[Owed, ...] = ()


class Compared(NamedTuple):
    """What came of one group: ``replayed`` are the people of the reference path by their stored ids."""

    losses: list[Loss]
    differing: list[Finding]
    checked: int
    kept: dict[str, Kept]
    replayed: dict[str, Profile]


def compare(journal: Journal, seqs: Sequence[int], terms: Terms, courses: Sequence[Course]) -> Compared:
    """Replay a group by each course; what is missing by all of them is missing."""
    until = terms.now()
    played = [_play(journal, seqs, terms, course, until) for course in courses]
    people = {played[0].home_of(one): profile for one, profile in played[0].people.profiles.items()}
    kept = journal.states(people)
    stored = _Stored(journal, kept, terms, until)
    return _Comparison(played, terms, stored).result(kept, people)


def _play(journal: Journal, seqs: Sequence[int], terms: Terms, course: Course, until: int) -> Reference:
    reference = Reference(terms.standing, course, terms.apart, journal.last_arrival)
    for _ in reference.play(journal.events(seqs), until):
        terms.rest()
    reference.look_ahead(until)
    return reference


def not_met_of(decision_id: str) -> str:
    """Name the decision that says that this one was not met."""
    return derive("d", decision_id, NOT_MET)


def endings_of(decision_id: str, step: int) -> list[str]:
    """Name the decisions that would say that a journey ended at this step or before it."""
    return [derive("d", decision_id, "ended", str(index)) for index in range(step + 1)]


class _Stored:
    """What is stored of a group, and what waits there to happen."""

    def __init__(self, journal: Journal, kept: dict[str, Kept], terms: Terms, until: int) -> None:
        self._journal = journal
        self.kept = kept
        self.decisions: dict[str, DecisionRow] = {}
        self.refusals: dict[str, list[DecisionRow]] = {}
        self.deliveries: set[str] = set()
        self.pending: set[str] = set()
        for one in kept.values():
            applied = wake(decode(one.state), until + LONGEST, terms.standing.rules)
            self.pending.update(decision.id for decision in applied.decisions)
            self.pending.update(action.id for action in applied.actions)

    def fetch(self, decisions: Iterable[str], actions: Iterable[str]) -> None:
        """Look up what was decided and what was handed over."""
        self.decisions |= self._journal.decisions(decisions)
        self.deliveries |= self._journal.delivery_ids(actions)

    def fetch_more(self, ids: Sequence[str]) -> None:
        """Look up what was decided, ``not_met`` ones too."""
        if ids:
            self.decisions |= self._journal.decisions(ids)
            self.refusals |= self._journal.refusals(ids)

    def has(self, decision_id: str) -> bool:
        """Tell whether a decision is stored or still to come."""
        return any(decision_id in held for held in (self.decisions, self.refusals, self.pending))


class _Comparison:
    def __init__(self, played: Sequence[Reference], terms: Terms, stored: _Stored) -> None:
        self._first, *self._others = played
        self._terms = terms
        self._stored = stored

    def result(self, kept: dict[str, Kept], people: dict[str, Profile]) -> Compared:
        fired = {one: made for one, made in self._first.fired.items() if self._is_asked(made)}
        owed = {one: due for one, due in self._first.owed.items() if self._is_asked_of(due)}
        self._fetch(fired, owed)
        losses: list[Loss] = []
        differing: list[Finding] = []
        for found in (*self._of_decisions(fired, owed), *self._of_deliveries(owed)):
            if isinstance(found, Loss):
                losses.append(found)
            else:
                differing.append(found)
        checked = sum(not made.is_ahead for made in fired.values())
        return Compared(losses, differing, checked, kept, people)

    def _is_asked(self, made: Made) -> bool:
        decision = made.decision
        return self._is_wanted(decision.trigger, decision.event_id) and (
            made.is_ahead or decision.at >= self._terms.since
        )

    def _is_asked_of(self, owed: Owed) -> bool:
        action = owed.action
        decision = self._first.fired.get(action.decision_id)
        event_id = decision.decision.event_id if decision else ""
        return self._is_wanted(action.trigger, event_id) and (
            owed.is_ahead or action.due_at >= self._terms.since
        )

    def _is_wanted(self, trigger: str, event_id: str) -> bool:
        """Leave out other triggers, and events from before the rule applied: these may be of a date that it found."""
        if self._terms.trigger not in ("", trigger):
            return False
        since = self._terms.standing.since.get(trigger, NEVER)
        return since < NEVER and self._first.seqs.get(event_id, since + 1) > since

    def _fetch(self, fired: dict[str, Made], owed: dict[str, Owed]) -> None:
        stored = self._stored
        stored.fetch({*fired, *(one.action.decision_id for one in owed.values())}, owed)
        lost = [one for one in fired if one not in stored.decisions and one not in stored.pending]
        lacking = [one.action for key, one in owed.items() if not self._has_delivery(key)]
        endings = [end for one in lacking for end in endings_of(one.decision_id, one.step)]
        instead = [
            end for one in lost for way in self._others for end in self._instead(fired[one].decision, way)
        ]
        stored.fetch_more([*map(not_met_of, lost), *endings, *instead])

    def _has_delivery(self, action_id: str) -> bool:
        return action_id in self._stored.deliveries or action_id in self._stored.pending

    def _of_decisions(self, fired: dict[str, Made], owed: dict[str, Owed]) -> Iterator[Loss | Finding]:
        for decision_id, made in fired.items():
            row = self._stored.decisions.get(decision_id)
            if row is not None and row.outcome == FIRED:
                continue
            if row is None and not {decision_id, not_met_of(decision_id)}.isdisjoint(self._stored.pending):
                continue
            reason = self._why(made, row or self._refusal(decision_id))
            finding = self._finding(made, reason)
            mine = tuple(one for one in owed.values() if one.action.decision_id == decision_id)
            yield finding if reason else Loss(finding, made, mine)

    def _of_deliveries(self, owed: dict[str, Owed]) -> Iterator[Loss | Finding]:
        for action_id, one in owed.items():
            row = self._stored.decisions.get(one.action.decision_id)
            if row is None or row.outcome == NOT_MET or row.shadow or self._has_delivery(action_id):
                continue
            made = self._first.fired.get(row.id)
            if made is None or row.outcome != FIRED:
                continue
            reason = self._why_not_sent(one, row)
            finding = Finding(
                kind="timer" if one.is_ahead else "delivery",
                verdict=DIFFERS if reason else MISSING,
                id=action_id,
                at=one.action.due_at,
                reason=reason or f"step {one.action.step + 1} is owed, and nothing that waits will bring it",
                trigger=one.action.trigger,
                event_id=row.event_id,
                key=row.key,
                profile_id=self._first.home_of(one.action.profile_id),
            )
            yield finding if reason else Loss(finding, made, (one,))

    def _refusal(self, decision_id: str) -> DecisionRow | None:
        """Give what was stored against a firing, but for what the reference path too said before it fired."""
        name = not_met_of(decision_id)
        told = self._first.told.get(name)
        rows = self._stored.refusals.get(name, [])
        return next((row for row in rows if told is None or row.gate not in told.gates), None)

    def _why(self, made: Made, row: DecisionRow | None) -> str:
        """Explain without a loss why a firing is not stored; empty when nothing does."""
        trigger = made.decision.trigger
        if row is not None:
            return _told(row, self._terms.standing)
        if made.at < self._terms.standing.at[trigger]:
            return CHANGED
        if any(self._is_explained(made.decision, other) for other in self._others):
            return CLOCK
        return self._why_person(made.decision.profile_id, made.at)

    def _is_explained(self, decision: Decision, other: Reference) -> bool:
        """Tell whether another course, which does not come to this firing, is what happened.

        What it comes to instead, of the same trigger and key, would then be stored or still to come.
        """
        if not {decision.id, not_met_of(decision.id)}.isdisjoint(other.told):
            return False
        instead = self._instead(decision, other)
        return not instead or any(self._stored.has(one) for one in instead)

    def _instead(self, decision: Decision, other: Reference) -> set[str]:
        mine = (decision.trigger, decision.key)
        return {one for one, told in other.told.items() if told[:2] == mine and one not in self._first.told}

    def _why_not_sent(self, owed: Owed, row: DecisionRow) -> str:
        action, standing = owed.action, self._terms.standing
        if (
            row.version != standing.rules.triggers[action.trigger].version
            or owed.at < standing.at[row.trigger]
        ):
            return CHANGED
        endings = endings_of(row.id, action.step)
        if any(self._stored.has(one) for one in endings):
            return ENDED
        everywhere = all(action.id in other.owed for other in self._others)
        return self._why_person(action.profile_id, owed.at) or ("" if everywhere else CLOCK)

    def _why_person(self, profile_id: str, at: int) -> str:
        kept = self._stored.kept.get(self._first.home_of(profile_id))
        if kept is None:
            return GONE
        return SPLIT if at < self._terms.apart.last_split(decode(kept.state)) else ""

    def _finding(self, made: Made, reason: str) -> Finding:
        decision = made.decision
        missing = "it will be due, and nothing waits for it" if made.is_ahead else "no decision is stored"
        return Finding(
            kind="timer" if made.is_ahead else "decision",
            verdict=DIFFERS if reason else MISSING,
            id=decision.id,
            at=decision.at,
            reason=reason or missing,
            trigger=decision.trigger,
            event_id=decision.event_id,
            key=decision.key,
            profile_id=self._first.home_of(decision.profile_id),
        )


def _told(row: DecisionRow, standing: Standing) -> str:
    """Say what was decided instead."""
    failed = next((str(one.get("gate")) for one in row.reasons if not one.get("passed")), "")
    trigger = standing.rules.triggers.get(row.trigger)
    other = "" if trigger and trigger.version == row.version else ", by an earlier version of the rule"
    return f"decided as {row.outcome.replace('_', ' ')}" + (f" by {failed}" if failed else "") + other
