"""Rules of the reference translated into the engine's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from reference.policy import Policy, Quiet
from reference.rules import (
    Agreed,
    Computed,
    Counted,
    Idle,
    Measures,
    Member,
    Named,
    Question,
    Rule,
    Scored,
    Step,
    Test,
)

from core.engine.condition import (
    AllOf,
    AnyOf,
    Condition,
    Consented,
    Count,
    FormulaCondition,
    Inactive,
    InSegment,
    Not,
    ScoreIs,
)
from core.engine.formula import Formula, compile_formula
from core.engine.measure import Computed as EngineComputed
from core.engine.measure import Segment
from core.engine.places import zone_named
from core.engine.policy import Group, MessageCap, QuietHours, Tier
from core.engine.policy import Policy as EnginePolicy
from core.engine.rule import (
    AbsenceAnchor,
    Act,
    Anchor,
    Cap,
    ChangedAnchor,
    CountAnchor,
    DateAnchor,
    Debounce,
    DwellAnchor,
    EventAnchor,
    IdentityRules,
    InactiveAnchor,
    Limits,
    OnlyIf,
    Pattern,
    Purpose,
    RuleSet,
    ScoreAnchor,
    SegmentAnchor,
    Send,
    SequenceAnchor,
    SessionAnchor,
    Trigger,
    Wait,
)
from core.engine.rule import Step as EngineStep
from core.engine.tally import Tally
from core.engine.value import Literal
from core.engine.when import matched

NUMBER = Literal("+14155550100")
PURPOSES = {
    "marketing": Purpose("marketing"),
    "news": Purpose("news"),
    "transactional": Purpose("transactional", consent_required=False),
}


def formula(test: Test) -> Formula:
    """Compile a question's text."""
    return compile_formula(test.text)


def field(name: str) -> Formula | None:
    """Compile the reading of a property; None for none."""
    return compile_formula(f"properties.{name}") if name else None


def condition(question: Question) -> Condition:
    """Translate a condition tree."""
    if isinstance(question, Test):
        return FormulaCondition(formula(question))
    if isinstance(question, Counted):
        counted = tally(question.names, question.within, question.ago)
        return Count(counted, question.at_least, question.at_most)
    if isinstance(question, Member):
        return InSegment(question.segment)
    if isinstance(question, Scored):
        return ScoreIs(question.score, question.above, question.below)
    if isinstance(question, Agreed):
        return Consented(question.purpose, question.channel)
    if isinstance(question, Idle):
        return Inactive(question.duration)
    parts = tuple(condition(part) for part in question.parts)
    if question.kind == "not":
        return Not(parts[0])
    return AllOf(parts) if question.kind == "all" else AnyOf(parts)


def patterns(names: tuple[Named, ...]) -> tuple[Pattern, ...]:
    """Translate event names, and those of triggers."""
    return tuple(
        Pattern(
            matched(named.name) if named.is_trigger else named.name,
            formula(named.where) if named.where else None,
        )
        for named in names
    )


def tally(names: tuple[Named, ...], within: int | None, ago: int = 0, value: str = "") -> Tally:
    """Translate what is counted; its id says all of its meaning."""
    meaning = [f"{n.name} {n.is_trigger} {n.where.text if n.where else ''}" for n in names]
    return Tally(f"{meaning} {within} {ago} {value}", patterns(names), within, ago, field(value))


def computed_trait(trait: Computed) -> EngineComputed:
    """Translate a computed trait."""
    counted = tally(trait.names, trait.within, value=trait.field)
    return EngineComputed(trait.name, trait.kind, counted, trait.limit)


def anchor(rule: Rule) -> Anchor:
    """Translate what happens."""
    key, names = field("k" if rule.keyed else ""), patterns(rule.names)
    anchors: dict[str, Callable[[], Anchor]] = {
        "event": lambda: EventAnchor(names, key),
        "changed": lambda: ChangedAnchor(names, compile_formula(f"properties.{rule.value}"), rule.to, key),
        "count": lambda: CountAnchor(
            names, rule.at_least, rule.within, key, field(rule.distinct), field(rule.same)
        ),
        "sequence": lambda: SequenceAnchor(
            tuple(patterns(step) for step in rule.chain),
            rule.within,
            rule.strict,
            field(rule.same),
            patterns(rule.unless),
            key,
        ),
        "absence": lambda: absence(rule),
        "inactive": lambda: InactiveAnchor(rule.within),
        "session": lambda: SessionAnchor(rule.longer_than, rule.visits, rule.within, key),
        "dwell": lambda: DwellAnchor(
            rule.longer_than, formula(rule.where) if rule.where else None, field(rule.seconds), key=key
        ),
        "enters": lambda: SegmentAnchor(rule.segment, enters=True),
        "leaves": lambda: SegmentAnchor(rule.segment, enters=False),
        "score": lambda: ScoreAnchor(rule.score, rule.above, rule.reset_below),
        "date": lambda: DateAnchor(compile_formula(f"profile.traits.{rule.trait}"), rule.offset),
    }
    return anchors[rule.anchor]()


