"""The engine's two doors: an event comes, or time has passed."""

from __future__ import annotations

from core.engine.anchors import api_match, meet, meet_quietly
from core.engine.consent import state
from core.engine.draft import Applied, Draft, Match
from core.engine.event import Event
from core.engine.journey import ends, leave
from core.engine.judge import judge
from core.engine.profile import (
    TIMELINE_BYTES,
    TIMELINE_LIMIT,
    Mark,
    Moment,
    Profile,
    Trait,
    moment_of,
)
from core.engine.rule import ApiAnchor, RuleSet, Trigger
from core.engine.scope import Scope
from core.engine.settle import settle
from core.engine.timers import run

#: Events larger than this make the byte bound of the timeline worth a look.
_LARGE = TIMELINE_BYTES // TIMELINE_LIMIT


def apply(profile: Profile, event: Event, rules: RuleSet, now: int) -> Applied:
    """Apply one event: timers due before it first, then what it says, then what it sets off.

    History lets no timer fire: those that are due wait for the next event or the clock.
    """
    draft = Draft(profile, rules, now)
    settle(draft)
    if not event.quiet:
        run(draft, event.timestamp, [])
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
    run(draft, now, [])
    return draft.applied()


def next_due(profile: Profile) -> int | None:
    """Give the time from which ``wake`` has something to do."""
    wakes = [case.wake_at for cases in profile.cases.values() for case in cases]
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
        if event.quiet:
            meet_quietly(draft, trigger, moment, scope, late=late)
        elif not isinstance(trigger.when, ApiAnchor):
            matches += meet(draft, trigger, moment, scope, late=late)
    run(draft, 0, matches)


def remember(timeline: list[Moment], moment: Moment) -> list[Moment]:
    """Give the timeline with one more event in its place, the oldest dropped beyond the bounds."""
    grown = [*timeline, moment]
    if timeline and timeline[-1].timestamp > moment.timestamp:
        grown.sort(key=lambda m: (m.timestamp, m.seq))
    grown = grown[-TIMELINE_LIMIT:]
    if len(bytes(moment.raw)) > _LARGE:
        while len(grown) > 1 and sum(len(bytes(m.raw)) for m in grown) > TIMELINE_BYTES:
            grown = grown[1:]
    return grown


def _exit(draft: Draft, trigger: Trigger, moment: Moment, scope: Scope) -> None:
    """End the journeys that this event ends."""
    for key, journey in list(draft.profile.journeys.get(trigger.name, {}).items()):
        if ends(trigger, key, journey, moment, scope):
            leave(draft, trigger, key, journey, moment)
