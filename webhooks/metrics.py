"""What ``/metrics`` shows: counters of this process, and what the store says when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

# When a counter began is of no use to anyone here, and doubles what a scrape carries.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library does not annotate it

#: Families of the gauges that the store gives: metric name, help, labels.
FAMILIES = {
    "events": ("cuewire_events", "Events kept, by status.", "status"),
    "late": ("cuewire_events_late", "Events that came later than their source's lateness.", ""),
    "decisions": ("cuewire_decisions", "Decisions stored, by outcome.", "outcome"),
    "deliveries": ("cuewire_deliveries", "Deliveries stored, by status.", "status"),
    "segments": ("cuewire_segment_members", "People in each segment.", "segment"),
    "profiles_to_fill": ("cuewire_profiles_to_fill", "People whose measures are behind the rules.", ""),
    "audit_missing": ("cuewire_audit_missing", "What the last audit found missing and is missing still.", ""),
    "audit_last_run": (
        "cuewire_audit_last_run_seconds",
        "When the last audit was, in seconds since 1970.",
        "",
    ),
    "attempts": (
        "cuewire_delivery_attempts",
        "Attempts since the start, by destination and outcome.",
        "destination,outcome",
    ),
    "destination_paused": (
        "cuewire_destination_paused",
        "1 while a destination is left alone, else 0.",
        "destination",
    ),
    "budget_used": ("cuewire_destination_budget_used", "Sends that today's budget has used.", "destination"),
    "sends_stopped": ("cuewire_sends_stopped", "1 while all sends are stopped, else 0.", ""),
    "paused": ("cuewire_trigger_paused", "1 for each trigger that fired too often and is paused.", "trigger"),
    "alerts_open": ("cuewire_alerts_open", "What is wrong now, by kind: paused, silent, late.", "kind"),
    "alerts_untold": ("cuewire_alerts_untold", "Messages about alerts that failed and are tried again.", ""),
    "source_age": (
        "cuewire_source_age_seconds",
        "Seconds since a source last brought a request that was taken.",
        "source",
    ),
    "callback_age": (
        "cuewire_callback_age_seconds",
        "Seconds since a callback last came that was taken.",
        "callback",
    ),
    "lag_seconds": ("cuewire_lag_seconds", "How overdue the oldest waiting item of a queue is.", "queue"),
}


class Tally:
    """Counts what this process received; each app has its own."""

    def __init__(self, gauges: Callable[[], Mapping[str, float]]) -> None:
        self.registry = CollectorRegistry()
        self.received = self._counter("events_received", "Events that senders delivered.")
        self.duplicate = self._counter(
            "events_duplicate", "Events known already, which had no second effect."
        )
        self.stored = self._counter("events_stored", "Events stored, set aside ones included.")
        self.set_aside = self._counter(
            "events_set_aside", "Events stored and set aside, each with its reason."
        )
        self.echoes = self._counter("events_echo", "Events that our own writes caused, which had no effect.")
        self.refused = self._counter("requests_refused", "Requests answered with a 4xx.")
        self.callbacks = self._counter("callbacks_received", "Callbacks of messaging systems.")
        self.strays = self._counter(
            "callbacks_unknown", "Callbacks about deliveries that are not known here."
        )
        self.registry.register(StoreCollector(gauges))

    def count(self, statuses: Sequence[str]) -> None:
        """Count the items of one accepted request by their statuses."""
        duplicates, set_aside = statuses.count("duplicate"), statuses.count("set_aside")
        self.received.inc(len(statuses))
        self.stored.inc(len(statuses) - duplicates)
        if duplicates:
            self.duplicate.inc(duplicates)
        if set_aside:
            self.set_aside.inc(set_aside)
        self.echoes.inc(statuses.count("echo"))

    def render(self) -> bytes:
        """Give everything in Prometheus' text format."""
        return generate_latest(self.registry)

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(f"cuewire_{name}", text, registry=self.registry)


class StoreCollector(Collector):
    """Asks for the store's gauges whenever the metrics are read."""

    def __init__(self, gauges: Callable[[], Mapping[str, float]]) -> None:
        self._gauges = gauges

    def describe(self) -> list[Metric]:
        """Name nothing in advance: registering must not read the store."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield one family per kind of gauge."""
        families: dict[str, GaugeMetricFamily] = {}
        for name, value in sorted(self._gauges().items()):
            family, _, label = name.partition(".")
            if family in FAMILIES:
                metric, text, label_name = FAMILIES[family]
                labels = label_name.split(",") if label_name else []
                found = families.setdefault(family, GaugeMetricFamily(metric, text, labels=labels))
                found.add_metric(label.rsplit(".", len(labels) - 1) if labels else [], value)
        yield from families.values()
