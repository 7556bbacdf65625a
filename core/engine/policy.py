"""The rules above all triggers, as compiled: caps, quiet hours, groups and the guard. Durations are milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from core.engine.duration import format_duration
from core.engine.formula import Formula
from core.engine.notify import USUAL, Notify
from core.engine.own import USUAL_HOPS


class Message(NamedTuple):
    """What the rules look at of something that reaches a person."""

    channel: str
    purpose: str
    tags: tuple[str, ...] = ()


class Tier(NamedTuple):
    """People of one value to the company: those for whom the formula is true, and that of no tier before it."""

    name: str
    formula: Formula


@dataclass(frozen=True, slots=True)
class MessageCap:
    """At most ``times`` messages to one person; of one channel, tag or purpose, or of any where none is named.

    ``per`` is the length of a rolling window, both ends included, or a calendar unit of the person's zone. Where a
    ``tier`` is named it holds only for those who are in it.
    """

    times: int
    per: int | Literal["day", "week"]
    channel: str = ""
    tag: str = ""
    purpose: str = ""
    over: Literal["drop", "hold"] = "drop"
    tier: str = ""

    def covers(self, message: Message) -> bool:
        """Tell whether a message counts."""
        return (
            (not self.channel or self.channel == message.channel)
            and (not self.tag or self.tag in message.tags)
            and (not self.purpose or self.purpose == message.purpose)
        )

    @property
    def expression(self) -> str:
        """Write what is counted and over which time."""
        what = self.channel or (f"tag {self.tag}" if self.tag else "") or self.purpose or "all messages"
        per = self.per if isinstance(self.per, str) else format_duration(self.per)
        return f"cap {what} {self.times} per {per}" + (f" for tier {self.tier}" if self.tier else "")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From ``begin`` to ``end``, in minutes of the person's day, nobody is written to; where both are one, never.

    ``zones`` are asked in order for where the person is: a formula, ``phone`` or ``country``. What they leave open
    counts in full: it is quiet where it is quiet in any zone that is possible. ``otherwise`` are the zones of whoever
    cannot be placed at all.
    """

    begin: int
    end: int
    zones: tuple[Formula | Literal["phone", "country"], ...] = ("phone", "country")
    otherwise: tuple[ZoneInfo, ...] = ()
    held: Literal["release", "drop"] = "release"


@dataclass(frozen=True, slots=True)
class Group:
    """Of the triggers of a group at most ``times`` fire for one person in any window of length ``per``."""

    times: int
    per: int
    loser: Literal["drop", "hold"] = "drop"


@dataclass(frozen=True, slots=True)
class Guard:
    """A trigger that fires more than ``firings`` times ``per`` this long, for all people together, is paused."""

    firings: int
    per: int


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that stands above the triggers. ``tags`` are those of each message, by its name.

    An event to which more than ``hops`` of our own sends led is an echo.
    """

    caps: tuple[MessageCap, ...] = ()
    quiet: QuietHours | None = None
    groups: Mapping[str, Group] = field(default_factory=dict)
    guard: Guard | None = None
    tiers: tuple[Tier, ...] = ()
    notify: Notify = USUAL
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hops: int = USUAL_HOPS
