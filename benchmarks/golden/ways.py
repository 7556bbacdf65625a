"""The ways to make the golden run, which to compare with which, and what was decided when it was last written down."""

from __future__ import annotations

import json
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.golden.outcome import Outcome
from benchmarks.golden.play import embed, rehearse
from benchmarks.golden.weeks import BLOCK, blocks

#: From such a part on the clock is looked at for every event, and messages expire alike too.
EXACT = 10

DIGESTS = Path(__file__).with_name("digests.json")
EVENTS = 200_000


@dataclass(frozen=True)
class Way:
    """One way to let the weeks happen, or their first ``part``; ``most`` is None where they are rehearsed."""

    says: str
    most: int | None = None
    part: int = 1
    reopens: bool = False


#: Each is compared with the rehearsal of the same part; those that take longest come first.
WAYS = (
    Way("requests of up to 1,000, the store opened anew again and again", most=BLOCK, reopens=True),
    Way("rehearsed"),
    Way("requests of up to 60, the first quarter", most=60, part=4),
    Way("rehearsed, the first quarter", part=4),
    Way("requests of one, the first tenth", most=1, part=10),
    Way("rehearsed, the first tenth", part=10),
)


def size_of(events: int) -> int:
    """Tell how many arrivals make a block: of fewer events too there are many blocks."""
    return max(10, events * BLOCK // EVENTS)


def run(way: Way, events: int) -> tuple[Outcome, float]:
    """Let the weeks happen in one of the ways; gives what came of it, and the seconds it took."""
    weeks = blocks(events, size=size_of(events))
    weeks = weeks[: -(-len(weeks) // way.part)]
    begun = time.perf_counter()
    if way.most is None:
        found = rehearse(weeks)
    else:
        with tempfile.TemporaryDirectory() as folder:
            found = embed(weeks, Path(folder) / "data", most=way.most, reopens=way.reopens)
    if way.part < EXACT:
        found.overlook_expiry()
    return found, time.perf_counter() - begun


def stored(events: int) -> dict[str, Any] | None:
    """Give what a run of so many events decided when it was last written down."""
    known: dict[str, Any] = json.loads(DIGESTS.read_text()) if DIGESTS.exists() else {}
    return known.get(str(events))


def write(events: int, digest: dict[str, Any]) -> None:
    """Write down what a run decides, from now on."""
    known = json.loads(DIGESTS.read_text()) if DIGESTS.exists() else {}
    known[str(events)] = digest
    DIGESTS.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")


def changes(old: dict[str, Any] | None, new: dict[str, Any]) -> list[str]:
    """Name what is not as it was written down."""
    if old is None:
        return ["nothing was written down for so many events"]
    return [
        f"{part} {name}: {old[part].get(name)} when written, {new[part].get(name)} now"
        for part in new
        for name in sorted(old[part].keys() | new[part].keys())
        if old[part].get(name) != new[part].get(name)
    ]


def run_all(events: int) -> list[tuple[Way, Outcome, float]]:
    """Make the run in every way, two at a time."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        under_way = [(way, pool.submit(run, way, events)) for way in WAYS]
        return [(way, *future.result()) for way, future in under_way]
