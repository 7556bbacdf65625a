"""What rules of every kind cost, of which the same ten meet each event, and what segments cost."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.engine import Mismatch
from core.engine import Profile, apply, new_profile
from core.engine.condition import Count, FormulaCondition, Inactive
from core.engine.event import Event, Identifier
from core.engine.formula import compile_formula
from core.engine.measure import Computed, Segment
from core.engine.rule import (
    AbsenceAnchor,
    Act,
    Anchor,
    ChangedAnchor,
    CountAnchor,
    DateAnchor,
    EventAnchor,
    IdentityRules,
    InactiveAnchor,
    Limits,
    Pattern,
    RuleSet,
    ScoreAnchor,
    SegmentAnchor,
    SequenceAnchor,
    SessionAnchor,
    Tally,
    Trigger,
)
from core.engine.value import Literal

SIZES = (10, 100, 1_000)
SEGMENTS = (1, 10, 100)
START, SECOND = 1_700_000_000_000, 1_000
PEOPLE = 50
HOUR = 3_600 * SECOND
VIEW, BUY = Pattern("Product Viewed"), Pattern("Order Completed")

#: These ten look at every event of the load.
MEETING: dict[str, Anchor] = {
    "event": EventAnchor((VIEW, BUY)),
    "changed": ChangedAnchor((VIEW, BUY), compile_formula("properties.category")),
    "count": CountAnchor((VIEW, BUY), at_least=3, within=HOUR, same=compile_formula("properties.category")),
    "sequence": SequenceAnchor(((VIEW, BUY), (VIEW, BUY)), within=HOUR),
    "absence": AbsenceAnchor((VIEW,), (BUY,), within=HOUR, restart=True),
    "inactive": InactiveAnchor(24 * HOUR),
    "session": SessionAnchor(longer_than=60 * SECOND),
    "segment": SegmentAnchor("busy", enters=True),
    "score": ScoreAnchor("interest", above=5, reset_below=2),
    "date": DateAnchor(compile_formula("profile.traits.ends_at")),
}


def rules(size: int, segments: int = 1) -> RuleSet:
    """Make the ten, and for the rest rules of several kinds that name other events; one segment moves in the load."""
    live: dict[str, Any] = {
        "steps": (Act("braze", "track_event", {"name": Literal("Seen")}),),
        "status": "live",
        "limits": Limits(cooldown=HOUR),
    }
    found = [Trigger(name, when, anchor_hash=name, **live) for name, when in MEETING.items()]
    found += [
        Trigger(f"other{n}", other(n), anchor_hash=f"other{n}", **live) for n in range(size - len(found))
    ]
    views = Tally("views", (VIEW, BUY), within=HOUR)
    holding = {f"s{n}": Segment(f"s{n}", segment(n)) for n in range(segments - 1)}
    return RuleSet(
        "1",
        IdentityRules(()),
        {},
        {trigger.name: trigger for trigger in found},
        computed={"views": Computed("views", "count", views)},
        segments={"busy": Segment("busy", Count(views, at_least=3)), **holding},
        scores={"interest": compile_formula("profile.traits.views")},
    )


def other(number: int) -> Anchor:
    """Make an anchor that looks at events that nobody sends."""
    here, there = (Pattern(f"{word} {number}") for word in ("Other", "Another"))
    kinds: tuple[Callable[[], Anchor], ...] = (
        lambda: EventAnchor((here,)),
        lambda: ChangedAnchor((here,), compile_formula("properties.category")),
        lambda: CountAnchor((here,), at_least=3, within=HOUR),
        lambda: SequenceAnchor(((here,), (there,)), within=HOUR),
        lambda: AbsenceAnchor((here,), (there,), within=HOUR),
    )
    return kinds[number % len(kinds)]()


def segment(number: int) -> Any:
    """Make a condition of a person, of one of three kinds."""
    tally = Tally(f"others{number}", (Pattern(f"Other {number}"),), within=HOUR)
    kinds = (
        Count(tally, at_least=1),
        FormulaCondition(compile_formula(f"profile.traits.views > {1_000 + number}")),
        Inactive((number + 1) * 24 * HOUR),
    )
    return kinds[number % len(kinds)]


def events(number: int) -> list[tuple[str, Event]]:
    """Make views of many people, each with an order now and then, some seconds apart."""
    made = []
    for index in range(number):
        person, at = f"u{index % PEOPLE}", START + index * SECOND
        name = "Order Completed" if index // PEOPLE % 5 == 4 else "Product Viewed"
        properties = {"category": f"c{index // PEOPLE % 2}", "price": 40.0}
        event = Event(
            id=f"e{index}",
            seq=index + 1,
            source="web",
            type="track",
            name=name,
            timestamp=at,
            received_at=at,
            data={"type": "track", "event": name, "properties": properties},
            identifiers=(Identifier("user_id", person),),
            traits={"ends_at": "2030-01-01"} if index < PEOPLE else {},
        )
        made.append((person, event))
    return made


def play(rule_set: RuleSet, load: list[tuple[str, Event]]) -> tuple[float, dict[str, int]]:
    """Apply every event once; give the seconds it took, and how often each trigger was decided about."""
    profiles: dict[str, Profile] = {f"u{n}": new_profile(f"u{n}", START) for n in range(PEOPLE)}
    decided: dict[str, int] = {}
    begun = time.perf_counter()
    for person, event in load:
        done = apply(profiles[person], event, rule_set, event.received_at)
        profiles[person] = done.profile
        for decision in done.decisions:
            decided[decision.trigger] = decided.get(decision.trigger, 0) + 1
    return time.perf_counter() - begun, decided


def measure(*, quick: bool = False) -> dict[str, Any]:
    """Measure each number of rules and of segments in turn, several times."""
    load, repeats = events(400 if quick else 5_000), 1 if quick else 5
    by_rules = turns({size: rules(size) for size in SIZES}, load, repeats)
    by_segments = turns({size: rules(len(MEETING), size) for size in SEGMENTS}, load, repeats)
    return {
        "rules": [{"rules": size, **found} for size, found in by_rules.items()],
        "segments": [{"segments": size, **found} for size, found in by_segments.items()],
    }


def turns(sets: dict[int, RuleSet], load: list[tuple[str, Event]], repeats: int) -> dict[int, dict[str, Any]]:
    """Let the rule sets take turns; the ratio to the smallest is taken within a turn."""
    times: dict[int, list[float]] = {size: [] for size in sets}
    decided: dict[int, dict[str, int]] = {}
    for _ in range(repeats):
        for size, rule_set in sets.items():
            seconds, decided[size] = play(rule_set, load)
            times[size].append(seconds)
    check(decided)
    first = times[min(sets)]
    return {
        size: {
            "events": len(load),
            "decisions": sum(decided[size].values()),
            "us_per_event": round(statistics.median(taken) * 1e6 / len(load), 1),
            "ratio": round(statistics.median(a / b for a, b in zip(taken, first, strict=True)), 2),
        }
        for size, taken in times.items()
    }


def check(decided: dict[int, dict[str, int]]) -> None:
    """Refuse a run in which the others changed a decision, or in which one of the ten that need no clock is silent."""
    first = decided[min(decided)]
    if any(found != first for found in decided.values()):
        raise Mismatch(f"the number of rules or segments changed what was decided: {decided}")
    waiting = {"inactive", "date"}
    silent = MEETING.keys() - waiting - first.keys()
    if silent:
        raise Mismatch(f"nothing was decided about {', '.join(sorted(silent))}")


def report(found: dict[str, Any]) -> str:
    """Write the numbers for people."""
    lines = [f"Rules of every kind: each event meets the same {len(MEETING)}"]
    for word in ("rules", "segments"):
        for each in found[word]:
            cost = f"{each['us_per_event']} us an event, {each['ratio']} times the fewest"
            lines.append(f"  {each[word]:>5} {word:<8}  {cost}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(report(measure(quick="--quick" in sys.argv)))
