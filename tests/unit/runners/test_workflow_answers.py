"""What a CRM's workflow is told of its call, and that whoever waits is told at last."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from embedded.world import NOW, SetClock

from core.ports import DecisionRow, DeliveryRow, Filter, Reader, Status
from core.runners.workflows import LONGEST, PREFIX, Workflows, tell
from core.store.embedded import open_store


class Stored:
    """A reader that knows one call."""

    def __init__(self, decisions: Sequence[DecisionRow], deliveries: Sequence[DeliveryRow] = ()) -> None:
        self.decisions = list(decisions)
        self.deliveries = list(deliveries)

    def decisions_of_event(self, event_id: str) -> list[DecisionRow]:
        """Give the call's decisions."""
        return self.decisions

    def event(self, event_id: str) -> None:
        """Know nothing of the call but its decisions."""

    def deliveries_of(self, decision_ids: Sequence[str]) -> list[DeliveryRow]:
        """Give the deliveries of the decision that counts."""
        return [row for row in self.deliveries if row.decision_id in decision_ids]


def decision(outcome: str, *reasons: dict[str, Any], gate: str = "", number: int = 1) -> DecisionRow:
    """Make a decision."""
    return DecisionRow(f"d{number}", "t", outcome, list(reasons), NOW, "e", "p", None, "v", gate=gate)


def delivery(status: str, step: int = 0, position: int = 0) -> DeliveryRow:
    """Make a delivery of the first decision."""
    row = DeliveryRow(f"a{step}{position}", "d1", "t", step, "x", "y", {}, "p", status, NOW, NOW)
    row.position = position
    return row


CAP = {"gate": "limits", "passed": False, "expression": "1 per 1d"}
OK = {"gate": "anchor", "passed": True, "expression": "api"}


@pytest.mark.parametrize(
    ("decisions", "deliveries", "told"),
    [
        ([], [], ("pending", "", "none", False)),
        ([decision("fired", OK)], [], ("fired", "", "none", True)),
        (
            [decision("suppressed", OK, CAP, gate="limits")],
            [],
            ("suppressed", "limits: 1 per 1d", "none", True),
        ),
        ([decision("not_met", gate="anchor")], [], ("not_met", "anchor", "none", True)),
        ([decision("held", CAP, gate="group")], [], ("held", "group: 1 per 1d", "none", False)),
        ([decision("held", number=2), decision("fired")], [], ("fired", "", "none", True)),
        ([decision("fired")], [delivery(Status.SCHEDULED)], ("fired", "", "scheduled", False)),
        (
            [decision("fired")],
            [delivery(Status.DELIVERED), delivery(Status.DEAD, 1)],
            ("fired", "", "dead", True),
        ),
        (
            [decision("fired")],
            [delivery(Status.REJECTED, 0, 1), delivery(Status.RETRYING, 1, 2)],
            ("fired", "", "retrying", False),
        ),
        # Another channel took over the step: what became of the first no longer counts.
        (
            [decision("fired")],
            [delivery(Status.DELIVERED, 0, 2), delivery(Status.REJECTED, 0, 1)],
            ("fired", "", "delivered", True),
        ),
    ],
)
def test_a_call_is_told_by_its_decision_and_what_matters_most_of_its_deliveries(
    decisions: list[DecisionRow], deliveries: list[DeliveryRow], told: tuple[str, str, str, bool]
) -> None:
    """What is open first, then what went wrong."""
    found = tell(cast(Reader, Stored(decisions, deliveries)), "e")
    assert (found.decision, found.reason, found.delivery_status, found.is_settled) == told


def test_whoever_waits_too_long_is_told_how_things_stand(tmp_path: Path) -> None:
    """Once, and the waiting is over for good."""
    clock, woken = SetClock(), []
    store = open_store(tmp_path, clock=clock)
    workflows = Workflows(store, clock, lambda: woken.append(1))
    workflows.block("hubspot", "ap-1", "e_unknown")
    workflows.look()
    assert woken == [] and len(store.write(lambda tx: tx.keys.starting(PREFIX))) == 1
    clock.time += LONGEST
    workflows.look()
    workflows.look()
    (row,) = store.read.deliveries(Filter()).rows
    assert (row.destination, row.action, row.status) == ("hubspot", "complete_action", "scheduled")
    assert row.fields["decision"] == "pending" and woken == [1]
    assert store.write(lambda tx: tx.keys.starting(PREFIX)) == {}
    store.close()
