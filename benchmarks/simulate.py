"""How fast a month of history is simulated, against a loop that only parses the same lines in the same run."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from benchmarks.month import write
from cuewire.rules import read_rules
from cuewire.simulate.run import Ask, live_through
from cuewire.simulate.version import Version

#: One firing for each order, a reminder for carts that are left, and a count that looks at every view.
TRIGGERS = {
    "ordered": "when: {event: Order Completed}\n",
    "left": (
        "when: {event: Product Added, not_followed_by: Order Completed, within: 15m,"
        " key: =properties.cart_id, sum: =properties.price * properties.quantity}\n"
        "only_if: =case.sum > 50\nlimits: {cooldown: 24h}\n"
    ),
    "interest": "when: {count: {event: Product Viewed, at_least: 3, within: 10m}}\nlimits: {cooldown: 1h}\n",
}

DO = "do: [braze.track_event: {external_id: =profile.id, name: Seen}]\n"


class Mismatch(Exception):
    """Refuse to print: the simulation did not decide what the events ask for."""


class Turn(NamedTuple):
    """One turn: the seconds of each loop, and what came of the simulation."""

    parsing: float
    simulating: float
    outcomes: dict[str, dict[str, int]]


def mappings(folder: Path) -> Path:
    """Write the triggers."""
    (folder / "triggers").mkdir(parents=True)
    for name, text in TRIGGERS.items():
        (folder / "triggers" / f"{name}.yaml").write_text(f"trigger: {name}\nstatus: live\n{text}{DO}")
    return folder


def parse(path: Path) -> tuple[float, dict[str, int]]:
    """Only parse every line; gives the seconds, and how often each event stands there."""
    decode, names = msgspec.json.Decoder().decode, dict[str, int]()
    begun = time.perf_counter()
    with path.open("rb") as file:
        for line in file:
            call = decode(line)
            name = call.get("event", call["type"])
            names[name] = names.get(name, 0) + 1
    return time.perf_counter() - begun, names


def turn(path: Path, folder: Path, number: int) -> Turn:
    """Run both loops once, and check the one by the other."""
    parsing, names = parse(path)
    version = Version(folder, read_rules(folder))
    reading, _ = live_through([path], [version], Ask(is_quiet=True))
    outcomes = {name: dict(found.outcomes) for name, found in version.outcome.findings.items()}
    check(number, reading.statuses["applied"], names, outcomes)
    return Turn(parsing, reading.seconds, outcomes)


def check(number: int, applied: int, names: dict[str, int], outcomes: dict[str, dict[str, int]]) -> None:
    """Refuse a run that lost an event, missed an order, or did not look at every view."""
    if applied != number or sum(names.values()) != number:
        raise Mismatch(f"{number} events, {sum(names.values())} parsed, {applied} applied")
    if outcomes["ordered"] != {"fired": names["Order Completed"]}:
        raise Mismatch(f"{names['Order Completed']} orders, decided {outcomes['ordered']}")
    if sum(outcomes["interest"].values()) != names["Product Viewed"]:
        raise Mismatch(f"{names['Product Viewed']} views, decided {outcomes['interest']}")
    if not outcomes["left"].get("fired"):
        raise Mismatch(f"no cart was left: {outcomes['left']}")


def measure(*, quick: bool = False) -> dict[str, Any]:
    """Simulate a month several times."""
    number, repeats = (2_000, 1) if quick else (100_000, 3)
    with tempfile.TemporaryDirectory(prefix="cuewire-bench-") as name:
        path, folder = Path(name) / "month.jsonl", mappings(Path(name) / "mappings")
        write(path, number)
        turns = [turn(path, folder, number) for _ in range(repeats)]
    if any(each.outcomes != turns[0].outcomes for each in turns):
        raise Mismatch("the same history was decided differently")
    ratios = sorted(each.simulating / each.parsing for each in turns)
    seconds = statistics.median(each.simulating for each in turns)
    return {
        "events": number,
        "seconds": round(seconds, 2),
        "events_per_second": round(number / seconds),
        "parse_us_per_event": round(statistics.median(each.parsing for each in turns) * 1e6 / number, 1),
        "us_per_event": round(seconds * 1e6 / number, 1),
        "ratio": round(statistics.median(ratios), 1),
        "ratios": [round(ratio, 1) for ratio in ratios],
    }


def report(found: dict[str, Any]) -> str:
    """Write the numbers for people."""
    spread = f"{found['ratios'][0]} to {found['ratios'][-1]}"
    return (
        f"Simulation of {found['events']:,} events with {len(TRIGGERS)} triggers: {found['seconds']} s,"
        f" {found['events_per_second']:,} events/s\n"
        f"  {found['us_per_event']} us an event, {found['ratio']} times a loop that only parses"
        f" ({found['parse_us_per_event']} us; {spread})"
    )


if __name__ == "__main__":
    print(report(measure(quick="--quick" in sys.argv)))
