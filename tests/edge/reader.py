"""A reader over lists, and one person's story to put into it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.engine.event import Identifier
from core.engine.profile import Consent, Mark, Profile, Trait, encode
from core.errors import BadRequest
from core.ports import (
    AlertRow,
    ArrivalRow,
    Aside,
    Attempt,
    ConsentRow,
    ConversionNumbers,
    ConversionRow,
    DayRow,
    DecisionRow,
    DeliveryRow,
    EventRow,
    Filter,
    LinkRow,
    MemberRow,
    Page,
    PoolRow,
    StateRow,
    StepNumbers,
)

NOW = 1_767_323_045_000  # 2026-01-02T03:04:05Z


@dataclass
class MemoryReader:
    """Answers from lists; ``asked`` keeps the filters."""

    event_rows: list[EventRow] = field(default_factory=list)
    decision_rows: list[DecisionRow] = field(default_factory=list)
    delivery_rows: list[DeliveryRow] = field(default_factory=list)
    owners: dict[tuple[str, str], str] = field(default_factory=dict)
    states: dict[str, bytes] = field(default_factory=dict)
    link_rows: list[LinkRow] = field(default_factory=list)
    member_rows: dict[str, list[MemberRow]] = field(default_factory=dict)
    day_rows: list[DayRow] = field(default_factory=list)
    conversion_rows: list[ConversionRow] = field(default_factory=list)
    consent_rows: list[ConsentRow] = field(default_factory=list)
    numbers: list[ConversionNumbers] = field(default_factory=list)
    steps: list[StepNumbers] = field(default_factory=list)
    since: dict[str, int] = field(default_factory=dict)
    alert_rows: list[AlertRow] = field(default_factory=list)
    asked: list[Filter] = field(default_factory=list)

    def _page(self, rows: Sequence[Any], narrow: Filter) -> Page:
        self.asked.append(narrow)
        if narrow.cursor and not narrow.cursor.isdigit():
            raise BadRequest("The cursor is not one of this list.", field="cursor")
        start = int(narrow.cursor or 0)
        found = [row for row in rows if narrow.profile in ("", row.profile_id)]
        end = start + narrow.limit
        return Page(found[start:end], str(end) if end < len(found) else None)

    def events(self, narrow: Filter) -> Page:
        return self._page(self.event_rows, narrow)

    def aside(self, wanted: Aside) -> Page:
        rows = [row for row in self.event_rows if row.status == wanted.status]
        return Page(rows[: wanted.limit], None)

    def decisions(self, narrow: Filter) -> Page:
        return self._page(self.decision_rows, narrow)

    def deliveries(self, narrow: Filter) -> Page:
        return self._page(self.delivery_rows, narrow)

    def event(self, event_id: str) -> EventRow | None:
        return next((row for row in self.event_rows if row.id == event_id), None)

    def decisions_of_event(self, event_id: str) -> list[DecisionRow]:
        return [row for row in self.decision_rows if row.event_id == event_id]

    def decision(self, decision_id: str) -> DecisionRow | None:
        return next((row for row in self.decision_rows if row.id == decision_id), None)

    def deliveries_of(self, decision_ids: Sequence[str]) -> list[DeliveryRow]:
        return [row for row in self.delivery_rows if row.decision_id in decision_ids]

    def delivery(self, delivery_id: str) -> DeliveryRow | None:
        return next((row for row in self.delivery_rows if row.id == delivery_id), None)

    def deliveries_by_reference(self, destination: str, reference: str) -> list[DeliveryRow]:
        rows = [row for row in self.delivery_rows if row.reference == reference]
        return [row for row in rows if row.destination == destination]

    def owner(self, namespace: str, value: str) -> str | None:
        return self.owners.get((namespace, value))

    def profile(self, profile_id: str) -> bytes | None:
        return self.states.get(profile_id)

    def links(self, profile_id: str) -> list[LinkRow]:
        return [row for row in self.link_rows if row.profile_id == profile_id]

    def past(self, profile_id: str, names: Collection[str] | None, limit: int) -> list[EventRow]:
        rows = [row for row in self.event_rows if row.profile_id == profile_id and row.status == "applied"]
        return [row for row in rows if names is None or row.event in names][-limit:]

    def identity_log(self, narrow: Filter) -> Page:
        rows = [row for row in reversed(self.link_rows) if narrow.status in ("", row.kind)]
        return self._page(rows, narrow)

    def apart(self) -> list[tuple[int, int, Identifier]]:
        return []

    def members(self, segment: str, narrow: Filter) -> Page:
        return self._page(self.member_rows.get(segment, []), narrow)

    def people(self, after: str, limit: int) -> list[StateRow]:
        rows = [StateRow(one, state) for one, state in sorted(self.states.items()) if one > after]
        return rows[:limit]

    def timed(self, place: tuple[str, int], limit: int) -> list[StateRow]:
        return []

    def unfilled(self, measures: str, after: tuple[str, int], limit: int) -> list[StateRow]:
        return []

    def count_unfilled(self, measures: str) -> int:
        return 0

    def days(self, since: int) -> list[DayRow]:
        return [row for row in self.day_rows if row.day >= since]

    def last_fired(self) -> dict[str, int]:
        return {row.trigger: row.last_at for row in self.day_rows if row.outcome == "fired"}

    def published(self) -> dict[str, int]:
        return self.since

    def conversions(self, narrow: Filter) -> Page:
        return self._page(self.conversion_rows, narrow)

    def conversions_of(self, decision_ids: Sequence[str]) -> list[ConversionRow]:
        return [row for row in self.conversion_rows if row.decision_id in decision_ids]

    def conversion_numbers(self, since: int) -> list[ConversionNumbers]:
        return self.numbers

    def step_numbers(self, trigger: str, since: int) -> list[StepNumbers]:
        return self.steps

    def consent_log(self, narrow: Filter) -> Page:
        return self._page(self.consent_rows, narrow)

    def code_pools(self, now: int) -> list[PoolRow]:
        return [PoolRow("spring", 3, 2, 1)]

    def alerts(self, status: str, limit: int) -> list[AlertRow]:
        found = [
            one for one in self.alert_rows if not status or (status == "open") == (one.cleared_at is None)
        ]
        return found[:limit]

    def untold(self) -> list[AlertRow]:
        return []

    def open_alerts(self) -> dict[str, int]:
        return {}

    def arrivals(self) -> list[ArrivalRow]:
        return []

    def firings(self, since: int) -> list[DayRow]:
        return []

    def first_due(self, destination: str) -> int | None:
        return None

    def counts(self) -> dict[str, int]:
        return {f"segments.{name}": len(rows) for name, rows in self.member_rows.items()}


def fill(reader: MemoryReader) -> None:
    """Put one person's story into a reader: a call of the API, its decision and its delivery."""
    reader.event_rows += [api_call(), broken_call()]
    reader.decision_rows.append(welcome())
    reader.delivery_rows.append(lost_message())
    reader.states["p_1"] = encode(ada())
    reader.owners |= {("user_id", "u1"): "p_1", ("email", "ada@example.com"): "p_1"}


