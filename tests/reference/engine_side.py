"""The same stories told to the engine: turns into its calls, its answers into the reference's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from reference.engine_rules import rule_set
from reference.history import Happening
from reference.person import Answer, Asked, Decided, Stopped
from reference.policy import Policy
from reference.rules import Measures
from reference.timelines import Arrival, Paused, Published, Story, Turn, Wake

from core.engine import Applied, Profile, apply, decode, encode, fill, merge, new_profile, wake
from core.engine.decision import Decision, gate_of
from core.engine.event import ConsentStatement, Event, Identifier
from core.engine.rule import RuleSet
from core.engine.stops import is_stop

__all__ = ["EngineRun", "Teller", "event", "play", "rule_set", "run_of"]


def event(happening: Happening, person: str, now: int) -> Event:
    """Translate one event."""
    return Event(
        id=happening.id,
        seq=happening.seq,
        source=happening.source,
        type=happening.type,
        name=happening.name,
        timestamp=happening.timestamp,
        received_at=now,
        data=data_of(happening),
        identifiers=identifiers(happening, person),
        traits=happening.traits,
        consent=tuple(ConsentStatement(*said, granted) for said, granted in happening.consent.items()),
        lateness=happening.lateness,
        quiet=happening.quiet,
    )


def identifiers(happening: Happening, person: str) -> tuple[Identifier, ...]:
    """Say whose event it is, and by which number they may be reached."""
    known = Identifier("user_id", person)
    return (known, Identifier("phone", happening.phone)) if happening.phone else (known,)


def data_of(happening: Happening) -> dict[str, Any]:
    """Write an event in Segment's spelling."""
    data: dict[str, Any] = {"type": happening.type, "properties": happening.properties}
    data |= {"event": happening.name} if happening.type == "track" else {}
    data |= {"name": happening.title} if happening.title else {}
    return data | ({"context": {"page": {"path": happening.page}}} if happening.page else {})


class EngineRun:
    """Plays the part of the shell: one profile per person, resolved as the story says.

    A ``stored`` one is written to bytes and read back behind each call, as if the server had stopped in between.
    """

    def __init__(
        self,
        rules: RuleSet,
        *,
        stored: bool = False,
        measures: Measures | None = None,
        policy: Policy | None = None,
    ) -> None:
        self.rules = rules
        self.measures = measures
        self.policy = policy
        self.stored = stored
        self.paused: dict[str, str] = {}
        self.events: dict[str, list[Event]] = {}
        self.profiles: dict[str, Profile] = {}

    def profile(self, person: str, now: int) -> Profile:
        """Give a person's profile, begun at its first event."""
        return self.profiles.get(person) or new_profile(person, now)

    def turn(self, turn: Turn) -> list[Applied]:
        """Play one turn and give what each call answered."""
        if isinstance(turn, Published):
            self._publish(turn)
            return []
        if isinstance(turn, Paused):
            self.paused.pop(turn.trigger, None)
            self.paused |= {turn.trigger: "paused"} if turn.is_on else {}
            self.rules = replace(self.rules, paused=dict(self.paused))
            return []
        return [self._keep(person, done) for person, done in self._calls(turn)]

    def _keep(self, person: str, done: Applied) -> Applied:
        self.profiles[person] = decode(encode(done.profile)) if self.stored else done.profile
        return done

    def _policy(self, turn: Published) -> Policy | None:
        self.policy = turn.policy or self.policy
        return self.policy

    def _publish(self, turn: Published) -> None:
        """Put other rules in force, and fill what is new from what is stored."""
        self.rules = replace(
            rule_set(turn.rules, self.measures, self._policy(turn)), paused=dict(self.paused)
        )
        for person, events in self.events.items():
            events = sorted(events, key=lambda event: (event.timestamp, event.seq))
            self.profiles[person] = fill(self.profiles[person], events, self.rules, turn.now)

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
            self.events.setdefault(turn.person, []).extend(self.events.pop(turn.joins, []))
        profile, told = self.profile(turn.person, at), event(turn.event, turn.person, turn.now)
        self.events.setdefault(turn.person, []).append(told)
        yield turn.person, apply(profile, told, self.rules, turn.now)


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


def stopped(decision: Decision) -> Stopped:
    """Tell which step was stopped, and by which gate."""
    step, gate = decision.reasons[0].step, gate_of(decision.outcome, decision.reasons)
    assert step is not None
    return (decision.trigger, decision.event_id, decision.key, step, decision.at, gate)


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
        stops = [stopped(d) for d in done.decisions if is_stop(d)]
        return Answer([told(d) for d in judged], actions, [told(d) for d in wrongly], stops=stops)


def run_of(story: Story, *, stored: bool = False) -> EngineRun:
    """Begin to tell a story to the engine."""
    rules = rule_set(story.rules, story.measures, story.policy)
    return EngineRun(rules, stored=stored, measures=story.measures, policy=story.policy)


def play(story: Story) -> tuple[EngineRun, list[list[Applied]]]:
    """Tell a story to the engine."""
    run = run_of(story)
    return run, [run.turn(turn) for turn in story.turns]
