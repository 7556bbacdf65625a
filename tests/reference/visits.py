"""Time spent: sessions, visits, and stays on a page; worked out from a whole history, each source on its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from reference.history import Happening, Match, at_event, is_one_of, key_of
from reference.rules import Named, Rule

GAP = 30 * 60_000
ENTER, LEAVE = ("Page Viewed", "Screen Viewed"), ("Page Left", "Screen Left")
BEAT = ("Page Heartbeat", "Screen Heartbeat")

Seen = Counter[str]


def sessions(history: list[Happening], seen: Seen) -> list[list[Happening]]:
    """Split each source's activity where more than 30 minutes lie between two events."""
    found: list[list[Happening]] = []
    running: dict[str, list[Happening]] = {}
    for event in history:
        if not event.is_activity:
            continue
        session = running.get(event.source)
        if session is None or event.timestamp - session[-1].timestamp > GAP:
            session = running[event.source] = []
            found.append(session)
        else:
            seen["visit gap exactly 30 minutes"] += event.timestamp - session[-1].timestamp == GAP
        session.append(event)
    return found


def session_matches(rule: Rule, history: list[Happening], seen: Seen) -> list[Match]:
    """Match where a session grows longer than ``longer_than``, or at the visit that makes enough of them."""
    if rule.visits:
        return visit_matches(rule, history, seen)
    found = []
    for session in sessions(history, seen):
        start = session[0].timestamp
        seen["session exactly as long"] += any(e.timestamp - start == rule.longer_than for e in session)
        longer = [event for event in session if event.timestamp - start > rule.longer_than]
        found += [at_event(rule, event) for event in longer[:1]]
    return found


def visit_matches(rule: Rule, history: list[Happening], seen: Seen) -> list[Match]:
    """Match at each visit that takes their number in its window from below ``visits`` to it."""
    visits = sorted((session[0] for session in sessions(history, seen)), key=lambda event: event.place)
    found = []
    for index, event in enumerate(visits):
        window = [v for v in visits[: index + 1] if event.timestamp - rule.within <= v.timestamp]
        if len(window) - 1 < rule.visits <= len(window):
            found.append(at_event(rule, event))
            seen["visits of two sources reached"] += len({visit.source for visit in window}) > 1
    return found


@dataclass(frozen=True)
class Stay:
    """A stay on a page: the event that entered, since when it counts, its last event, and whether it matched."""

    entered: Happening
    page: str | None
    since: int
    last: int
    matched: bool = False


def page_of(event: Happening) -> str | None:
    """Name the page of an event."""
    return event.page or event.properties.get("path") or event.properties.get("url") or event.title or None


def dwell_matches(rule: Rule, history: list[Happening], seen: Seen) -> list[Match]:
    """Match where a stay, or a page's own measurement, proves to be longer than ``longer_than``."""
    walk = measured_matches if rule.seconds else stay_matches
    sources = sorted({event.source for event in history})
    events = [[event for event in history if event.source == source] for source in sources]
    return [match for mine in events for match in walk(rule, mine, seen)]


def stay_matches(rule: Rule, events: list[Happening], seen: Seen) -> list[Match]:
    """Walk the stays of one source."""
    stay: Stay | None = None
    entered_last: str | None = None
    found: list[Match] = []
    for event in events:
        page = page_of(event) or entered_last
        if event.name in ENTER:
            found += proved(rule, stay, event, seen)
            entered_last = page_of(event)
            begins = is_one_of((Named(event.name, rule.where),), event)
            stay = Stay(event, entered_last, event.timestamp, event.timestamp) if begins else None
        elif event.name in LEAVE and stay and page == stay.page:
            found += proved(rule, stay, event, seen)
            stay = None
        elif event.name in BEAT and stay and page == stay.page:
            if event.timestamp - stay.last > GAP:
                seen["heartbeat begins a stay anew"] += 1
                stay = replace(stay, since=event.timestamp, matched=False)
            new = proved(rule, stay, event, seen)
            found += new
            stay = replace(stay, last=event.timestamp, matched=stay.matched or bool(new))
    return found


def proved(rule: Rule, stay: Stay | None, event: Happening, seen: Seen) -> list[Match]:
    """Match where an event is the first of a stay that proves enough; the key is the entering event's."""
    if stay is None or stay.matched:
        return []
    if event.name in ENTER and event.timestamp - stay.last > GAP:
        seen["lost leave"] += 1
        return []
    seen["heartbeat gap exactly 30 minutes"] += event.timestamp - stay.last == GAP
    seen["stay exactly as long"] += event.timestamp - stay.since == rule.longer_than
    if event.timestamp - stay.since <= rule.longer_than:
        return []
    return [Match(event.timestamp, rule.name, key_of(rule, stay.entered), event, event.id)]


def measured_matches(rule: Rule, events: list[Happening], seen: Seen) -> list[Match]:
    """Match at a measurement that is long enough where the one before it of its page was not, or was larger."""
    entered_last: str | None = None
    before: dict[str | None, float] = {}
    found = []
    for event in events:
        page = page_of(event) or entered_last
        entered_last = page if event.name in ENTER else entered_last
        seconds = event.properties.get(rule.seconds)
        is_page = event.name in ENTER + LEAVE + BEAT
        if (
            not is_page
            or not isinstance(seconds, float)
            or not is_one_of((Named(event.name, rule.where),), event)
        ):
            continue
        long, last = seconds * 1_000, before.get(page, 0.0)
        seen["measured anew after an earlier stay"] += last > long > rule.longer_than
        if long > rule.longer_than and (last <= rule.longer_than or last > long):
            found.append(at_event(rule, event))
        before[page] = long
    return found
