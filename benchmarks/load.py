"""The load: processes with threads, each with one connection that it keeps, bounded in calls and in time."""

from __future__ import annotations

import base64
import http.client
import multiprocessing
import threading
import time
from dataclasses import dataclass
from typing import Any

#: Seconds after which a run is given up.
LONGEST = 120.0

PROCESSES, CONNECTIONS = 2, 8


@dataclass(frozen=True)
class Sent:
    """What a run of calls came to."""

    calls: int
    accepted: int
    seconds: float

    @property
    def rate(self) -> float:
        """Give the calls per second."""
        return self.calls / self.seconds


def run(port: int, path: str, bodies: list[bytes], *, write_key: str) -> Sent:
    """Send every body once, from several processes, and time it from the first to the last answer."""
    context = multiprocessing.get_context("spawn")
    ready, start = context.Semaphore(0), context.Event()
    results = context.Queue()
    shares = [bodies[number::PROCESSES] for number in range(PROCESSES)]
    workers = [
        context.Process(target=work, args=(port, path, share, write_key, ready, start, results))
        for share in shares
    ]
    for worker in workers:
        worker.start()
    for _ in workers:
        if not ready.acquire(timeout=60):
            raise TimeoutError("a load process did not start")
    begun = time.perf_counter()
    start.set()
    accepted = sum(results.get(timeout=LONGEST + 30) for _ in workers)
    seconds = time.perf_counter() - begun
    for worker in workers:
        worker.join(timeout=30)
    return Sent(len(bodies), accepted, seconds)


def work(
    port: int, path: str, bodies: list[bytes], write_key: str, ready: Any, start: Any, results: Any
) -> None:
    """Send one process's share over its connections; report how many were accepted."""
    counts = [0] * CONNECTIONS
    threads = [
        threading.Thread(
            target=talk, args=(port, path, bodies[number::CONNECTIONS], write_key, counts, number)
        )
        for number in range(CONNECTIONS)
    ]
    ready.release()
    start.wait()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put(sum(counts))


def talk(port: int, path: str, bodies: list[bytes], write_key: str, counts: list[int], number: int) -> None:
    """Send bodies one after the other over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    credentials = base64.b64encode(f"{write_key}:".encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {credentials}"}
    deadline = time.monotonic() + LONGEST
    for body in bodies:
        if time.monotonic() > deadline:
            break
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        answer.read()
        counts[number] += 200 <= answer.status < 300
    connection.close()
