"""The engine's two doors: an event comes, or time has passed."""

from __future__ import annotations

from core.engine.anchors import api_match, meet
from core.engine.consent import state
from core.engine.conversion import convert
from core.engine.dates import follow_dates
from core.engine.digests import leave_digests
from core.engine.draft import Applied, Draft
from core.engine.event import Event
from core.engine.exits import ends, leave, leave_held
from core.engine.fill import ready
from core.engine.gathering import gather
from core.engine.profile import (
    TIMELINE_BYTES,
    TIMELINE_LIMIT,
    Mark,
    Moment,
    Profile,
    Trait,
    moment_of,
)
from core.engine.rule import RuleSet, Trigger
from core.engine.scope import Scope
from core.engine.settle import settle
from core.engine.timers import expand, next_timer, run
from core.engine.when import ACTIVITY_TYPES

#: Events larger than this make the byte bound of the timeline worth a look.
_LARGE = TIMELINE_BYTES // TIMELINE_LIMIT


def apply(profile: Profile, event: Event, rules: RuleSet, now: int) -> Applied:
    """Apply one event: timers due before it first, then what it says, then what it sets off.

    History lets no timer fire: those that are due wait for the next event or the clock.
    """
    draft = Draft(profile, rules, now)
    ready(draft)
    settle(draft)
    if not event.quiet:
        run(draft, event.timestamp)
    draft.quiet = event.quiet
    _absorb(draft, event)
    # What time alone has changed by the moment of an import is history too: it is judged with it, in silence.
    if event.quiet or (draft.profile.recheck is not None and draft.profile.recheck <= event.timestamp):
        draft.moved = True
    if draft.moved or _concerns(event, rules):
        _happen(draft, event, moment_of(event))
    draft.profile.clock = max(draft.profile.clock, event.timestamp)
    return draft.applied()


def wake(profile: Profile, now: int, rules: RuleSet) -> Applied:
    """Drain the timers that are due; without any the profile comes back as it was."""
    due = next_timer(profile)
    if due is None or due > now:
        return Applied(profile, (), ())
    draft = Draft(profile, rules, now)
    ready(draft)
    settle(draft)
    run(draft, now)
    return draft.applied()


def next_due(profile: Profile) -> int | None:
    """Give the time from which ``wake`` has something to do."""
    return next_timer(profile)


def _concerns(event: Event, rules: RuleSet) -> bool:
    """Tell whether anything looks at an event; most that a site sends are of no concern to any rule."""
    is_active = event.type in ACTIVITY_TYPES and bool(rules.by_activity)
    is_named = event.name in rules.by_event or event.name in rules.tallies or event.name in rules.by_goal
    return is_named or is_active or bool(event.trigger)


def _happen(draft: Draft, event: Event, moment: Moment) -> None:
    """Let an event act on whatever looks at it, and judge what comes of it."""
    _count(draft, moment, event)
    if event.trigger:
        _call(draft, event.trigger, moment)
    else:
        if event.name in draft.rules.by_goal and not event.quiet:
            convert(draft, moment, draft.scope(moment))
        _meet_all(draft, moment, event)
    if draft.rules.by_date:
        follow_dates(draft, moment)
    expand(draft, max(event.timestamp, draft.now) if event.quiet else event.timestamp, moment)
    if event.quiet:
        draft.matches.clear()
    run(draft, 0)


def _absorb(draft: Draft, event: Event) -> None:
    """Take over what an event says of the person."""
    profile = draft.profile
    for namespace, value in event.identifiers:
        held = profile.identifiers.get(namespace, {})
        if value not in held:
            profile.identifiers[namespace] = {**held, value: Mark(event.timestamp, event.seq)}
            draft.moved = True
    for name, value in event.traits.items():
        trait = Trait(value, event.timestamp, event.seq, event.source)
        held_trait = profile.traits.get(name)
        is_first = held_trait is None and value is not None
        if is_first or (held_trait is not None and (trait.at, trait.seq) >= (held_trait.at, held_trait.seq)):
            profile.traits[name] = trait
            draft.moved = True
    for statement in event.consent:
        state(statement, profile, event.timestamp, event.source)
        draft.moved = True
    profile.first_seen = min(profile.first_seen, event.timestamp)
    profile.last_seen = max(profile.last_seen, event.timestamp)
    if event.type in ACTIVITY_TYPES:
        profile.last_active = max(profile.last_active or 0, event.timestamp)
        draft.moved = draft.moved or bool(draft.rules.watched.pauses)
    draft.changed()


def _count(draft: Draft, moment: Moment, event: Event) -> None:
    """Let an event be counted, before anything asks for a count."""
    if event.name in draft.rules.tallies:
        person = draft.as_of(event.timestamp, event.seq)
        gather(draft, moment, Scope(event=event.data, profile=person.view, now=event.timestamp, facts=person))


def _call(draft: Draft, name: str, moment: Moment) -> None:
    """Take the anchor of the trigger that the API names as met."""
    trigger = draft.rules.triggers.get(name)
    if trigger is not None and trigger.status != "draft":
        draft.matches.append(api_match(trigger, moment, draft.scope(moment)))


def _meet_all(draft: Draft, moment: Moment, event: Event) -> None:
    """Let an event act on every trigger that looks at it."""
    profile, rules = draft.profile, draft.rules
    is_activity = event.type in ACTIVITY_TYPES
    triggers = rules.meeting(event.name, is_activity=is_activity)
    if not triggers:
        return
    late = event.timestamp < profile.clock or event.timestamp <= profile.drained
    if event.name in rules.remembered:
        profile.timeline = remember(profile.timeline, moment)
    person = draft.as_of(event.timestamp, event.seq)
    scope = Scope(event=event.data, profile=person.view, now=event.timestamp, facts=person)
    for trigger in triggers:
        _exit(draft, trigger, moment, scope)
        meet(draft, trigger, moment, scope, late=late)


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
    """End the journeys, and what is held of this trigger, that this event ends."""
    journeys = draft.profile.journeys.get(trigger.name, {})
    for key in sorted(journeys):
        journey = journeys[key]
        if ends(trigger, key, journey, moment, scope):
            leave(draft, trigger, key, journey, moment)
    if trigger.name in draft.profile.held or trigger.name in draft.profile.waiting:
        leave_held(draft, trigger, moment, scope)
    leave_digests(draft, trigger, moment, scope)