def api_call() -> EventRow:
    """Give the call that began it."""
    return EventRow(
        seq=1,
        id="t_1",
        source="api",
        type="trigger",
        event="",
        timestamp=NOW,
        received_at=NOW,
        status="applied",
        profile_id="p_1",
        identifiers={"user_id": ["u1"]},
    )


def broken_call() -> EventRow:
    """Give a call of nobody that was set aside."""
    return EventRow(2, "e_2", "segment", "", "", NOW, NOW, "set_aside", reason="type: The type is missing.")


def welcome() -> DecisionRow:
    """Give the decision on the call."""
    return DecisionRow(
        id="d_1",
        trigger="welcome",
        outcome="fired",
        reasons=[{"gate": "anchor", "passed": True, "expression": "api"}],
        at=NOW,
        event_id="t_1",
        profile_id="p_1",
        key=None,
        version="v1",
    )


def lost_message() -> DeliveryRow:
    """Give the decision's delivery, whose first answer was lost and whose second is awaited."""
    return DeliveryRow(
        id="a_1",
        decision_id="d_1",
        trigger="welcome",
        step=0,
        destination="twilio",
        action="send_message",
        fields={"to": "+4915112345678", "body": "Hi"},
        profile_id="p_1",
        status="unknown",
        due_at=NOW,
        created_at=NOW,
        channel="sms",
        reason="the answer was lost",
        attempts=[Attempt(1, NOW, NOW + 20, "unknown", "the answer was lost"), Attempt(2, NOW + 30)],
    )


def ada() -> Profile:
    """Give the person."""
    return Profile(
        id="p_1",
        identifiers={"user_id": {"u1": Mark(NOW, 1)}, "email": {"ada@example.com": Mark(NOW, 1)}},
        traits={"first_name": Trait("Ada", NOW, 1, "segment")},
        consent={
            "marketing/": Consent(True, NOW, "segment"),
            "marketing/sms": Consent(False, NOW, "segment"),
        },
        merged_from=("p_9",),
        first_seen=NOW,
        last_seen=NOW + 5,
    )