def absence(rule: Rule) -> AbsenceAnchor:
    """Translate an absence."""
    return AbsenceAnchor(
        patterns(rule.names),
        patterns(rule.cancels),
        rule.within,
        key=field("k" if rule.keyed else ""),
        restart=rule.restart,
        sum=compile_formula("properties.price * properties.quantity") if rule.sums else None,
        less=patterns(rule.less),
    )


def step(told: Step) -> EngineStep:
    """Translate one step."""
    if told.kind == "wait":
        until = compile_formula(f"profile.traits.{told.until}") if told.until else None
        return Wait(told.duration, until, told.clock, told.best)
    if told.kind == "only_if":
        assert told.question is not None
        return OnlyIf(condition(told.question))
    if told.kind == "data":
        return Act("braze", "track_event", {"to": NUMBER})
    channels = (told.channel, *told.others)
    return Send(told.letter, tuple(message(told, channel) for channel in channels), told.digest)


def message(told: Step, channel: str) -> Act:
    """Translate a message as it goes by one channel."""
    has_number = channel == "sms" or not told.others
    return Act(
        "twilio",
        "send_message",
        {"to": NUMBER if has_number else compile_formula(f"profile.traits.{channel}")},
        channel=channel,
        purpose=told.purpose,
        message=told.letter,
        valid_for=told.valid_for,
        tags=told.tags,
    )


def trigger(rule: Rule) -> Trigger:
    """Translate one trigger."""
    return Trigger(
        name=rule.name,
        when=anchor(rule),
        steps=tuple(step(told) for told in rule.steps),
        status="shadow" if rule.shadow else "live",
        only_if=condition(rule.only_if) if rule.only_if else None,
        exit_on=patterns(rule.exits),
        limits=Limits(
            cooldown=rule.cooldown,
            caps=tuple(Cap(times, per) for times, per in rule.caps),
            once=rule.once,
            per_key=rule.per_key,
            debounce=Debounce(rule.debounce, "trailing" if rule.trailing else "leading")
            if rule.debounce
            else None,
        ),
        group=rule.group,
        priority=rule.priority,
        priorities=dict(rule.priorities),
        version=f"{rule.name}-1",
        anchor_hash=f"{rule.name}-when",
        journey_hash=f"{rule.name}-do",
        since=rule.since,
    )


def purposes(policy: Policy) -> dict[str, Purpose]:
    """Translate what each purpose is excused from."""
    return {
        name: replace(one, caps=name not in policy.uncapped, quiet_hours=name not in policy.unquiet)
        for name, one in PURPOSES.items()
    }


def above(policy: Policy) -> EnginePolicy:
    """Translate the rules above all triggers."""
    caps = tuple(
        MessageCap(c.times, c.per, c.channel, c.tag, c.purpose, "hold" if c.hold else "drop", c.tier)
        for c in policy.caps
    )
    groups = {name: Group(g.times, g.per, "hold" if g.hold else "drop") for name, g in policy.groups.items()}
    tiers = tuple(Tier(name, formula(test)) for name, test in policy.tiers)
    return EnginePolicy(caps, quiet_hours(policy.quiet) if policy.quiet else None, groups, tiers=tiers)


def quiet_hours(quiet: Quiet) -> QuietHours:
    """Translate quiet hours."""
    told = {"timezone": compile_formula("profile.traits.timezone"), "phone": "phone", "country": "country"}
    zones: Any = tuple(told[entry] for entry in quiet.zones)
    otherwise: Any = tuple(zone_named(str(zone)) for zone in quiet.otherwise)
    return QuietHours(quiet.begin, quiet.end, zones, otherwise, "drop" if quiet.drop else "release")


def rule_set(rules: list[Rule], measures: Measures | None = None, policy: Policy | None = None) -> RuleSet:
    """Translate all triggers of a story, what it measures, and the rules above them."""
    measures, policy = measures or Measures(), policy or Policy()
    segments = {name: Segment(name, condition(asked), name) for name, asked in measures.segments.items()}
    scores = {name: compile_formula(f"profile.traits.{trait}") for name, trait in measures.scores.items()}
    return RuleSet(
        "1",
        IdentityRules(()),
        {},
        {rule.name: trigger(rule) for rule in rules},
        purposes=purposes(policy),
        policy=above(policy),
        computed={trait.name: computed_trait(trait) for trait in measures.computed},
        segments=segments,
        scores=scores,
    )
