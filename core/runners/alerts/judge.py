"""What is wrong now: a pure judgement of a small picture of the server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from core.engine.duration import format_duration
from core.engine.instant import iso
from core.engine.notify import DAY, LATE, PAUSED, SILENT, Notify
from core.runners.alerts.rhythm import Outages, Rhythm, Span, silence

#: A source is regular with so many events over so many days of the week before it fell silent.
SOURCE_RHYTHM = Rhythm(look_back=7 * DAY, history=3 * DAY, number=30, pauses=2)

#: A trigger is regular with so many firings over twice its span, within four times its span.
FIRINGS, LOOK_BACK, HISTORY = 10, 4, 2

#: A server that has just started may catch up for so long before it is called late.
SETTLING = 60_000

RESTART = "set it in the environment, then restart: what waits goes out then"


class Finding(NamedTuple):
    """Something that is wrong; one that is not ``sure`` opens no alert, but keeps one open that is."""

    kind: str
    what: str
    name: str
    reason: str = ""
    hint: str = ""
    sure: bool = True

    @property
    def key(self) -> tuple[str, str, str]:
        """Name what is wrong."""
        return self.kind, self.what, self.name


@dataclass(frozen=True, slots=True)
class Lane:
    """How a destination is doing; ``has_answered`` since the start, ``first_due`` is its next delivery's time."""

    name: str
    is_closed: bool = True
    since: int = 0
    reason: str = ""
    needs_operator: bool = False
    missing: Sequence[str] = ()
    has_answered: bool = False
    first_due: int | None = None


@dataclass(frozen=True)
class Picture:
    """Everything the judge looks at. ``lanes`` is empty where nothing is sent at all.

    ``stopped`` says since when all sends are stopped and why, ``paused`` why triggers are. ``timers`` is by how much
    the first timer is overdue, ``delay`` what 99 of 100 decisions of the last minutes were not overdue by.
    """

    now: int
    started_at: int
    lanes: Sequence[Lane] = ()
    stopped: tuple[int, str] | None = None
    paused: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, Sequence[Span]] = field(default_factory=dict)
    triggers: Mapping[str, Sequence[Span]] = field(default_factory=dict)
    outages: Outages = ()
    timers: int = 0
    delay: int = 0


def judge(picture: Picture, notify: Notify) -> list[Finding]:
    """Say what is wrong, at most one thing about each subject of a kind."""
    return [*_paused(picture, notify), *_silent(picture, notify), *_late(picture, notify)]


def _paused(picture: Picture, notify: Notify) -> Iterator[Finding]:
    if picture.stopped:
        since, why = picture.stopped
        reason = f"all sends are stopped since {iso(since)}" + (f": {why}" if why else "")
        yield Finding(PAUSED, "server", "sends", reason, "DELETE /api/stop lets them go on")
    for name, why in sorted(picture.paused.items()):
        hint = f"look why, then DELETE /api/triggers/{name}/pause lets it go on"
        yield Finding(PAUSED, "trigger", name, why, hint)
    for lane in picture.lanes:
        yield from _lane(lane, picture, notify)


def _lane(lane: Lane, picture: Picture, notify: Notify) -> Iterator[Finding]:
    waits = lane.first_due is not None
    if lane.missing:
        if lane.first_due is not None and lane.first_due <= picture.now:
            names = " and ".join(lane.missing)
            reason = f"deliveries wait: {names} {'is' if len(lane.missing) == 1 else 'are'} not set"
            yield Finding(PAUSED, "destination", lane.name, reason, RESTART)
    elif not lane.is_closed:
        is_long = picture.now - lane.since >= notify.paused
        hint = (
            "mend what it says, then restart if that is a setting: deliveries wait and go out then"
            if lane.needs_operator
            else "it is tried again by itself; its deliveries wait"
        )
        sure = lane.needs_operator or is_long
        yield Finding(PAUSED, "destination", lane.name, lane.reason, hint, sure)
    elif waits and not lane.has_answered:
        yield Finding(PAUSED, "destination", lane.name, sure=False)


def _silent(picture: Picture, notify: Notify) -> Iterator[Finding]:
    for name, spans in picture.sources.items():
        quiet = silence(spans, picture.now, notify.source, SOURCE_RHYTHM, picture.outages)
        if quiet:
            reason = f"nothing came for {_rounded(quiet.length)}, the last at {iso(spans[-1].last_at)}"
            hint = (
                "look whether it still sends here, and whether it is answered 2xx: see its page in the docs"
            )
            yield Finding(SILENT, "source", name, reason, hint, quiet.is_unusual)
    rhythm = Rhythm(LOOK_BACK * notify.trigger, HISTORY * notify.trigger, FIRINGS, pauses=1)
    for name, spans in picture.triggers.items():
        quiet = silence(spans, picture.now, notify.trigger, rhythm, picture.outages)
        if quiet and name not in picture.paused:
            reason = (
                f"it has not fired for {_rounded(quiet.length)}, the last time at {iso(spans[-1].last_at)}"
            )
            hint = f"GET /api/triggers/{name} tells by which gate it ends since"
            yield Finding(SILENT, "trigger", name, reason, hint, quiet.is_unusual)


def _late(picture: Picture, notify: Notify) -> Iterator[Finding]:
    sure = picture.now - picture.started_at >= SETTLING
    if picture.timers > notify.late:
        reason = f"timers are overdue by {_rounded(picture.timers)}"
        yield Finding(LATE, "server", "timers", reason, "look at the machine's load and at the log", sure)
    if picture.delay > notify.late:
        reason = f"one in a hundred decisions comes {_rounded(picture.delay)} or more after its time"
        yield Finding(LATE, "server", "decisions", reason, "look at the machine's load and at the log", sure)
    for lane in () if picture.stopped else picture.lanes:
        overdue = picture.now - lane.first_due if lane.first_due is not None else 0
        if lane.is_closed and not lane.missing and overdue > notify.late:
            reason = f"its next delivery is overdue by {_rounded(overdue)}"
            hint = "more is handed over than it takes, or it answers slowly: see GET /api/deliveries"
            yield Finding(LATE, "destination", lane.name, reason, hint, sure)


def _rounded(length: int) -> str:
    """Write a length without what nobody needs to know of it."""
    for unit in (DAY, DAY // 24, 60_000):
        if length >= 2 * unit:
            return format_duration(length - length % unit)
    return format_duration(length - length % 1_000)
