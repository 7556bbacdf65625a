"""The rules above all triggers as the reference model reads them, and what they say of one message at one moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

from reference.rules import Step, Test, Unit
from reference.zones import period_of, zone_of, zones_of_country, zones_of_name, zones_of_phone

#: Every zone's offset, and every time that stories name, is a whole number of these.
QUARTER = 15 * 60_000
WEEKS = 5 * 7 * 24 * 4


class Sent(NamedTuple):
    """A message whose intent to send was committed: when last, and which."""

    at: int
    number: int
    step: Step


@dataclass(frozen=True)
class MessageCap:
    """At most so many messages to one person, or to one of a tier; of a channel, a tag or a purpose, or of all."""

    times: int
    per: int | Unit
    channel: str = ""
    tag: str = ""
    purpose: str = ""
    hold: bool = False
    tier: str = ""

    def covers(self, step: Step) -> bool:
        """Say whether a message counts."""
        asked = [(self.channel, {step.channel}), (self.tag, {*step.tags}), (self.purpose, {step.purpose})]
        return all(not one or one in has for one, has in asked)


@dataclass(frozen=True)
class Quiet:
    """Quiet hours in minutes of the day; ``zones`` are asked in order, ``otherwise`` is for whom none places."""

    begin: int
    end: int
    zones: tuple[str, ...]
    otherwise: tuple[tzinfo, ...]
    drop: bool = False


@dataclass(frozen=True)
class Group:
    """How many triggers of a group fire for one person in any window, and whether the others are held."""

    times: int
    per: int
    hold: bool = False


@dataclass(frozen=True)
class Policy:
    """Caps, quiet hours and groups, the purposes that are excused from the first two, and tiers with who is in them."""

    caps: tuple[MessageCap, ...] = ()
    quiet: Quiet | None = None
    groups: Mapping[str, Group] = field(default_factory=dict)
    uncapped: frozenset[str] = frozenset()
    unquiet: frozenset[str] = frozenset()
    tiers: tuple[tuple[str, Test], ...] = ()


class Question(NamedTuple):
    """One message that is asked about: to whom what was sent before, where they may be, their own zone and tier."""

    policy: Policy
    step: Step
    sent: Sequence[Sent]
    zone: tzinfo
    places: Sequence[tzinfo]
    tier: str

    def is_full(self, cap: MessageCap, at: int) -> bool:
        """Say whether a cap has no room at a moment."""
        return self.number(cap, at) >= cap.times

    def number(self, cap: MessageCap, at: int) -> int:
        """Count what a cap covers, of the messages that lie near a moment."""
        near = [one.at for one in self.sent if cap.covers(one.step)]
        if isinstance(cap.per, str):
            mine = period_of(at, cap.per, self.zone)
            return sum(period_of(time, cap.per, self.zone) == mine for time in near)
        return sum(abs(time - at) <= cap.per for time in near)

    @property
    def caps(self) -> list[MessageCap]:
        """Give the caps that cover the message."""
        excused = self.step.purpose in self.policy.uncapped
        caps = [cap for cap in self.policy.caps if cap.tier in ("", self.tier)]
        return [] if excused else [cap for cap in caps if cap.covers(self.step)]

    def is_quiet(self, at: int) -> bool:
        """Say whether it is quiet in any zone that is possible."""
        quiet = self.policy.quiet
        if quiet is None or self.step.purpose in self.policy.unquiet:
            return False
        return any(within(quiet, minute_of(at, zone)) for zone in self.places)

    def is_free(self, at: int) -> bool:
        """Say whether every cap has room and it is nowhere quiet."""
        return not self.is_quiet(at) and not any(self.is_full(cap, at) for cap in self.caps)

    def refused(self, at: int) -> bool:
        """Say whether a cap or the night drops the message at once."""
        drops = self.policy.quiet is not None and self.policy.quiet.drop
        full = any(self.is_full(cap, at) for cap in self.caps if not cap.hold)
        return full or (drops and self.is_quiet(at))

    def free_at(self, at: int) -> int | None:
        """Try every moment at which something changes; None where the message is dropped, or never free."""
        return None if self.refused(at) else self.first_free(at)

    def first_free(self, at: int) -> int | None:
        """Try every moment from this one on, whatever the night or a cap drops meanwhile."""
        if self.is_free(at):
            return at
        rooms = {one.at + cap.per + 1 for one in self.sent for cap in self.caps if isinstance(cap.per, int)}
        first = at - at % QUARTER + QUARTER
        moments = {first + QUARTER * number for number in range(WEEKS)} | {t for t in rooms if t > at}
        return next((moment for moment in sorted(moments) if self.is_free(moment)), None)

    def gate(self, at: int) -> str:
        """Name the gate that stops or holds a message; a cap that only holds gives way to a night that drops."""
        full = [cap for cap in self.caps if self.is_full(cap, at)]
        is_night = self.policy.quiet is not None and self.policy.quiet.drop and self.is_quiet(at)
        if is_night and all(cap.hold for cap in full) and self.first_free(at) is not None:
            return "quiet_hours"
        return "caps" if full else "quiet_hours"

    def notice(self, seen: Counter[str], at: int, free: int | None) -> None:
        """Count the boundaries that a question touches."""
        for cap in self.caps:
            near = {abs(one.at - at) for one in self.sent if cap.covers(one.step)}
            kind = cap.per if isinstance(cap.per, str) else "rolling"
            seen[f"{kind} cap with one place left"] += self.number(cap, at) == cap.times - 1
            seen[f"{kind} cap exactly full"] += self.number(cap, at) == cap.times
            seen["cap of a tier exactly full"] += bool(cap.tier) and self.number(cap, at) == cap.times
            seen["asked exactly at the edge of a cap's window"] += cap.per in near
            seen["asked one millisecond behind a cap's window"] += (
                isinstance(cap.per, int) and cap.per + 1 in near
            )
        seen["asked on a leap day"] += is_leap_day(at, self.zone)
        seen["asked exactly at the end of quiet hours"] += self.is_quiet(at - 1) and not self.is_quiet(at)
        seen["asked exactly at the begin of quiet hours"] += self.is_quiet(at) and not self.is_quiet(at - 1)
        seen["quiet in one of many zones"] += len({within_any(self, at, zone) for zone in self.places}) > 1
        seen["whoever cannot be placed"] += (
            self.policy.quiet is not None and self.places == self.policy.quiet.otherwise
        )
        seen["dropped in quiet hours"] += free is None and self.is_quiet(at)
        seen["held by quiet hours"] += free is not None and self.is_quiet(at)
        seen["held by a cap"] += free is not None and any(self.is_full(cap, at) for cap in self.caps)
        if free is not None and free > at:
            shift = offset_of(free, self.places[0]) - offset_of(at, self.places[0])
            seen["held while clocks go forward"] += shift > 0
            seen["held while clocks go back"] += shift < 0


def within(quiet: Quiet, minute: int) -> bool:
    """Say whether a clock that shows this minute of the day stands in quiet hours."""
    if quiet.begin <= quiet.end:
        return quiet.begin <= minute < quiet.end
    return minute >= quiet.begin or minute < quiet.end


def within_any(asked: Question, at: int, zone: tzinfo) -> bool:
    """Say whether it is quiet in one zone."""
    return asked.policy.quiet is not None and within(asked.policy.quiet, minute_of(at, zone))


def places_of(quiet: Quiet | None, traits: Mapping[str, Any], phones: Sequence[str]) -> Sequence[tzinfo]:
    """Give the zones in which a person may be: by the first entry that tells any, else ``otherwise``."""
    if quiet is None:
        return (zone_of(traits, phones),)
    told = {
        "timezone": lambda: zones_of_name(traits.get("timezone")),
        "phone": lambda: next((found for phone in phones if (found := zones_of_phone(phone))), ()),
        "country": lambda: zones_of_country(traits.get("country")),
    }
    return next((found for entry in quiet.zones if (found := told[entry]())), quiet.otherwise)


@lru_cache(maxsize=200_000)
def minute_of(at: int, zone: tzinfo) -> int:
    """Give the minute of the day that a clock shows."""
    local = datetime.fromtimestamp(at // 60_000 * 60, zone)
    return local.hour * 60 + local.minute


def is_leap_day(at: int, zone: tzinfo) -> bool:
    """Say whether a calendar shows the 29th of February."""
    local = datetime.fromtimestamp(at // 1_000, zone)
    return (local.month, local.day) == (2, 29)


def offset_of(at: int, zone: tzinfo) -> float:
    """Give by how much a zone's clock is ahead."""
    shift = datetime.fromtimestamp(at // 1_000, zone).utcoffset()
    return shift.total_seconds() if shift else 0.0
