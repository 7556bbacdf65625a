"""A profile being changed: copied once, so that the caller's value never moves, and what came of it so far."""

from __future__ import annotations

from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import structs

from core.engine.asof import AsOf
from core.engine.decision import Action, Conversion, Decision, Reason
from core.engine.profile import LAST_SEQ, Moment, Profile
from core.engine.rule import RuleSet, Trigger
from core.engine.scope import Scope
from core.engine.zone import zone_of_person


class Applied(NamedTuple):
    """The profile afterwards, and the decisions and actions in the order in which they were made.

    ``cancelled`` are the ids of earlier actions that must not leave any more, where they have not left yet;
    ``conversions`` say what a goal event is credited to.
    """

    profile: Profile
    decisions: tuple[Decision, ...]
    actions: tuple[Action, ...]
    cancelled: tuple[str, ...] = ()
    conversions: tuple[Conversion, ...] = ()


class Match(NamedTuple):
    """An anchor that matched: who, when, for which key, and what ``case`` shows of it.

    ``is_released`` tells that it was held before: a burst has ended, or its group is free. ``until`` is then the last
    moment at which it may fire.
    """

    at: int
    trigger: Trigger
    key: str
    anchor: Moment
    reason: Reason
    case: dict[str, Any]
    is_released: bool = False
    until: int | None = None


class Draft:
    """The working copy of one ``apply`` or ``wake``; its values are replaced, never changed in place.

    ``matches`` are still to be judged, but for those ``lost`` since, as what they counted is gone; ``moved`` tells that
    segments and scores may have changed, ``quiet`` that what happens is history and fires nothing.
    """

    def __init__(self, profile: Profile, rules: RuleSet, now: int) -> None:
        self.profile = structs.replace(
            profile,
            identifiers=dict(profile.identifiers),
            traits=dict(profile.traits),
            consent=dict(profile.consent),
            marks=dict(profile.marks),
            timeline=list(profile.timeline),
            cases={name: list(cases) for name, cases in profile.cases.items()},
            journeys={name: dict(journeys) for name, journeys in profile.journeys.items()},
            firings=dict(profile.firings),
            totals=dict(profile.totals),
            members=dict(profile.members),
            above=dict(profile.above),
            dates=dict(profile.dates),
            grouped=dict(profile.grouped),
            held={name: dict(held) for name, held in profile.held.items()},
            bursts=dict(profile.bursts),
            waiting=dict(profile.waiting),
            digests=dict(profile.digests),
        )
        self.rules = rules
        self.now = now
        self.quiet = False
        self.moved = False
        self.matches: list[Match] = []
        self.lost: set[tuple[str, int, int, str]] = set()
        self.decisions: list[Decision] = []
        self.actions: list[Action] = []
        self.cancelled: list[str] = []
        self.conversions: list[Conversion] = []
        self._as_of: AsOf | None = None

    def as_of(self, at: int, seq: int | None = None) -> AsOf:
        """Give the person as of a moment; with ``seq`` before what comes behind that event in order."""
        held = self._as_of
        if held is None or (held.at, held.seq) != (at, seq):
            held = self._as_of = AsOf(self.profile, self.rules, at, seq)
        return held

    def changed(self) -> None:
        """Let the next formula see the person anew."""
        self._as_of = None

    def scope(self, moment: Moment) -> Scope:
        """Give the scope of an event judged at its own time."""
        person = self.as_of(moment.timestamp, moment.seq)
        return Scope(event=moment.data, profile=person.view, now=moment.timestamp, facts=person)

    def match_scope(self, match: Match) -> Scope:
        """Give the scope in which a match is judged, as of its ``at``."""
        is_event = match.at == match.anchor.timestamp and match.anchor.seq != LAST_SEQ
        return self.scope_at(match, match.at, match.anchor.seq if is_event else None)

    def scope_at(self, match: Match, at: int, seq: int | None = None) -> Scope:
        """Give the scope of what follows a match, as of ``at``."""
        person = self.as_of(at, seq)
        data, key = match.anchor.data, match.key or None
        return Scope(event=data, profile=person.view, now=at, case=match.case, key=key, facts=person)

    def zone(self) -> ZoneInfo:
        """Give the person's time zone."""
        return zone_of_person(self.profile)

    def applied(self) -> Applied:
        """Give the result."""
        done = (tuple(self.decisions), tuple(self.actions), tuple(self.cancelled), tuple(self.conversions))
        return Applied(self.profile, *done)
