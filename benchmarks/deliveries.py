"""How fast deliveries leave, against the bare calls in the same run, and beside a destination that is dead."""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from benchmarks import sdk
from benchmarks.child import ask, serving
from benchmarks.delivering import AT_A_TIME, Cost, Mismatch, cost, destination, hand_over, quiet, row
from benchmarks.latency import destinations
from cuewire.demo.server import free_port

TURNS = 3


def measure(*, quick: bool = False) -> dict[str, Any]:
    """Let bare calls and deliveries take turns against one sandbox; what arrived is read back."""
    number = 60 if quick else 1_000
    with tempfile.TemporaryDirectory(prefix="cuewire-bench-") as name:
        folder, port = Path(name), free_port()
        log = folder / "sandbox.log"
        sandbox = [sys.executable, "-m", "cuewire.sandbox", "--port", str(port)]
        with serving(sandbox, port, log=log), quiet():
            settings = destinations(log)
            turns = [turn(folder / str(index), settings, index, number) for index in range(TURNS + 1)]
            refuse_lost(port, [f"{kind}{i}" for i in range(TURNS + 1) for kind in ("b", "o", "d")], number)
            beside_sdks = sdk.compare(folder, settings, port, quick=quick)
    return {**summary(turns[1:], number), "sdks": beside_sdks}  # the first turn warms up


def turn(folder: Path, settings: Mapping[str, str], index: int, number: int) -> tuple[Cost, Cost, Cost]:
    """Take one turn of each: bare calls, deliveries, and deliveries beside a dead destination."""
    bare = call(settings, [event(f"b{index}-{i}") for i in range(number)])
    ours = deliver(folder / "ours", settings, [f"o{index}-{i}" for i in range(number)])
    beside = deliver(folder / "beside", settings, [f"d{index}-{i}" for i in range(number)], is_beside=True)
    return bare, ours, beside


def event(tag: str) -> dict[str, Any]:
    """Give the body that a delivery comes to."""
    at = "2027-01-15T08:00:00.000Z"
    return {"events": [{"external_id": tag, "name": "Seen", "time": at, "properties": {"tag": tag}}]}


def call(settings: Mapping[str, str], bodies: list[dict[str, Any]]) -> Cost:
    """Post bodies by ``requests`` alone, as many at a time as a lane would."""
    address = settings["CUEWIRE_BRAZE_BASE_URL"] + "/users/track"
    with requests.Session() as session, ThreadPoolExecutor(AT_A_TIME) as pool:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {settings['CUEWIRE_BRAZE_API_KEY']}"

        def post(body: dict[str, Any]) -> None:
            session.post(address, json=body, timeout=30).raise_for_status()

        with cost() as found:
            list(pool.map(post, bodies))
    return found[0]


def deliver(folder: Path, settings: Mapping[str, str], tags: list[str], *, is_beside: bool = False) -> Cost:
    """Let deliveries leave that are due, beside a dead destination for which twice as many wait, or alone."""
    there, waiting = [destination("braze", "braze", settings)], []
    if is_beside:
        nowhere = {"CUEWIRE_DEAD_API_KEY": "x", "CUEWIRE_DEAD_BASE_URL": f"http://127.0.0.1:{free_port()}"}
        there.append(destination("dead", "braze", nowhere))
        waiting = [row(f"dead-{i}", "dead", "track_event", fields(f"dead-{i}")) for i in range(2 * len(tags))]
    return hand_over(folder, there, [row(tag, "braze", "track_event", fields(tag)) for tag in tags], waiting)


def fields(tag: str) -> dict[str, Any]:
    """Give what a delivery says."""
    return {"external_id": tag, "name": "Seen", "properties": {"tag": tag}}


def refuse_lost(port: int, prefixes: list[str], number: int) -> None:
    """Refuse unless each of the events arrived, and once."""
    entries = ask(port, "/sandbox/requests?vendor=braze").json()["requests"]
    found = Counter(one["properties"]["tag"] for entry in entries for one in entry["body"]["events"])
    wanted = {f"{prefix}-{i}" for prefix in prefixes for i in range(number)}
    if set(found) != wanted or found.total() != len(wanted):
        raise Mismatch(
            f"{len(wanted)} sent, {len(wanted & set(found))} of them arrived, {found.total()} in all"
        )


def summary(turns: list[tuple[Cost, Cost, Cost]], number: int) -> dict[str, Any]:
    """Give the medians over the turns; what is compared is compared within a turn."""

    def median(values: list[float]) -> float:
        return round(statistics.median(values), 2)

    return {
        "deliveries": number,
        "at_a_time": AT_A_TIME,
        "bare_per_second": median([number / bare.seconds for bare, _, _ in turns]),
        "per_second": median([number / ours.seconds for _, ours, _ in turns]),
        "beside_dead_per_second": median([number / beside.seconds for _, _, beside in turns]),
        "overhead_ms": median([(ours.seconds - bare.seconds) / number * 1_000 for bare, ours, _ in turns]),
        "processor_ms": median([ours.processor / number * 1_000 for _, ours, _ in turns]),
        "bare_processor_ms": median([bare.processor / number * 1_000 for bare, _, _ in turns]),
        "beside_ratio": median([beside.seconds / ours.seconds for _, ours, beside in turns]),
    }


def report(found: dict[str, Any]) -> str:
    """Write the numbers for people."""
    return (
        f"Deliveries into the sandbox, {found['deliveries']} a turn, {found['at_a_time']} at a time\n"
        f"  {found['per_second']}/s, bare calls {found['bare_per_second']}/s: "
        f"{found['overhead_ms']} ms more a delivery\n"
        f"  processor time {found['processor_ms']} ms a delivery, {found['bare_processor_ms']} ms a bare call\n"
        f"  beside a dead destination with twice as many waiting: {found['beside_dead_per_second']}/s, "
        f"{found['beside_ratio']} of the time\n" + "\n".join(map(sdk.line, found["sdks"]))
    )


if __name__ == "__main__":
    print(report(measure(quick="--quick" in sys.argv)))
