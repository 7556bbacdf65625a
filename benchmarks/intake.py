"""How fast events are taken in, judged and durably stored, against a Flask no-op in the same server and run."""

from __future__ import annotations

import json
import secrets
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.child import Cuewire, cpu_seconds, cuewire, serving
from benchmarks.load import Sent, run
from cuewire.demo.server import free_port

BATCH = 100
VIEWS = 3

#: Three views within ten minutes fire once; every person of the load views exactly three products.
TRIGGERS = {
    "interest": """
trigger: interest
status: live
when: {count: {event: Product Viewed, at_least: 3, within: 10m}}
only_if: =properties.price * properties.quantity > 10
limits: {cooldown: 1h}
do:
  - braze.track_event: {name: Interest, properties: {last: =properties.product_id}}
"""
}


class Mismatch(Exception):
    """Refuse to print: what was stored or decided is not what was sent."""


@dataclass(frozen=True)
class Measured:
    """One shape of load, measured on both servers."""

    name: str
    events: int
    rounds: list[tuple[Sent, Sent]]
    cpu: list[tuple[float, float]]

    def as_json(self) -> dict[str, Any]:
        """Give the medians over the rounds, and how far the ratios spread."""
        ratios = [ours.rate / noop.rate for noop, ours in self.rounds]
        per_call = self.events / self.rounds[0][1].calls
        rate = statistics.median(ours.rate for _, ours in self.rounds)
        return {
            "name": self.name,
            "events": self.events * len(self.rounds),
            "events_per_second": round(rate * per_call),
            "ratio": round(statistics.median(ratios), 3),
            "ratios": [round(ratio, 3) for ratio in ratios],
            "noop_cpu_us_per_event": round(
                statistics.median(noop for noop, _ in self.cpu) * 1e6 / self.events, 1
            ),
            "cpu_us_per_event": round(statistics.median(ours for _, ours in self.cpu) * 1e6 / self.events, 1),
        }


def measure(*, quick: bool = False) -> list[dict[str, Any]]:
    """Measure single calls and batches of 100, no-op and Cuewire in turn."""
    rounds = 1 if quick else 5
    with tempfile.TemporaryDirectory(prefix="cuewire-bench-") as name:
        folder, port = Path(name), free_port()
        noop_command = [sys.executable, "-m", "benchmarks.noop", str(port)]
        with serving(noop_command, port, log=folder / "noop.log") as noop, cuewire(folder, TRIGGERS) as ours:
            shapes = [
                ("single", 300 if quick else 3_000, 1),
                ("batch of 100", 600 if quick else 30_000, BATCH),
            ]
            found = []
            for shape, events, size in shapes:
                take_turns(
                    port, noop, ours, events=events // 2, size=size, rounds=1
                )  # warms both up, not counted
                found.append(
                    Measured(
                        shape, events, *take_turns(port, noop, ours, events=events, size=size, rounds=rounds)
                    )
                )
            return [each.as_json() for each in found]


def take_turns(
    port: int, noop: int, ours: Cuewire, *, events: int, size: int, rounds: int
) -> tuple[list[tuple[Sent, Sent]], list[tuple[float, float]]]:
    """Send the same bodies to both in turn and check what Cuewire made of them."""
    sent, cpu = [], []
    path = "/v1/track" if size == 1 else "/v1/batch"
    for _ in range(rounds):
        calls = made_calls(events)
        bodies = written(calls, size)
        before = counts(ours)
        marks = [cpu_seconds(noop), cpu_seconds(ours.group)]
        pair = (
            run(port, path, bodies, write_key=ours.write_key),
            run(ours.port, path, bodies, write_key=ours.write_key),
        )
        check(ours, calls, before=before, sent=pair)
        sent.append(pair)
        cpu.append((cpu_seconds(noop) - marks[0], cpu_seconds(ours.group) - marks[1]))
    return sent, cpu


def made_calls(events: int) -> list[dict[str, Any]]:
    """Make product views, three for each person; each round brings new people."""
    run_id, now = (
        secrets.token_hex(4),
        datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )
    assert events % VIEWS == 0, "every person views three products"
    return [
        {
            "type": "track",
            "event": "Product Viewed",
            "messageId": f"{run_id}-{number}",
            "userId": f"{run_id}-u{number % (events // VIEWS)}",
            "timestamp": now,
            "properties": {"product_id": f"p{number % 50}", "name": "Tent", "price": 40, "quantity": 2},
            "context": {"library": {"name": "bench", "version": "1"}, "ip": "203.0.113.7", "locale": "de-DE"},
        }
        for number in range(events)
    ]


def written(calls: list[dict[str, Any]], size: int) -> list[bytes]:
    """Write calls as bodies."""
    if size == 1:
        return [json.dumps(call).encode() for call in calls]
    chunks = [calls[start : start + size] for start in range(0, len(calls), size)]
    return [json.dumps({"batch": chunk}).encode() for chunk in chunks]


def counts(ours: Cuewire) -> dict[str, int]:
    """Count what the store holds."""
    with closing(sqlite3.connect(f"file:{ours.database}?mode=ro", uri=True)) as db:
        fired, deliveries = (
            "SELECT count(*) FROM decisions WHERE outcome = 'fired'",
            "SELECT count(*) FROM deliveries",
        )
        return {"fired": db.execute(fired).fetchone()[0], "deliveries": db.execute(deliveries).fetchone()[0]}


def check(
    ours: Cuewire, calls: list[dict[str, Any]], *, before: dict[str, int], sent: tuple[Sent, Sent]
) -> None:
    """Refuse a run of which anything was lost, doubled or not decided."""
    for each in sent:
        if each.accepted != each.calls:
            raise Mismatch(f"{each.calls} calls, of which {each.accepted} were accepted")
    ids = [call["messageId"] for call in calls]
    with closing(sqlite3.connect(f"file:{ours.database}?mode=ro", uri=True)) as db:
        query = "SELECT count(*), count(DISTINCT id) FROM events WHERE status = 'applied' AND id LIKE ?"
        stored = db.execute(query, (f"{ids[0].partition('-')[0]}-%",)).fetchone()
    if stored != (len(ids), len(ids)):
        raise Mismatch(f"{len(ids)} events sent, {stored[0]} stored, {stored[1]} of them different")
    people, after = len(calls) // VIEWS, counts(ours)
    for what in ("fired", "deliveries"):
        if after[what] - before[what] != people:
            raise Mismatch(f"{people} people viewed three products, {after[what] - before[what]} {what}")


def report(found: list[dict[str, Any]]) -> str:
    """Write the numbers for people."""
    lines = ["Intake: events taken in, judged and durably stored, against a Flask no-op in the same server"]
    for each in found:
        spread = f"{min(each['ratios']):.2f} to {max(each['ratios']):.2f}"
        cost = f"{each['cpu_us_per_event']} us CPU an event (no-op {each['noop_cpu_us_per_event']})"
        rate = f"{each['events_per_second']:,} events/s"
        lines.append(f"  {each['name']:<13} {each['ratio']:.2f} of the no-op ({spread}), {rate}, {cost}")
    return "\n".join(lines)


if __name__ == "__main__":
    started = time.perf_counter()
    print(report(measure(quick="--quick" in sys.argv)))
    print(f"  {time.perf_counter() - started:.0f} s")
