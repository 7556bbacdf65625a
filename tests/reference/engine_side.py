"""The same stories told to the engine: rules translated into its own, turns into its calls."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reference.history import Happening
from reference.person import Answer, Asked, Decided
from reference.rules import Named, Question, Rule, Step, Test
from reference.timelines import Arrival, Story, Wake

from core.engine import Applied, Profile, apply, merge, new_profile, wake
from core.engine.condition import AllOf, AnyOf, Condition, FormulaCondition, Not
from core.engine.decision import Decision
from core.engine.event import ConsentStatement, Event, Identifier
from core.engine.formula import Formula, compile_formula
from core.engine.rule import (
    AbsenceAnchor,
    Act,
    Anchor,
    Cap,
    CountAnchor,
    EventAnchor,
    IdentityRules,
    Limits,
    OnlyIf,
    Pattern,
    Purpose,
    RuleSet,
    Send,
    Trigger,
    Wait,
)
from core.engine.rule import Step as EngineStep
from core.engine.value import Literal

PURPOSES = {
    "marketing": Purpose("marketing"),
    "news": Purpose("news"),
    "transactional": Purpose("transactional", consent_required=False),
}


def formula(test: Test) -> Formula:
    """Compile a question's text."""
    return compile_formula(test.text)


def condition(question: Question) -> Condition:
    """Translate a condition tree."""
    if isinstance(question, Test):
        return FormulaCondition(formula(question))
    parts = tuple(condition(part) for part in question.parts)
    if question.kind == "not":
        return Not(parts[0])
    return AllOf(parts) if question.kind == "all" else AnyOf(parts)


def patterns(names: tuple[Named, ...]) -> tuple[Pattern, ...]:
    """Translate event names."""
    return tuple(Pattern(named.name, formula(named.where) if named.where else None) for named in names)


def anchor(rule: Rule) -> Anchor:
    """Translate what happens."""
    key = compile_formula("properties.k") if rule.keyed else None
    if rule.anchor == "event":
        return EventAnchor(patterns(rule.names), key)
    if rule.anchor == "count":
        return CountAnchor(patterns(rule.names), rule.at_least, rule.within, key)
    return AbsenceAnchor(
        patterns(rule.names),
        patterns(rule.cancels),
        rule.within,
        key=key,
        restart=rule.restart,
        sum=compile_formula("properties.price * properties.quantity") if rule.sums else None,
        less=patterns(rule.less),
    )


def step(told: Step) -> EngineStep:
    """Translate one step."""
    if told.kind == "wait":
        return Wait(told.duration)
    if told.kind == "only_if":
        assert told.question is not None
        return OnlyIf(condition(told.question))
    fields = {"to": Literal("+14155550100")}
    if told.kind == "data":
        return Act("braze", "track_event", fields)
    message = Act(
        "twilio",
        "send_message",
        fields,
        channel="sms",
        purpose=told.purpose,
        message="note",
        valid_for=told.valid_for,
    )
    return Send("note", (message,))


def trigger(rule: Rule) -> Trigger:
    """Translate one trigger."""
    return Trigger(
        name=rule.name,
        when=anchor(rule),
        steps=tuple(step(told) for told in rule.steps),
        status="live",
        only_if=condition(rule.only_if) if rule.only_if else None,
        exit_on=patterns(rule.exits),
        limits=Limits(
            cooldown=rule.cooldown,
            caps=tuple(Cap(*cap) for cap in rule.caps),
            once=rule.once,
            per_key=rule.per_key,
        ),
        version=f"{rule.name}-1",
        anchor_hash=f"{rule.name}-when",
        journey_hash=f"{rule.name}-do",
    )


def rule_set(rules: list[Rule]) -> RuleSet:
    """Translate all triggers of a story."""
    triggers = {rule.name: trigger(rule) for rule in rules}
    return RuleSet("1", IdentityRules(()), {}, triggers, purposes=PURPOSES)


