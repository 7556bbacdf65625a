"""From an anchor that matched to what is let go: the gates, the limits, and the steps of a journey."""

from __future__ import annotations

from collections import Counter
from typing import Any

from reference.channels import choose
from reference.competing import (
    FIRST,
    JOINED,
    REFUSED,
    held_for_group,
    join_burst,
    places,
)
from reference.digests import join
from reference.exits import Exits
from reference.history import Match
from reference.limits import Limits, too_many
from reference.measures import Facts, end_of
from reference.measures import Place as Moment
from reference.past import Past
from reference.person import Answer, Held, Joined, Journey, Left, Message, Person, Place, told
from reference.rules import Counted, Measures, Question, Rule, leaves_of, truth
from reference.sending import Post
from reference.timelines import Leaves
from reference.waits import over_at

#: Gates that no decision asks of a step before it is let go.
LATER = ("anchor", "limits")


class Judge:
    """Asks the gates and lets steps go."""

    def __init__(
        self, rules: dict[str, Rule], measures: Measures, post: Post, paused: set[str], seen: Counter[str]
    ) -> None:
        self.rules = rules
        self.measures = measures
        self.post = post
        self.paused = paused
        self.exits = Exits(rules, seen)
        self.seen = seen

    def judge(self, person: Person, match: Match, answer: Answer, past: Past, *, now: int) -> None:
        """Put a match into its burst, where its trigger has any, or ask the gates at once."""
        rule = self.rules[match.trigger]
        first = join_burst(person, rule, match, self.seen) if rule.debounce else FIRST
        if first == JOINED:
            self.exits.end_open(person)
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
        elif refused or self._is_paused(rule) or Limits(person, rule, at, self.seen).forbid(match):
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
            self.exits.end_open(person)
        if outcome == "fired":
            group = rule.group if rule.group in self.post.policy.groups else ""
            person.fired[match] = Place(at, group, rule.shadow)
            self.seen["late firing"] += at < person.clock
            self.seen["held match fired"] += until is not None
            self._go(person, match, answer, past, at=at, start=0, due=at, now=now, until=until)

    def _is_paused(self, rule: Rule) -> bool:
        self.seen["suppressed while paused"] += rule.name in self.paused
        return rule.name in self.paused

    def _loses(self, person: Person, rule: Rule, match: Match, at: int) -> bool:
        """Say whether the group of a match has no place for it."""
        group = self.post.policy.groups.get(rule.group)
        if group is None:
            return False
        loses = too_many(places(person, rule), at, group.times, group.per, self.seen)
        if loses:
            self._notice_loser(person, rule, match, at)
        return loses

    def _notice_loser(self, person: Person, rule: Rule, match: Match, at: int) -> None:
        """Count how a match lost."""
        tied = [m for m, p in person.fired.items() if (p.at, p.group) == (at, rule.group)]
        self.seen["group tie at the same instant"] += bool(tied)
        for other in (self.rules[m.trigger] for m in tied if m.trigger in self.rules):
            theirs, mine = (self.post.tiers.priority(person, one.name, at) for one in (other, rule))
            self.seen["group tie won by priority"] += theirs > mine
            self.seen["group tie won by a tier's priority"] += (
                theirs > mine and other.priority <= rule.priority
            )
            self.seen["group tie won by name"] += theirs == mine and other.name < rule.name
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
                chosen = choose(person, step, self.seen)
                later = has_waited or step.digest is not None
                left.append(
                    chosen is not None and (later or self.post.free_at(person, chosen, at) is not None)
                )
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
                person.journeys.append(Journey(match, index + 1, over_at(person, step, due, self.seen), at))
                self.exits.end_open(person)
                return
            else:
                when, status, gate = due, "scheduled", ""
                if step.digest is not None and choose(person, step, self.seen):
                    if rule.shadow or self._joins(person, match, index, due):
                        continue
                    status, gate = "suppressed", "limits"
                elif step.kind == "message":
                    when, status, gate = self._message(person, match, index, due=due, now=now, until=until)
                if gate and (start > 0 or status == "expired" or gate in LATER):
                    answer.stop(match, index, due, gate)
                    self.seen[f"stopped by {gate}"] += 1
                    self.seen["step of a shadow stopped"] += rule.shadow
                if not rule.shadow:
                    answer.actions.append((match.trigger, match.anchor_id, match.key, index, when, status))

    def _message(
        self, person: Person, match: Match, index: int, *, due: int, now: int, until: int | None
    ) -> tuple[int, str, str]:
        """Let a message go; one that would be held is ended by an exit event that is known already."""
        when, status, gate = self.post.let_go(person, match, index, at=due, now=now, until=until)
        if status != "scheduled":
            return when, status, gate
        if self.exits.takes_back(person, person.messages[-1]):
            person.messages.pop()
            self.seen["message ended by an exit known before"] += 1
            return due, "suppressed", "anchor"
        if self.rules[match.trigger].shadow:
            person.messages.pop()
        return when, status, ""

    def _joins(self, person: Person, match: Match, index: int, due: int) -> bool:
        """Let a message wait for others of its kind; False where there is no room."""
        step = self.rules[match.trigger].steps[index]
        assert step.digest is not None
        joining = Joined(match, index, step.letter, due, due + step.digest)
        has_joined = join(person, joining, self.seen)
        self.exits.end_open(person)
        return has_joined

    def resume(self, person: Person, journey: Journey, answer: Answer, past: Past, *, now: int) -> None:
        """Go on behind a wait."""
        self.seen["step behind a wait"] += 1
        due = journey.due
        self._go(
            person, journey.match, answer, past, at=journey.at, start=journey.following, due=due, now=now
        )

    def leave(self, person: Person, message: Message, now: int, look: Leaves) -> Left:
        """Ask for the intent; what is held anew is ended by a known exit event, or expires if it is too old."""
        found = self.post.leave(person, message, now, look.retry, look.refuses)
        if found[2] != "waits":
            return found
        if self.exits.takes_back(person, message):
            self.seen["message ended at its intent by an exit known before"] += 1
            return self.post.end(person, message, now, "suppressed")
        if message.expires is not None and message.due > message.expires:
            self.seen["expired at its intent rather than held"] += 1
            return self.post.end(person, message, now, "expired")
        self.seen["held at its intent"] += 1
        return found
