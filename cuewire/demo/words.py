"""One readable line for everything that is read back."""

from __future__ import annotations

import json
from typing import Any

from cuewire.demo.client import Row, Snapshot

ID_LENGTH = 12

#: Gates whose reasons tell why a trigger fired; the others only let it pass.
TELLING = ("anchor", "only_if")


def short(identifier: str) -> str:
    """Cut an id to what tells it apart."""
    return identifier if len(identifier) <= ID_LENGTH else f"{identifier[:ID_LENGTH]}…"


def plain(value: Any) -> str:
    """Write a value as a person would: whole numbers without fraction, names before what they hold."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {plain(held)}" for name, held in value.items())
    if isinstance(value, list):
        return ", ".join(map(plain, value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value)


def name_of(snapshot: Snapshot, profile_id: str) -> str:
    """Name a person by the profile's trait, or as anonymous."""
    profile = snapshot.person(profile_id) or {}
    return str(profile.get("traits", {}).get("first_name", "")) or f"visitor {short(profile_id)}"


def event_line(event: Row) -> str:
    """Tell an event that was stored."""
    who = ", ".join(f"{ns} {short(value)}" for ns, values in event["identifiers"].items() for value in values)
    trouble = f" ({event['reason']})" if event.get("reason") else ""
    to = f" to profile {short(event['profile_id'])}" if event["profile_id"] else ""
    return f"{event['event'] or event['type']} by {who}: {event['status']}{trouble}{to}"


def profile_line(profile: Row) -> str:
    """Tell what is known of a person."""
    identifiers = profile.get("identifiers", {}).items()
    known = ", ".join(f"{ns} {short(value)}" for ns, values in identifiers for value in values)
    merged = profile.get("merged_from") or []
    joined = f"; joined with {', '.join(map(short, merged))}" if merged else ""
    agreed = f"; consent {plain(profile['consent'])}" if profile.get("consent") else ""
    return f"{short(profile['id'])} is {known}{joined}{agreed}"


def decision_line(snapshot: Snapshot, decision: Row) -> str:
    """Tell a decision with its reasons."""
    key = f" [{decision['key']}]" if decision.get("key") else ""
    who = name_of(snapshot, decision["profile_id"])
    return f"{decision['trigger']}{key} {decision['outcome']} for {who}: {why(decision)}"


def why(decision: Row) -> str:
    """Give the gates that failed; else what was asked of the event, and the names of the other gates."""
    reasons = decision.get("reasons", [])
    told = [r for r in reasons if not r["passed"]] or [r for r in reasons if r["gate"] in TELLING]
    text = "; ".join(reason_text(reason) for reason in told)
    others = dict.fromkeys(r["gate"] for r in reasons if r["passed"] and r["gate"] not in TELLING)
    passed = f"; {' and '.join(others)} passed" if others and decision["outcome"] == "fired" else ""
    return text + passed


def reason_text(reason: Row) -> str:
    """Tell one gate: what it asked, what it saw, what it needed."""
    saw, needed = reason.get("saw"), reason.get("needed")
    parts = [f"saw {plain(saw)}"] if saw is not None else []
    if needed not in (None, True):
        parts.append(f"needed {plain(needed)}")
    return f"{reason['gate']}: {reason['expression']}" + (f" ({', '.join(parts)})" if parts else "")


def delivery_line(snapshot: Snapshot, delivery: Row) -> str:
    """Tell a delivery's state and what its last attempt came to."""
    attempts = delivery.get("attempts", [])
    tries = f", attempt {len(attempts)}" if attempts else ""
    who = name_of(snapshot, delivery["profile_id"])
    said = f" ({delivery['reason']})" if delivery.get("reason") and delivery["status"] != "sending" else ""
    return f"{delivery['destination']}.{delivery['action']} to {who}: {delivery['status']}{tries}{said}"


def what(delivery: Row) -> str:
    """Tell what a delivery says: a message's text, an event's name, or whom a contact is about."""
    fields = delivery.get("fields", {})
    said = next((fields[name] for name in ("body", "name", "email", "external_id") if fields.get(name)), "")
    return f"{delivery['destination']}.{delivery['action']}" + (f" “{said}”" if said else "")


def request_line(entry: Row) -> str:
    """Tell a request that reached a fake vendor."""
    answer = f"dropped {entry['dropped']} the effect" if entry["dropped"] else f"answered {entry['status']}"
    path = "/".join(part for part in entry["path"].split("/")[-2:] if not part.startswith("AC"))
    return f"{entry['vendor']} got {entry['method']} {path}: {answer}"


def message_line(message: Row) -> str:
    """Tell a message that a fake vendor accepted, and what it told back."""
    told = [f"{c['status']} ({c['answer']})" for c in message["callbacks"] if c["answer"]]
    back = f"; told back {', '.join(told)}" if told else ""
    return f"to {message['to']} “{message['body']}”: {message['status']}{back}"


def contact_line(contact: Row) -> str:
    """Tell a contact that a fake CRM has."""
    return f"{contact['vendor']} has the contact {contact['key']}: {plain(contact['fields'])}"
