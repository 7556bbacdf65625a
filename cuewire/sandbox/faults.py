"""Faults on request: what the next matching requests will suffer, in the order in which it was asked."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

Drop = Literal["", "before", "after"]


class RateLimit(Struct, frozen=True, forbid_unknown_fields=True):
    """Answer as the vendor does when called too often; it names the moment, or the ``policy``, that was hit."""

    policy: Literal["TEN_SECONDLY_ROLLING", "SECONDLY", "DAILY"] = "TEN_SECONDLY_ROLLING"
    reset_in_s: Annotated[float, Meta(ge=0, le=86_400)] = 1.0

    def reset_at(self) -> int:
        """Give that moment in whole epoch seconds, never earlier than was asked."""
        return math.ceil(time.time() + self.reset_in_s)


class Fault(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One fault for the next ``times`` requests that match ``vendor``, ``method`` and ``path``.

    ``path`` is the vendor's own path and may hold ``*``. ``status``, ``headers`` and ``body`` replace the
    answer and nothing takes effect. ``delay_ms`` holds the answer back after the effect. ``drop`` closes the
    connection without an answer, before or after the effect.
    """

    vendor: Literal[
        "twilio",
        "braze",
        "hubspot",
        "salesforce",
        "sendgrid",
        "segment_out",
        "webhook",
        "slack",
        "zapier",
        "make",
        "marketo",
        "mailchimp",
        "customerio",
        "mixpanel",
        "amplitude",
    ]
    path: str = ""
    method: str = ""
    status: Annotated[int, Meta(ge=200, le=599)] | None = None
    headers: dict[str, str] = {}
    body: Any = None
    delay_ms: Annotated[int, Meta(ge=0, le=60_000)] = 0
    drop: Drop = ""
    rate_limit: RateLimit | None = None
    times: Annotated[int, Meta(ge=1, le=1_000_000)] = 1

    def matches(self, vendor: str, method: str, path: str) -> bool:
        """Say whether this fault is for such a request."""
        return (
            self.vendor == vendor
            and self.method.upper() in ("", method)
            and (not self.path or fnmatchcase(path, self.path))
        )

    @property
    def kind(self) -> str:
        """Name what it does, as the counters call it."""
        if self.drop:
            return f"drop_{self.drop}"
        if self.rate_limit:
            return "rate_limit"
        return "status" if self.status else "delay"


def read_fault(body: bytes) -> Fault:
    """Read a fault from JSON; msgspec's errors name the field."""
    fault = msgspec.json.decode(body, type=Fault)
    if not (fault.drop or fault.rate_limit or fault.status or fault.delay_ms):
        raise msgspec.ValidationError("a fault needs one of `status`, `delay_ms`, `drop`, `rate_limit`")
    return fault


class Faults:
    """The queue of faults and the count of those that were injected."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: list[Fault] = []
        self._injected: Counter[tuple[str, str]] = Counter()

    def add(self, fault: Fault) -> None:
        """Queue a fault behind those already asked for."""
        with self._lock:
            self._queue.append(fault)

    def take(self, vendor: str, method: str, path: str) -> Fault | None:
        """Consume one time of the first fault that matches."""
        with self._lock:
            fault = next((f for f in self._queue if f.matches(vendor, method, path)), None)
            if fault is None:
                return None
            fault.times -= 1
            if not fault.times:
                self._queue.remove(fault)
            self._injected[vendor, fault.kind] += 1
            return fault

    def clear(self) -> None:
        """Forget the faults that wait; the counters stay."""
        with self._lock:
            self._queue.clear()

    def as_json(self) -> dict[str, Any]:
        """Show what waits and what was injected, by vendor and kind."""
        with self._lock:
            injected: dict[str, dict[str, int]] = {}
            for (vendor, kind), count in sorted(self._injected.items()):
                injected.setdefault(vendor, {})[kind] = count
            return {"queued": [msgspec.to_builtins(f) for f in self._queue], "injected": injected}
