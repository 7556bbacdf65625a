"""The route that reads again what was set aside."""

from __future__ import annotations

from webhooks.api.openapi.operation import Operation
from webhooks.api.openapi.schema import MAYBE_TEXT, TEXT, TEXTS, Schema, record

NUMBER: Schema = {"type": "integer"}
TRUTH: Schema = {"type": "boolean"}

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/api/events/replay",
        "Read events again that were set aside, by the mappings of today; the first to arrive first.",
        takes="ReplayCall",
        gives="Replayed",
        refuses=(400, 401, 413, 415, 503),
    ),
)

SCHEMAS: dict[str, Schema] = {
    "ReplayCall": {
        **record(
            {},
            source={**TEXT, "description": "A source's or a callback's name; all unless given."},
            status={"enum": ["set_aside", "ignored"], "description": "set_aside unless given."},
            since={"type": ["string", "integer"], "description": "Events that arrived from this time on."},
            ids={**TEXTS, "minItems": 1, "maxItems": 1_000},
            dry_run={**TRUTH, "description": "Tell what would come of each, and change nothing."},
            limit={**NUMBER, "minimum": 1, "maximum": 1_000, "description": "Events of this call: 200."},
            cursor={**TEXT, "description": "The `next` of the call before."},
        ),
        "additionalProperties": False,
    },
    "Replayed": record(
        {
            **dict.fromkeys(("matched", "applied"), NUMBER),
            "left": {"type": "array", "items": record({"reason": TEXT, "number": NUMBER})},
            "events": {
                "type": "array",
                "items": record(
                    {**dict.fromkeys(("id", "source", "event", "status"), TEXT), "reason": MAYBE_TEXT}
                ),
            },
            "next": MAYBE_TEXT,
            "dry_run": TRUTH,
        }
    ),
}
