"""How fast the engine alone is with 10, 100 and 1,000 rules of which each event always meets the same two."""

from __future__ import annotations

import statistics
import sys
import time
from typing import Any

from core.engine import Profile, apply, new_profile
from core.engine.condition import FormulaCondition
from core.engine.event import Event, Identifier
from core.engine.formula import compile_formula
from core.engine.rule import Act, CountAnchor, EventAnchor, IdentityRules, Limits, Pattern, RuleSet, Trigger
from core.engine.value import Literal

SIZES = (10, 100, 1_000)
MATCHING = 2
START = 1_700_000_000_000
PEOPLE = 100


class Mismatch(Exception):
    """Refuse to print: the engine did not decide what the load asks for."""


def rules(size: int) -> RuleSet:
    """Make two rules that meet every event, and for the rest rules that name other events."""
    step = Act("braze", "track_event", {"name": Literal("Seen")})
    condition = FormulaCondition(compile_formula("properties.price * properties.quantity > 50"))
    count = CountAnchor((Pattern("Product Viewed"),), at_least=3, within=600_000)
    live: dict[str, Any] = {"steps": (step,), "status": "live", "only_if": condition, "version": "1"}
    found = [
        Trigger(name="met_count", when=count, limits=Limits(cooldown=3_600_000), **live),
        Trigger(
            name="met_event", when=EventAnchor((Pattern("Product Viewed"),)), limits=Limits(once=True), **live
        ),
    ]
    for number in range(size - MATCHING):
        found.append(Trigger(name=f"other{number}", when=EventAnchor((Pattern(f"Other {number}"),)), **live))
    return RuleSet("1", IdentityRules(()), {}, {trigger.name: trigger for trigger in found})


def events(number: int) -> list[tuple[str, Event]]:
    """Make product views of many people, one second apart."""
    made = []
    for index in range(number):
        person, at = f"u{index % PEOPLE}", START + index * 1_000
        data = {"event": "Product Viewed", "properties": {"price": 40.0, "quantity": 2.0, "product_id": "p"}}
        made.append(
            (
                person,
                Event(
                    id=f"e{index}",
                    seq=index + 1,
                    source="segment",
                    type="track",
                    name="Product Viewed",
                    timestamp=at,
                    received_at=at,
                    data=data,
                    identifiers=(Identifier("user_id", person),),
                ),
            )
        )
    return made


def play(rule_set: RuleSet, load: list[tuple[str, Event]]) -> tuple[float, dict[str, int]]:
    """Apply every event once; give the seconds it took and what was decided."""
    profiles: dict[str, Profile] = {
        f"u{number}": new_profile(f"u{number}", START) for number in range(PEOPLE)
    }
    outcomes: dict[str, int] = {}
    begun = time.perf_counter()
    for person, event in load:
        done = apply(profiles[person], event, rule_set, event.received_at)
        profiles[person] = done.profile
        for decision in done.decisions:
            outcomes[decision.outcome] = outcomes.get(decision.outcome, 0) + 1
    return time.perf_counter() - begun, outcomes


def measure(*, quick: bool = False) -> list[dict[str, Any]]:
    """Measure each number of rules in turn, several times."""
    load, repeats = events(500 if quick else 10_000), 1 if quick else 5
    sets = {size: rules(size) for size in SIZES}
    times: dict[int, list[float]] = {size: [] for size in SIZES}
    decided: dict[int, dict[str, int]] = {}
    for _ in range(repeats):
        for size, rule_set in sets.items():
            seconds, decided[size] = play(rule_set, load)
            times[size].append(seconds)
    check(load, decided)
    return [
        {
            "rules": size,
            "events": len(load),
            "decisions": sum(decided[size].values()),
            "events_per_second": round(len(load) / statistics.median(times[size])),
            "us_per_event": round(statistics.median(times[size]) * 1e6 / len(load), 1),
        }
        for size in SIZES
    ]


def check(load: list[tuple[str, Event]], decided: dict[int, dict[str, int]]) -> None:
    """Refuse a run in which the rules did not meet every event, or in which their number changed a decision."""
    first = decided[SIZES[0]]
    if any(outcomes != first for outcomes in decided.values()):
        raise Mismatch(f"the number of rules changed what was decided: {decided}")
    if sum(first.values()) != MATCHING * len(load):
        raise Mismatch(f"{len(load)} events meet {MATCHING} rules each, {sum(first.values())} decisions")
    if first.get("fired", 0) < PEOPLE:
        raise Mismatch(f"each of {PEOPLE} people should have fired at least once: {first}")


def report(found: list[dict[str, Any]]) -> str:
    """Write the numbers for people."""
    lines = [f"Engine alone: each event meets {MATCHING} rules, however many there are"]
    for each in found:
        lines.append(
            f"  {each['rules']:>5} rules  {each['events_per_second']:>8,} events/s  {each['us_per_event']} us an event"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(report(measure(quick="--quick" in sys.argv)))
