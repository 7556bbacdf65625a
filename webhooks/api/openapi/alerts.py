"""The route about alerts."""

from __future__ import annotations

from webhooks.api.openapi.operation import Operation, Parameter
from webhooks.api.openapi.schema import MAYBE_TEXT, TEXT, TIME, Schema, record, ref

WHEN: Schema = {**MAYBE_TEXT, "description": "ISO UTC with milliseconds."}

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/api/alerts",
        "List what is wrong, what was, and who was told: the open ones first, then the latest.",
        gives="Alerts",
        refuses=(400, 401),
        parameters=(
            Parameter("status", "query", "`open` or `cleared`; both unless given."),
            Parameter("limit", "query", "Rows of the list: 50, up to 500."),
        ),
    ),
)

SCHEMAS: dict[str, Schema] = {
    "Alerts": record({"alerts": {"type": "array", "items": ref("Alert")}}),
    "Alert": record(
        {
            "id": TEXT,
            "kind": {"enum": ["paused", "silent", "late"]},
            "what": {"enum": ["destination", "source", "trigger", "server"]},
            **dict.fromkeys(("name", "reason", "hint"), TEXT),
            "opened_at": TIME,
            "cleared_at": WHEN,
            "told": {"type": "array", "items": ref("Telling")},
        }
    ),
    "Telling": record(
        {
            "to": {**TEXT, "description": "`email:ADDRESS`, `slack:SETTING` or `webhook:SETTING`."},
            "event": {"enum": ["opened", "cleared"]},
            "status": {"enum": ["waiting", "told", "given_up"]},
            "tries": {"type": "integer"},
            "at": WHEN,
            "reason": {**TEXT, "description": "Why the last try failed."},
        }
    ),
}
