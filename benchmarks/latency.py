"""How long it takes from an event's POST to its delivery's arrival at the destination."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.child import Cuewire, ask, cuewire, serving
from benchmarks.load import talk
from cuewire.demo.server import free_port

PER_SECOND = 40

TRIGGERS = {
    "seen": """
trigger: seen
status: live
when: {event: Product Viewed}
do:
  - braze.track_event: {name: Seen, properties: {tag: =event.messageId}}
"""
}


class Mismatch(Exception):
    """Refuse to print: not everything that was sent arrived, or something arrived twice."""


def measure(*, quick: bool = False) -> dict[str, Any]:
    """Send events one by one at a steady pace and look up in the sandbox when each arrived."""
    number = 40 if quick else 1_000
    with tempfile.TemporaryDirectory(prefix="cuewire-bench-") as name:
        folder, port = Path(name), free_port()
        log = folder / "sandbox.log"
        sandbox = [sys.executable, "-m", "cuewire.sandbox", "--port", str(port)]
        with serving(sandbox, port, log=log), cuewire(folder, TRIGGERS, destinations(log)) as ours:
            sent = send(ours, number)
            arrived = arrivals(port, number)
    return summary(sent, arrived)


def destinations(log: Path) -> dict[str, str]:
    """Read the settings that the sandbox printed for whoever sends to it."""
    lines = [line.strip() for line in log.read_text().splitlines()]
    return dict(line.split("=", 1) for line in lines if line.startswith("CUEWIRE_"))


def send(ours: Cuewire, number: int) -> dict[str, float]:
    """Post events at a steady pace; give the moment at which each was begun."""
    begun: dict[str, float] = {}
    first = time.monotonic()
    for index in range(number):
        time.sleep(max(0.0, first + index / PER_SECOND - time.monotonic()))
        name, now = f"m{index}", time.time()
        body = {
            "type": "track",
            "event": "Product Viewed",
            "messageId": name,
            "userId": f"u{index}",
            "timestamp": datetime.fromtimestamp(now, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
        }
        begun[name] = now
        counts = [0]
        talk(ours.port, "/v1/track", [json.dumps(body).encode()], ours.write_key, counts, 0)
        if counts != [1]:
            raise Mismatch(f"event {name} was refused")
    return begun


def arrivals(port: int, number: int) -> dict[str, list[float]]:
    """Wait until as many arrived as were sent, and a little longer; give the moments for each."""
    deadline = time.monotonic() + 240
    while len(found := received(port)) < number:
        if time.monotonic() > deadline:
            raise Mismatch(f"{number} sent, {len(found)} arrived within four minutes")
        time.sleep(0.1)
    return found


def received(port: int) -> dict[str, list[float]]:
    """Give the moments at which each event came so far; a request brings those of several people at once."""
    found: dict[str, list[float]] = {}
    for entry in ask(port, "/sandbox/requests?vendor=braze").json()["requests"]:
        at = datetime.fromisoformat(entry["at"]).timestamp()
        for event in entry["body"]["events"]:
            found.setdefault(event["properties"]["tag"], []).append(at)
    return found


def summary(sent: dict[str, float], arrived: dict[str, list[float]]) -> dict[str, Any]:
    """Give the percentiles, after checking that each event arrived exactly once."""
    if set(sent) != set(arrived):
        raise Mismatch(
            f"{len(sent)} sent, {len(set(sent) & set(arrived))} of them arrived, {len(arrived)} in all"
        )
    if twice := [name for name, moments in arrived.items() if len(moments) > 1]:
        raise Mismatch(f"arrived more than once: {twice[:5]}")
    spans = sorted((arrived[name][0] - begun) * 1_000 for name, begun in sent.items())
    return {
        "events": len(spans),
        "per_second": PER_SECOND,
        "p50_ms": round(spans[len(spans) // 2], 1),
        "p99_ms": round(spans[min(len(spans) - 1, len(spans) * 99 // 100)], 1),
        "max_ms": round(spans[-1], 1),
    }


def report(found: dict[str, Any]) -> str:
    """Write the numbers for people."""
    return (
        f"Latency from an event's POST to its delivery's arrival, {found['events']} events at {found['per_second']}/s\n"
        f"  p50 {found['p50_ms']} ms, p99 {found['p99_ms']} ms, slowest {found['max_ms']} ms"
    )


if __name__ == "__main__":
    print(report(measure(quick="--quick" in sys.argv)))
