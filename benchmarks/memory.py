"""How large people become: the bytes of a stored profile, and the memory that a decoded one takes."""

from __future__ import annotations

import gc
import resource
import statistics
import sys
from pathlib import Path
from typing import Any

from benchmarks.engine import Mismatch
from benchmarks.golden.play import people
from benchmarks.golden.ways import size_of
from benchmarks.golden.weeks import blocks
from core.engine import decode, encode

EVENTS = 20_000

#: So many profiles are held decoded at once: those of the run, over and over.
HELD = 10_000


def measure(*, quick: bool = False) -> dict[str, Any]:
    """Let the people of the golden run live, then hold many of them."""
    events, held = (1_000, 200) if quick else (EVENTS, HELD)
    found = people(blocks(events, size=size_of(events)))
    states = [encode(profile) for profile in found]
    if any(encode(decode(state)) != state for state in states):
        raise Mismatch("a profile is not what its bytes say")
    return {
        "people": len(states),
        "events_per_person": round(events / len(states), 1),
        "bytes_mean": round(statistics.mean(map(len, states))),
        "bytes_median": round(statistics.median(map(len, states))),
        "bytes_largest": max(map(len, states)),
        "held": held,
        "memory_per_profile": resident(states, held),
    }


def resident(states: list[bytes], number: int) -> int:
    """Tell how much the process grows by each profile that it holds decoded."""
    gc.collect()
    gc.disable()
    try:
        before = memory()
        profiles = [decode(states[place % len(states)]) for place in range(number)]
        return round((memory() - before) / len(profiles))
    finally:
        gc.enable()


def memory() -> int:
    """Give the bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def report(found: dict[str, Any]) -> str:
    """Write the numbers for people."""
    return "\n".join(
        (
            f"Profiles after the golden mix: {found['people']:,} people, {found['events_per_person']} events each",
            f"  stored   {found['bytes_mean']:,} bytes on average, median {found['bytes_median']:,}, "
            f"largest {found['bytes_largest']:,}",
            f"  decoded  {found['memory_per_profile']:,} bytes each, of {found['held']:,} held at once",
        )
    )


if __name__ == "__main__":
    print(report(measure(quick="--quick" in sys.argv)))
