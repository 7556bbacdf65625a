"""Take the picture that the judge looks at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.dispatch import Stop
from core.engine.notify import DAY, Notify
from core.engine.rule import RuleSet
from core.ports import Reader
from core.runners.alerts.judge import LOOK_BACK, Lane, Picture
from core.runners.alerts.rhythm import Outages, Span

#: In the way of a destination that fails, without quoting what it wrote: that may name a person.
FAILS = "several failures in a row"

#: Outcomes that only a destination which works can give.
ANSWERS = ("delivered", "rejected")


@dataclass(frozen=True)
class Camera:
    """Where each part of the picture comes from; without a ``dispatcher`` nothing is sent, and nothing is late."""

    reader: Reader
    dispatcher: Callable[[], Mapping[str, Any]] | None
    timers: Callable[[], int]
    delay: Callable[[int], int]
    stopped: Callable[[], Stop | None]

    def take(self, now: int, started_at: int, rules: RuleSet, away: Outages) -> Picture:
        """Take the picture of now."""
        return Picture(
            now,
            started_at,
            lanes=lanes(self.dispatcher(), self.reader) if self.dispatcher else (),
            stopped=self.stopped(),
            paused=rules.paused,
            sources=sources(rules, self.reader),
            triggers=triggers(rules, self.reader, rules.policy.notify, now),
            outages=away,
            timers=self.timers(),
            delay=self.delay(now),
        )


def lanes(told: Mapping[str, Any], reader: Reader) -> list[Lane]:
    """Read how each destination is doing from what the dispatcher tells."""
    answered = {name for (name, outcome), n in told["attempts_total"].items() if n and outcome in ANSWERS}
    return [
        Lane(
            name,
            is_closed=one["breaker"] == "closed" and not one["needs_operator"],
            since=one["since"] or 0,
            reason=one["paused"] if one["needs_operator"] else FAILS,
            needs_operator=one["needs_operator"],
            missing=one["missing_settings"],
            has_answered=name in answered,
            first_due=reader.first_due(name),
        )
        for name, one in told["destinations"].items()
    ]


def sources(rules: RuleSet, reader: Reader) -> dict[str, Sequence[Span]]:
    """Read when each mapped source brought something."""
    found: dict[str, list[Span]] = defaultdict(list)
    for row in reader.arrivals():
        if row.source in rules.sources:
            found[row.source].append(Span(row.first_at, row.last_at, row.number))
    return dict(found)


def triggers(rules: RuleSet, reader: Reader, notify: Notify, now: int) -> dict[str, Sequence[Span]]:
    """Read when each trigger fired that runs."""
    since = (now - 2 * LOOK_BACK * notify.trigger) // DAY
    found: dict[str, list[Span]] = defaultdict(list)
    for row in reader.firings(since):
        trigger = rules.triggers.get(row.trigger)
        if trigger is not None and trigger.status != "draft":
            found[row.trigger].append(Span(row.day * DAY, row.last_at, row.number))
    return dict(found)
