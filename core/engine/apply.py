"""The engine's two doors: an event comes, or time has passed."""

from __future__ import annotations

from core.engine.anchors import api_match, case_match, meet
from core.engine.consent import state
from core.engine.decision import Reason
from core.engine.draft import Applied, Draft, Match
from core.engine.event import Event
from core.engine.instant import iso
from core.engine.journey import anchor_before, ended, resume
from core.engine.judge import judge, not_met
from core.engine.matching import key_of, matching
from core.engine.profile import (
    TIMELINE_BYTES,
    TIMELINE_LIMIT,
    Case,
    Journey,
    Mark,
    Moment,
    Profile,
    Trait,
    moment_of,
)
from core.engine.rule import ApiAnchor, RuleSet, Trigger
from core.engine.scope import Scope
from core.engine.settle import settle

#: Events larger than this make the byte bound of the timeline worth a look.
_LARGE = TIMELINE_BYTES // TIMELINE_LIMIT


def apply(profile: Profile, event: Event, rules: RuleSet, now: int) -> Applied:
    """Apply one event: timers due before it first, then what it says, then what it sets off."""
    draft = Draft(profile, rules, now)
    settle(draft)
    _drain(draft, event.timestamp)
    _absorb(draft, event)
    if event.trigger:
        _call(draft, event)
    elif event.name in rules.by_event:
        _meet_all(draft, event, rules.by_event[event.name])
    draft.profile.clock = max(draft.profile.clock, event.timestamp)
    return draft.applied()


def wake(profile: Profile, now: int, rules: RuleSet) -> Applied:
    """Drain the timers that are due; without any the profile comes back as it was."""
    due = next_due(profile)
    if due is None or due > now:
        return Applied(profile, (), ())
    draft = Draft(profile, rules, now)
    settle(draft)
    _drain(draft, now)
    return draft.applied()


def next_due(profile: Profile) -> int | None:
    """Give the time from which ``wake`` has something to do."""
    wakes = [case.wake_at for cases in profile.cases.values() for case in cases.values()]
    wakes += [journey.wake_at for journeys in profile.journeys.values() for journey in journeys.values()]
    return min(wakes) + 1 if wakes else None


def _absorb(draft: Draft, event: Event) -> None:
    """Take over what an event says of the person."""
    profile = draft.profile
    for namespace, value in event.identifiers:
        held = profile.identifiers.get(namespace, {})
        if value not in held:
            profile.identifiers[namespace] = {**held, value: Mark(event.timestamp, event.seq)}
    for name, value in event.traits.items():
        trait = Trait(value, event.timestamp, event.seq, event.source)
        held_trait = profile.traits.get(name)
        if held_trait is None or (trait.at, trait.seq) >= (held_trait.at, held_trait.seq):
            profile.traits[name] = trait
    for statement in event.consent:
        state(statement, profile, event.timestamp, event.source)
    profile.first_seen = min(profile.first_seen, event.timestamp)
    profile.last_seen = max(profile.last_seen, event.timestamp)
    draft.changed()


def _call(draft: Draft, event: Event) -> None:
    """Fire the trigger that the API names, with its anchor taken as met."""
    trigger = draft.rules.triggers.get(event.trigger)
    if trigger is None or trigger.status == "draft":
        return
    moment = moment_of(event)
    judge(draft, api_match(trigger, moment, draft.scope(moment)))


def _meet_all(draft: Draft, event: Event, triggers: tuple[Trigger, ...]) -> None:
    """Let an event act on every trigger that names it, then judge what matches in the order of time."""
    profile = draft.profile
    late = event.timestamp < profile.clock or event.timestamp <= profile.drained
    moment = moment_of(event)
    profile.timeline = remember(profile.timeline, moment)
    scope = Scope(event=event.data, profile=draft.view, now=event.timestamp)
    matches: list[Match] = []
    for trigger in triggers:
        _exit(draft, trigger, moment, scope)
        if not isinstance(trigger.when, ApiAnchor):
            matches += meet(draft, trigger, moment, scope, late=late)
    for match in sorted(matches, key=lambda found: (found.at, found.trigger.name, found.key)):
        judge(draft, match)


