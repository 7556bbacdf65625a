"""Routes about deliveries that begin anew, and about destinations."""

from __future__ import annotations

from webhooks.api.openapi.operation import Operation
from webhooks.api.openapi.schema import MAYBE_TEXT, TEXT, TEXTS, Schema, record

NUMBER: Schema = {"type": "integer"}
TRUTH: Schema = {"type": "boolean"}
MAYBE_NUMBER: Schema = {"type": ["integer", "null"]}
STATUS: Schema = {"enum": ["dead", "rejected", "expired", "unknown", "suppressed"]}

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/api/deliveries/redrive",
        "Let deliveries that ended without arriving begin anew, at a rate; consent and caps are judged again.",
        takes="RedriveCall",
        gives="Redriven",
        refuses=(400, 401, 413, 415, 503),
    ),
    Operation(
        "GET",
        "/api/destinations",
        "List the destinations: whether each is asked, and what it waits for.",
        gives="Destinations",
        refuses=(400, 401),
    ),
)

SCHEMAS: dict[str, Schema] = {
    "RedriveCall": {
        **record(
            {},
            destination=TEXT,
            status={
                "oneOf": [STATUS, {"type": "array", "items": STATUS, "minItems": 1}],
                "description": "What is looked for: dead, unless ids are given.",
            },
            trigger=TEXT,
            since={"type": ["string", "integer"], "description": "Deliveries made from this time on."},
            ids={**TEXTS, "minItems": 1, "maxItems": 1_000},
            per_second={
                "type": "number",
                "minimum": 0.01,
                "maximum": 1_000,
                "description": "How many leave, for each destination: 10 unless it says otherwise.",
            },
            valid_for={**TEXT, "description": "A new end for messages that are over, such as 24h."},
            confirm_unknown={
                **TRUTH,
                "description": "Send also what may have arrived already and would then arrive twice.",
            },
            dry_run={**TRUTH, "description": "Count only."},
            limit={**NUMBER, "minimum": 1, "maximum": 10_000},
        ),
        "additionalProperties": False,
    },
    "Redriven": record(
        {
            **dict.fromkeys(("matched", "redriven"), NUMBER),
            "refused": {"type": "array", "items": record({"reason": TEXT, "number": NUMBER})},
            **dict.fromkeys(("first_due_at", "last_due_at"), MAYBE_TEXT),
            **dict.fromkeys(("has_more", "dry_run"), TRUTH),
        }
    ),
    "Destination": record(
        {
            "name": TEXT,
            "state": {"enum": ["sending", "paused", "trying", "waits_for_settings"]},
            "reason": {**MAYBE_TEXT, "description": "Why it is paused, in the destination's words."},
            "needs_operator": {**TRUTH, "description": "Waiting alone will not mend it."},
            "missing_settings": TEXTS,
            "in_flight": NUMBER,
            **dict.fromkeys(("budget", "budget_used"), MAYBE_NUMBER),
        }
    ),
    "Destinations": record(
        {"destinations": {"type": "array", "items": {"$ref": "#/components/schemas/Destination"}}}
    ),
}
