"""Routes that act on the running engine: the kill switch, open journeys, paused triggers."""

from __future__ import annotations

from webhooks.api.openapi.operation import Operation, Parameter
from webhooks.api.openapi.schema import MAYBE_TEXT, TEXT, TIME, Schema, page_of, record

JOURNEY = Parameter("journey_id", "path", "The id of an open journey: its decision's.", is_required=True)
TRIGGER = Parameter("name", "path", "A trigger's name.", is_required=True)
FILTERS = (
    Parameter("profile", "query", "A profile's id, or namespace:value."),
    Parameter("trigger", "query", "A trigger's name."),
    Parameter("limit", "query", "Rows of a page: 50, up to 500."),
    Parameter("cursor", "query", "The `next` of the page before."),
)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET", "/api/stop", "Tell whether all sends are stopped.", gives="StopState", refuses=(400, 401)
    ),
    Operation(
        "POST",
        "/api/stop",
        "Stop all sends, until they are let go on; also over a restart.",
        takes="StopCall",
        gives="StopState",
        refuses=(400, 401, 413, 415, 503),
    ),
    Operation(
        "DELETE", "/api/stop", "Let deliveries leave again.", gives="StopState", refuses=(400, 401, 503)
    ),
    Operation(
        "GET",
        "/api/journeys",
        "List what is open, the next due first: steps that wait, and matches that are held.",
        gives="Journeys",
        refuses=(400, 401),
        parameters=FILTERS,
    ),
    Operation(
        "DELETE",
        "/api/journeys/{journey_id}",
        "End an open journey, and take back what it handed over and nobody has tried to send.",
        gives="JourneyCancelled",
        refuses=(400, 401, 404, 503),
        parameters=(JOURNEY,),
    ),
    Operation(
        "DELETE",
        "/api/triggers/{name}/pause",
        "Let a trigger go on that fired too often and was paused.",
        gives="TriggerResumed",
        refuses=(400, 401, 404, 503),
        parameters=(TRIGGER,),
    ),
)

SCHEMAS: dict[str, Schema] = {
    "StopCall": {
        **record({}, reason={**TEXT, "maxLength": 500, "description": "Why, for whoever looks later."}),
        "additionalProperties": False,
    },
    "StopState": record(
        {
            "stopped": {"type": "boolean"},
            "since": {**MAYBE_TEXT, "description": "ISO UTC with milliseconds."},
            "reason": MAYBE_TEXT,
        }
    ),
    "Journey": record(
        {
            **dict.fromkeys(("id", "trigger", "event_id", "profile_id"), TEXT),
            "kind": {
                "enum": ["wait", "group", "burst", "digest"],
                "description": "What waits: a step, a match of a group, the last of a burst, a case in a digest.",
            },
            "key": MAYBE_TEXT,
            "at": TIME,
            "due_at": TIME,
            "step": {"type": ["integer", "null"], "description": "The step that comes next, counted from 0."},
        }
    ),
    "Journeys": page_of("journeys", "Journey"),
    "JourneyCancelled": record({"id": TEXT, "cancelled": {"const": True}}),
    "TriggerResumed": record({"name": TEXT, "resumed": {"type": "boolean"}}),
}
