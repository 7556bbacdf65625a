"""What ``/metrics`` shows: counters of this process, and what the store says when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

# When a counter began is of no use to anyone here, and doubles what a scrape carries.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library does not annotate it

#: Families of the gauges that the store gives: metric name, help, label.
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
    "sends_stopped": ("cuewire_sends_stopped", "1 while all sends are stopped, else 0.", ""),
    "paused": ("cuewire_trigger_paused", "1 for each trigger that fired too often and is paused.", "trigger"),
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
                labels = [label_name] if label_name else []
                found = families.setdefault(family, GaugeMetricFamily(metric, text, labels=labels))
                found.add_metric([label] if label_name else [], value)
        yield from families.values()
