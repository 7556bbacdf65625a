"""From an anchor that matched to what is let go: the gates, the limits, and the steps of a journey."""

from __future__ import annotations

from collections import Counter
from typing import Any

from reference.competing import (
    FIRST,
    JOINED,
    REFUSED,
    forget_burst,
    held_for_group,
    join_burst,
    places,
)
from reference.history import Match, is_one_of, touches
from reference.measures import Facts, agreed, end_of
from reference.measures import Place as Moment
from reference.past import Past
from reference.person import Answer, Held, Journey, Left, Message, Person, Place, told
from reference.policy import minute_of
from reference.rules import Counted, Measures, Question, Rule, Step, leaves_of, truth
from reference.sending import Post
from reference.zones import next_shown, period_of, zone_of


class Judge:
    """Asks the gates and lets steps go."""

    def __init__(self, rules: dict[str, Rule], measures: Measures, post: Post, seen: Counter[str]) -> None:
        self.rules = rules
        self.measures = measures
        self.post = post
        self.seen = seen

    def judge(self, person: Person, match: Match, answer: Answer, past: Past, *, now: int) -> None:
        """Put a match into its burst, where its trigger has any, or ask the gates at once."""
        rule = self.rules[match.trigger]
        first = join_burst(person, rule, match, self.seen) if rule.debounce else FIRST
        if first == JOINED:
            self.end_open(person)
        else:
            refused = first == REFUSED
            self._decide(person, match, answer, past, at=match.at, now=now, refused=refused)

    def release(self, person: Person, held: Held, answer: Answer, past: Past, *, now: int) -> None:
        """Judge anew, as of now, what was held: by every gate but that of its burst."""
        self.seen["burst judged at its end" if held.is_burst else "held match judged anew"] += 1
        self._decide(person, held.match, answer, past, at=held.due, now=now, until=held.until)

    def _decide(
        self,
        person: Person,
        match: Match,
        answer: Answer,
        past: Past,
        *,
        at: int,
        now: int,
        until: int | None = None,
        refused: bool = False,
    ) -> None:
        """Ask the gates in order and let the first steps of a firing go."""
        rule = self.rules[match.trigger]
        cut = match.cut if at == match.at else end_of(at)
        outcome, held = "fired", None
        if rule.only_if is not None and not self._holds(rule.only_if, person, match, past, at=at, cut=cut):
            outcome = "not_met"
        elif refused or self._limited(person, rule, match, at):
            outcome = "suppressed"
        elif self._loses(person, rule, match, at):
            held = held_for_group(person, rule, match, self.post.policy, at=at, until=until, seen=self.seen)
            outcome = "held" if held else "suppressed"
        elif not self._any_step_left(person, rule, at):
            outcome = "suppressed"
        answer.decisions.append(told(match, outcome, at))
        self.seen[outcome] += 1
        self.seen[f"{rule.anchor} {outcome}"] += 1
        if held:
            person.held.append(held)
            self.end_open(person)
        if outcome == "fired":
            group = rule.group if rule.group in self.post.policy.groups else ""
            person.fired[match] = Place(at, group, rule.shadow)
            self.seen["late firing"] += at < person.clock
            self.seen["held match fired"] += until is not None
            self._go(person, match, answer, past, at=at, start=0, due=at, now=now, until=until)

    def _loses(self, person: Person, rule: Rule, match: Match, at: int) -> bool:
        """Say whether the group of a match has no place for it."""
        group = self.post.policy.groups.get(rule.group)
        if group is None:
            return False
        loses = self._too_many(places(person, rule), at, group.times, group.per)
        if loses:
            self._notice_loser(person, rule, match, at)
        return loses

    def _notice_loser(self, person: Person, rule: Rule, match: Match, at: int) -> None:
        """Count how a match lost."""
        tied = [m for m, p in person.fired.items() if (p.at, p.group) == (at, rule.group)]
        self.seen["group tie at the same instant"] += bool(tied)
        for other in (self.rules[m.trigger] for m in tied if m.trigger in self.rules):
            self.seen["group tie won by priority"] += other.priority > rule.priority
            self.seen["group tie won by name"] += other.priority == rule.priority and other.name < rule.name
            self.seen["group tie won by key"] += other.name == rule.name
        self.seen["late match lost to a later firing"] += all(
            place.at > at for place in person.fired.values() if place.group == rule.group
        )

    def _any_step_left(self, person: Person, rule: Rule, at: int) -> bool:
        """Say whether consent, and before the first wait caps and quiet hours, leave any step."""
        has_waited, left = False, []
        for step in rule.steps:
            has_waited = has_waited or step.kind == "wait"
            if step.kind == "message":
                agrees = agreed(person, step.purpose, step.channel)
                left.append(agrees and (has_waited or self.post.free_at(person, step, at) is not None))
            elif step.kind == "data":
                left.append(True)
        return any(left) or not left

    def _holds(
        self, question: Question, person: Person, match: Match, past: Past, *, at: int, cut: Moment
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

    def _limited(self, person: Person, rule: Rule, match: Match, at: int) -> bool:
        """Say whether a limit of the trigger forbids this firing."""
        fired = [
            place
            for f, place in person.fired.items()
            if f.trigger == rule.name and (not rule.per_key or f.key == match.key)
        ]
        times = [place.at for place in fired]
        near = min((abs(time - at) for time in times), default=None)
        self.seen["exactly cooldown later"] += bool(rule.cooldown) and near == rule.cooldown
        running = any((j.match.trigger, j.match.key) == (rule.name, match.key) for j in person.journeys)
        self.seen["already running"] += running
        too_near = near is not None and near < rule.cooldown
        capped = any(self._over(person, times, at, *cap) for cap in rule.caps)
        return bool(rule.once and fired) or too_near or capped or running

    def _over(self, person: Person, times: list[int], at: int, most: int, per: int | str) -> bool:
        """Say whether with this firing some window, or its calendar day or week, would hold too many."""
        if isinstance(per, str):
            return self._over_calendar(person, times, at, most, per)
        return self._too_many(times, at, most, per)

    def _too_many(self, times: list[int], at: int, most: int, per: int) -> bool:
        """Say whether some window that contains ``at``, both ends included, would hold too many."""
        together = [*times, at]
        self.seen["exactly a cap's window apart"] += any(abs(time - at) == per for time in times)
        starts = [start for start in together if start <= at <= start + per]
        return any(sum(start <= time <= start + per for time in together) > most for start in starts)

    def _over_calendar(self, person: Person, times: list[int], at: int, most: int, unit: str) -> bool:
        """Count the firings in the same day or week of the person's zone."""
        zone = zone_of({name: value for name, (_, value) in person.traits.items()}, person.phones)
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

    def _go(
        self,
        person: Person,
        match: Match,
        answer: Answer,
        past: Past,
        *,
        at: int,
        start: int,
        due: int,
        now: int,
        until: int | None = None,
    ) -> None:
        """Let steps go until a wait, a checkpoint that is not met, or the end."""
        cut = match.cut if start == 0 and due == match.at else end_of(due)
        rule = self.rules[match.trigger]
        for index, step in enumerate(rule.steps[start:], start):
            if step.kind == "only_if":
                assert step.question is not None
                if not self._holds(step.question, person, match, past, at=due, cut=cut):
                    return
            elif step.kind == "wait":
                person.journeys.append(Journey(match, index + 1, self._over_at(person, step, due), at))
                self.end_open(person)
                return
            elif not rule.shadow:
                when, status = due, "scheduled"
                if step.kind == "message":
                    when, status = self._message(person, match, index, due=due, now=now, until=until)
                answer.actions.append((match.trigger, match.anchor_id, match.key, index, when, status))

    def _message(
        self, person: Person, match: Match, index: int, *, due: int, now: int, until: int | None
    ) -> tuple[int, str]:
        """Let a message go; one that would be held is ended by an exit event that is known already."""
        when, status = self.post.let_go(person, match, index, at=due, now=now, until=until)
        if status == "scheduled" and self._exited(person, person.messages[-1]):
            person.messages.pop()
            self.seen["message ended by an exit known before"] += 1
            return due, "suppressed"
        return when, status

    def _over_at(self, person: Person, step: Step, due: int) -> int:
        """Say when a wait is over."""
        if step.clock is None:
            return due + step.duration
        traits = {name: value for name, (_, value) in person.traits.items()}
        zone = zone_of(traits, person.phones)
        shown = next_shown(step.clock, zone, due)
        self.seen["wait for a time that clocks skip"] += minute_of(shown, zone) != step.clock
        return shown

    def resume(self, person: Person, journey: Journey, answer: Answer, past: Past, *, now: int) -> None:
        """Go on behind a wait."""
        self.seen["step behind a wait"] += 1
        due = journey.due
        self._go(
            person, journey.match, answer, past, at=journey.at, start=journey.following, due=due, now=now
        )

    def leave(self, person: Person, message: Message, now: int, retry: int) -> Left:
        """Ask for the intent; what is held anew is ended by a known exit event, or expires if it is too old."""
        found = self.post.leave(person, message, now, retry)
        if found[2] != "waits":
            return found
        if self._exited(person, message):
            self.seen["message ended at its intent by an exit known before"] += 1
            return self.post.end(person, message, now, "suppressed")
        if message.expires is not None and message.due > message.expires:
            self.seen["expired at its intent rather than held"] += 1
            return self.post.end(person, message, now, "expired")
        self.seen["held at its intent"] += 1
        return found

    def end_open(self, person: Person) -> None:
        """End the journeys, and what is held, that an event of the history ends."""
        kept = [journey for journey in person.journeys if not self._exited(person, journey)]
        self.seen["journey ended by an exit"] += len(person.journeys) - len(kept)
        person.journeys = kept
        for held in [held for held in person.held if self._exited(person, held)]:
            person.held.remove(held)
            forget_burst(person, held, self.rules.get(held.match.trigger))
            self.seen["burst ended by an exit" if held.is_burst else "held match ended by an exit"] += 1
        for message in [message for message in person.messages if self._exited(person, message)]:
            person.messages.remove(message)
            person.taken_back.append(message.name)
            self.seen["held message ended by an exit"] += 1

    def _exited(self, person: Person, waits: Journey | Held | Message) -> bool:
        """Say whether an exit event lies after the anchor event and up to the due of what waits."""
        rule, anchor = self.rules.get(waits.match.trigger), waits.match.anchor
        if rule is None or (isinstance(waits, Message) and not waits.is_held):
            return False
        found = [
            event
            for event in Past(self.rules, person, self.seen).of(rule)
            if event.place > anchor.place
            and event.timestamp <= waits.due
            and is_one_of(rule.exits, event)
            and touches(rule, event, waits.match.key)
        ]
        self.seen["exit exactly at the due of what is held"] += bool(found) and all(
            event.timestamp == waits.due for event in found
        )
        return bool(found)
