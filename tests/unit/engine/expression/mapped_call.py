"""A source with rules of every kind, and a call mapped by them."""

from __future__ import annotations

from typing import Any

from core.engine.event import Event
from core.engine.formula import VALUE_NAMES, Formula, compile_formula
from core.engine.mapping import map_event
from core.engine.rule import IdentifierRule, IdentityRules, SourceMapping

IDENTITY = IdentityRules(
    identifiers=(
        IdentifierRule("user_id", 1),
        IdentifierRule("email", 5, "email"),
        IdentifierRule("phone", 5, "e164", "US"),
        IdentifierRule("anonymous_id", 100),
    ),
    blocked=frozenset({"", "null", "undefined", "0", "-1", "Anonymous"}),
    blocked_formulas=(compile_formula("value.startsWith('test@')", names=VALUE_NAMES),),
)


def formulas(*texts: str) -> tuple[Formula, ...]:
    """Compile candidates."""
    return tuple(compile_formula(text) for text in texts)


SOURCE = SourceMapping(
    name="segment",
    uses="segment",
    identifiers={
        "user_id": formulas("event.userId"),
        "anonymous_id": formulas("event.anonymousId"),
        "email": formulas("traits.email", "context.traits.email", "properties.email"),
        "phone": formulas("traits.phone", "properties.phone"),
        "unheard_of": formulas("event.userId"),
    },
    traits_from=("traits", "context.traits"),
    traits_rename={"firstName": "first_name"},
    traits_drop=frozenset({"password", "pin"}),
    consent={
        ("marketing", ""): compile_formula("context.consent.categoryPreferences.Advertising"),
        ("marketing", "sms"): compile_formula("event.context.consent.categoryPreferences['SMS ads']"),
        ("analytics", ""): compile_formula("!context.consent.categoryPreferences.OptOut"),
        ("news", "email"): compile_formula("traits.newsletter"),
    },
    events={"Completed Order": "Order Completed"},
    types=frozenset({"points"}),
    lateness=5_000,
)

RECEIVED = 1_700_000_000_000


def mapped(call: dict[str, Any], **changes: Any) -> Event:
    """Map a call, by default a track of the event E."""
    arguments = {"seq": 7, "received_at": RECEIVED, "raw_id": "raw-1"} | changes
    return map_event({"type": "track", "event": "E"} | call, SOURCE, IDENTITY, **arguments)