def event(happening: Happening, person: str, now: int) -> Event:
    """Translate one event."""
    return Event(
        id=happening.id,
        seq=happening.seq,
        source="segment",
        type="track",
        name=happening.name,
        timestamp=happening.timestamp,
        received_at=now,
        data={"event": happening.name, "properties": happening.properties},
        identifiers=(Identifier("user_id", person),),
        traits=happening.traits,
        consent=tuple(ConsentStatement(*said, granted) for said, granted in happening.consent.items()),
        lateness=happening.lateness,
    )


class EngineRun:
    """Plays the part of the shell: one profile per person, resolved as the story says."""

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.profiles: dict[str, Profile] = {}

    def profile(self, person: str, now: int) -> Profile:
        """Give a person's profile, begun at its first event."""
        return self.profiles.get(person) or new_profile(person, now)

    def turn(self, turn: Arrival | Wake) -> list[Applied]:
        """Play one turn and give what each call answered."""
        return [self._keep(person, done) for person, done in self._calls(turn)]

    def _keep(self, person: str, done: Applied) -> Applied:
        self.profiles[person] = done.profile
        return done

    def _calls(self, turn: Arrival | Wake) -> Iterator[tuple[str, Applied]]:
        """Make the calls of a turn; two people are each drained up to the event that joins them."""
        if isinstance(turn, Wake):
            yield turn.person, wake(self.profile(turn.person, turn.now), turn.now, self.rules)
            return
        at = turn.event.timestamp
        if turn.joins:
            for person in (turn.person, turn.joins):
                yield person, wake(self.profile(person, at), at, self.rules)
            other = self.profiles.pop(turn.joins)
            self.profiles[turn.person] = merge(self.profiles[turn.person], other)
        profile = self.profile(turn.person, at)
        yield turn.person, apply(profile, event(turn.event, turn.person, turn.now), self.rules, turn.now)


def whole_only_if(decision: Decision) -> bool:
    """Say whether a matched anchor failed at ``only_if``; a checkpoint that ends a journey asks no anchor."""
    failed = [reason.gate for reason in decision.reasons if not reason.passed]
    return decision.reasons[0].gate == "anchor" and failed[:1] == ["only_if"]


def is_false_positive(decision: Decision) -> bool:
    """Say whether this records a firing that a late event showed to have been wrong."""
    return decision.reasons[0].expression == "false positive"


def false_positive_of(decision: Decision) -> str:
    """Give the id of the decision that should not have fired."""
    found = re.search(r"d_[0-9a-f]+", str(decision.reasons[0].needed))
    assert found, decision
    return found.group()


def told(decision: Decision) -> Decided:
    """Tell a decision without its id."""
    return (decision.trigger, decision.outcome, decision.at, decision.event_id, decision.key)


class Teller:
    """Tells what the engine answered in the reference's words, leaving out what the model does not count."""

    def __init__(self) -> None:
        self.fired: dict[str, Decision] = {}

    def answer(self, done: Applied) -> Answer:
        """Tell one call; an action is named by the decision that asked for it."""
        wrong = [decision for decision in done.decisions if is_false_positive(decision)]
        judged = [
            d for d in done.decisions if d not in wrong and (d.outcome != "not_met" or whole_only_if(d))
        ]
        self.fired |= {decision.id: decision for decision in judged if decision.outcome == "fired"}
        actions: list[Asked] = []
        for action in done.actions:
            made = self.fired.get(action.decision_id)
            if made is not None:
                told_of = (action.trigger, made.event_id, made.key)
                actions.append((*told_of, action.step, action.due_at, action.status))
        wrongly = [self.fired[had_fired] for had_fired in map(false_positive_of, wrong)]
        wrongly.sort(key=lambda decision: (decision.at, decision.trigger, decision.key or ""))
        return Answer([told(d) for d in judged], actions, [told(d) for d in wrongly])


def play(story: Story) -> tuple[EngineRun, list[list[Applied]]]:
    """Tell a story to the engine."""
    run = EngineRun(rule_set(story.rules))
    return run, [run.turn(turn) for turn in story.turns]
