"""The demo's lines say what the API said, no more."""

from __future__ import annotations

import io
from typing import Any

from cuewire.demo import words
from cuewire.demo.client import Snapshot
from cuewire.demo.report import Voice, tell_outcome
from cuewire.demo.server import MAPPINGS
from cuewire.wiring import load_mappings

PASSED = {"gate": "anchor", "passed": True, "expression": "count of Product Viewed", "saw": 3.0, "needed": 3}
FAILED = {
    "gate": "only_if",
    "passed": False,
    "expression": "case.sum > 50",
    "saw": {"case.sum": 40},
    "needed": True,
}


def decision(**changes: Any) -> dict[str, Any]:
    """Make a decision as the API shows it."""
    made = {
        "id": "d1",
        "trigger": "t",
        "outcome": "fired",
        "reasons": [PASSED],
        "profile_id": "p1",
        "key": None,
    }
    return {**made, **changes}


def delivery(**changes: Any) -> dict[str, Any]:
    """Make a delivery as the API shows it."""
    made = {
        "id": "x1",
        "decision_id": "d1",
        "destination": "twilio",
        "action": "send_message",
        "profile_id": "p1",
    }
    return {**made, "status": "delivered", "attempts": [{"reason": ""}], "fields": {"body": "Hi"}, **changes}


def test_a_decision_that_failed_is_told_by_the_gate_that_failed() -> None:
    """What passed before it is left out."""
    assert words.why(decision(reasons=[PASSED, FAILED])) == "only_if: case.sum > 50 (saw case.sum 40)"


def test_a_decision_that_fired_is_told_by_all_it_passed() -> None:
    """Whole numbers lose their fraction."""
    assert words.why(decision()) == "anchor: count of Product Viewed (saw 3, needed 3)"


def test_a_person_without_a_name_is_a_visitor() -> None:
    """Nothing is invented for who is not known yet."""
    assert words.name_of(Snapshot(), "p1") == "visitor p1"


def test_a_delivery_is_told_with_its_last_reason() -> None:
    """What the API gives as its reason stands behind the state."""
    told = words.delivery_line(Snapshot(), delivery(status="unknown", reason="no answer"))
    assert told == "twilio.send_message to visitor p1: unknown, attempt 1 (no answer)"


def test_the_table_tells_who_was_sent_what_and_who_was_not() -> None:
    """A trigger that never fired for somebody stands in the second table with its reason."""
    people = {"p1": {"id": "p1", "traits": {"first_name": "Anna"}}, "p2": {"id": "p2", "traits": {}}}
    unmet = decision(id="d2", outcome="not_met", reasons=[FAILED], profile_id="p2")
    snapshot = Snapshot(decisions=[decision(), unmet], deliveries=[delivery()], profiles=people)
    snapshot.statuses = {"x1": ["unknown", "delivered"]}
    out = io.StringIO()
    tell_outcome(Voice(out), snapshot)
    sent, unsent = out.getvalue().split("Who", 2)[1:]
    assert "Anna  twilio.send_message “Hi”  unknown → delivered  1      t: anchor" in sent
    assert "visitor p2  t             not_met: only_if: case.sum > 50" in unsent
    assert "Anna" not in unsent


def test_the_demos_mappings_load_without_a_problem() -> None:
    """Both triggers of the story are live."""
    loaded = load_mappings(MAPPINGS)
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.rules is not None
    assert {t.name for t in loaded.rules.triggers.values() if t.status == "live"} >= {
        "product_interest",
        "abandoned_cart",
    }


def test_a_contact_is_told_with_what_it_holds() -> None:
    """The vendor, what it is found by, and its fields."""
    contact = {"vendor": "hubspot", "key": "a@example.com", "fields": {"firstname": "Anna", "level": 2.0}}
    assert words.contact_line(contact) == "hubspot has the contact a@example.com: firstname Anna, level 2"


def test_a_contact_that_is_sent_is_told_by_whom_it_is_about() -> None:
    """By e-mail, else by the external id."""
    upsert = {"destination": "salesforce", "action": "upsert_contact"}
    assert words.what(delivery(**upsert, fields={"external_id": "u1"})) == "salesforce.upsert_contact “u1”"