def remember(timeline: list[Moment], moment: Moment) -> list[Moment]:
    """Give the timeline with one more event in its place, the oldest dropped beyond the bounds."""
    grown = sorted([*timeline, moment], key=lambda m: (m.timestamp, m.seq))[-TIMELINE_LIMIT:]
    if len(bytes(moment.raw)) > _LARGE:
        while len(grown) > 1 and sum(len(bytes(m.raw)) for m in grown) > TIMELINE_BYTES:
            grown = grown[1:]
    return grown


def _exit(draft: Draft, trigger: Trigger, moment: Moment, scope: Scope) -> None:
    """End the journeys that this event ends."""
    journeys = draft.profile.journeys.get(trigger.name)
    if not journeys or not matching(trigger.exit_on, moment.name, scope):
        return
    key = "" if isinstance(trigger.when, ApiAnchor) else key_of(trigger.when.key, scope)
    for name in [key] if key else sorted(journeys):
        journey = journeys.get(name)
        if journey and anchor_before(journey, moment):
            del journeys[name]
            seen = f"{moment.name} ({moment.id}) at {iso(moment.timestamp)}"
            reason = Reason("anchor", False, "exit_on", saw=seen, needed=f"none until {iso(journey.due)}")
            _end(draft, trigger, name, journey, moment.timestamp, reason)
    _tidy(draft.profile.journeys, trigger.name)


def _drain(draft: Draft, until: int) -> None:
    """Let the timers below ``until`` fire, one by one, in the order of their due."""
    profile = draft.profile
    while True:
        timers = [
            (timer.due, name, key, timer.wake_at)
            for held in (profile.cases, profile.journeys)
            for name, by_key in held.items()
            for key, timer in by_key.items()
            if timer.wake_at < until
        ]
        if not timers:
            return
        _, name, key, wake_at = min(timers)
        profile.drained = max(profile.drained, wake_at)
        _fire(draft, name, key)


def _fire(draft: Draft, name: str, key: str) -> None:
    profile = draft.profile
    trigger = draft.rules.triggers.get(name)
    case = profile.cases.get(name, {}).get(key)
    journey = profile.journeys.get(name, {}).get(key)
    if case is not None and (journey is None or case.due <= journey.due):
        del profile.cases[name][key]
        _tidy(profile.cases, name)
        _fire_case(draft, trigger, name, key, case)
    elif journey is not None:
        del profile.journeys[name][key]
        _tidy(profile.journeys, name)
        _fire_journey(draft, trigger, name, key, journey)


def _fire_case(draft: Draft, trigger: Trigger | None, name: str, key: str, case: Case) -> None:
    if trigger is None or trigger.status == "draft" or trigger.anchor_hash != case.anchor_hash:
        not_met(draft, trigger or _gone(name), case.due, case.anchor, key, _changed_rule("when"))
    else:
        judge(draft, case_match(trigger, key, case))


def _fire_journey(draft: Draft, trigger: Trigger | None, name: str, key: str, journey: Journey) -> None:
    if trigger is None or trigger.status == "draft" or trigger.journey_hash != journey.journey_hash:
        _end(draft, trigger or _gone(name), key, journey, journey.due, _changed_rule("do"))
    else:
        resume(draft, trigger, key, journey)


def _changed_rule(part: str) -> Reason:
    return Reason(
        "anchor", False, f"the rule's `{part}`", saw="changed or removed while open", needed="unchanged"
    )


def _gone(name: str) -> Trigger:
    return Trigger(name, ApiAnchor(), ())


def _end(draft: Draft, trigger: Trigger, key: str, journey: Journey, at: int, reason: Reason) -> None:
    match = Match(journey.at, trigger, key, journey.anchor, reason, journey.case)
    draft.decisions.append(ended(trigger, draft, journey.decision_id, match, journey.step, at, reason))


def _tidy(held: dict[str, dict[str, Case]] | dict[str, dict[str, Journey]], name: str) -> None:
    if name in held and not held[name]:
        del held[name]
