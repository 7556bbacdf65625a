"""What ``/metrics`` shows beside the receiver's own counters, asked of every part that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.dispatch import Dispatcher
    from cuewire.wiring import Runtime


def gauges_of(runtime: Runtime) -> dict[str, float]:
    """Give every gauge by its name."""
    shown = {name: float(number) for name, number in runtime.store.read.counts().items()}
    shown |= runtime.auditor.gauges()
    shown |= runtime.alerting.gauges()
    shown |= runtime.journal.gauges()
    shown["lag_seconds.timers"] = runtime.timers.overdue() / 1000
    shown["sends_stopped"] = float(runtime.control.stopped is not None)
    shown |= {f"paused.{name}": 1.0 for name in runtime.pipeline.rules.paused}
    shown["profiles_to_fill"] = float(runtime.filler.left())
    return shown | sending_of(runtime.dispatcher)


def sending_of(dispatcher: Dispatcher) -> dict[str, float]:
    """Give what is shown of the way out."""
    found = dispatcher.metrics()
    shown = {f"attempts.{one}.{outcome}": float(n) for (one, outcome), n in found["attempts_total"].items()}
    for name, state in found["destinations"].items():
        shown[f"destination_paused.{name}"] = float(state["breaker"] != "closed")
        if state["budget"] is not None:
            shown[f"budget_used.{name}"] = float(state["budget_used"])
    return shown
