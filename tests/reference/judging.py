"""From an anchor that matched to what is let go: the gates, the limits, and the steps of a journey."""

from __future__ import annotations

from collections import Counter
from typing import Any

from reference.history import Match, is_one_of, touches
from reference.measures import Facts, Place, agreed, end_of
from reference.past import Past
from reference.person import Answer, Journey, Person, told
from reference.rules import Counted, Measures, Question, Rule, Step, leaves_of, truth
from reference.zones import period_of, zone_of


class Judge:
    """Asks the gates and lets steps go."""

    def __init__(self, rules: dict[str, Rule], measures: Measures, seen: Counter[str]) -> None:
        self.rules = rules
        self.measures = measures
        self.seen = seen

    def judge(self, person: Person, match: Match, answer: Answer, past: Past, *, now: int) -> None:
        """Ask the gates in order and let the first steps of a firing go."""
        rule = self.rules[match.trigger]
        outcome = "fired"
        if rule.only_if is not None and not self._holds(
            rule.only_if, person, match, past, at=match.at, cut=match.cut
        ):
            outcome = "not_met"
        elif self._limited(person, rule, match) or self._all_refused(person, rule):
            outcome = "suppressed"
        answer.decisions.append(told(match, outcome))
        self.seen[outcome] += 1
        self.seen[f"{rule.anchor} {outcome}"] += 1
        if outcome == "fired":
            person.fired.add(match)
            self.seen["late firing"] += match.at < person.clock
            self._go(person, match, answer, past, start=0, due=match.at, now=now)

    def _holds(
        self, question: Question, person: Person, match: Match, past: Past, *, at: int, cut: Place
    ) -> bool:
        """Ask a condition as of ``at``."""
        facts = Facts(person, past, self.measures, at=at, cut=cut)
        scope: dict[str, Any] = {
            "properties": match.anchor.properties,
            "traits": facts.traits(),
            "case": match.case,
            "key": match.key,
            "facts": facts,
        }
        for leaf in leaves_of(question):
            answer = truth(leaf, scope)
            self.seen[f"{type(leaf).__name__} asked: {answer}"] += 1
            self.seen["count asked of an earlier window"] += isinstance(leaf, Counted) and leaf.ago > 0
        return truth(question, scope) is True

    def _limited(self, person: Person, rule: Rule, match: Match) -> bool:
        """Say whether a limit of the trigger forbids this firing."""
        fired = [
            f for f in person.fired if f.trigger == rule.name and (not rule.per_key or f.key == match.key)
        ]
        times = [f.at for f in fired]
        near = min((abs(time - match.at) for time in times), default=None)
        self.seen["exactly cooldown later"] += bool(rule.cooldown) and near == rule.cooldown
        running = any((j.match.trigger, j.match.key) == (rule.name, match.key) for j in person.journeys)
        self.seen["already running"] += running
        too_near = near is not None and near < rule.cooldown
        capped = any(self._over(person, times, match.at, *cap) for cap in rule.caps)
        return bool(rule.once and fired) or too_near or capped or running

    def _over(self, person: Person, times: list[int], at: int, most: int, per: int | str) -> bool:
        """Say whether with this firing some window, or its calendar day or week, would hold too many."""
        if isinstance(per, str):
            return self._over_calendar(person, times, at, most, per)
        together = [*times, at]
        self.seen["exactly a cap's window apart"] += any(abs(time - at) == per for time in times)
        starts = [start for start in together if start <= at <= start + per]
        return any(sum(start <= time <= start + per for time in together) > most for start in starts)

    def _over_calendar(self, person: Person, times: list[int], at: int, most: int, unit: str) -> bool:
        """Count the firings in the same day or week of the person's zone."""
        zone = zone_of({name: value for name, (_, value) in person.traits.items()})
        mine = period_of(at, unit, zone)
        over = sum(period_of(time, unit, zone) == mine for time in times) + 1 > most
        self.seen[f"{unit}'s cap reached"] += over
        day = 24 * 3_600_000
        self.seen["next day less than 24 hours later"] += any(
            0 < at - time < day and period_of(time, unit, zone) != mine for time in times
        )
        self.seen["same day 24 hours later"] += unit == "day" and any(
            abs(at - time) >= day and period_of(time, unit, zone) == mine for time in times
        )
        return over

    def _all_refused(self, person: Person, rule: Rule) -> bool:
        """Say whether consent refuses every action step."""
        acts = [step for step in rule.steps if step.kind in ("data", "message")]
        return all(refused(person, step) for step in acts)

    def _go(
        self, person: Person, match: Match, answer: Answer, past: Past, *, start: int, due: int, now: int
    ) -> None:
        """Let steps go until a wait, a checkpoint that is not met, or the end."""
        cut = match.cut if start == 0 else end_of(due)
        for index, step in enumerate(self.rules[match.trigger].steps[start:], start):
            if step.kind == "only_if":
                assert step.question is not None
                if not self._holds(step.question, person, match, past, at=due, cut=cut):
                    return
            elif step.kind == "wait":
                person.journeys.append(Journey(match, index + 1, due + step.duration))
                self.end_journeys(person)
                return
            else:
                status = self._status(person, step, due=due, now=now)
                answer.actions.append((match.trigger, match.anchor_id, match.key, index, due, status))

    def resume(self, person: Person, journey: Journey, answer: Answer, past: Past, *, now: int) -> None:
        """Go on behind a wait."""
        self.seen["step behind a wait"] += 1
        self._go(person, journey.match, answer, past, start=journey.following, due=journey.due, now=now)

    def _status(self, person: Person, step: Step, *, due: int, now: int) -> str:
        """Say what becomes of an action that is let go now."""
        if refused(person, step):
            self.seen["step refused"] += 1
            return "suppressed"
        if step.valid_for is None or step.kind == "data":
            return "scheduled"
        self.seen["exactly valid_for later"] += now == due + step.valid_for
        return "expired" if now > due + step.valid_for else "scheduled"

    def end_journeys(self, person: Person) -> None:
        """Drop the journeys that an event of the history ends."""
        kept = [journey for journey in person.journeys if not self._exited(person, journey)]
        self.seen["journey ended by an exit"] += len(person.journeys) - len(kept)
        person.journeys = kept

    def _exited(self, person: Person, journey: Journey) -> bool:
        """Say whether an exit event lies after the anchor event and up to the due of the wait."""
        rule, anchor = self.rules[journey.match.trigger], journey.match.anchor
        return any(
            event.place > anchor.place
            and event.timestamp <= journey.due
            and is_one_of(rule.exits, event)
            and touches(rule, event, journey.match.key)
            for event in Past(self.rules, person, self.seen).of(rule)
        )


def refused(person: Person, step: Step) -> bool:
    """Say whether a step reaches a person who has not agreed to its purpose."""
    return step.kind == "message" and not agreed(person, step.purpose)
