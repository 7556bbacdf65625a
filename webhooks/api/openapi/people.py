"""Routes about people: segments, how identifiers joined, what triggers came to, and trying an event."""

from __future__ import annotations

from webhooks.api.openapi.operation import Operation, Parameter
from webhooks.api.openapi.outcomes import STEP, TRIGGER_FIELDS
from webhooks.api.openapi.schema import (
    ANY_OBJECT,
    MAYBE_TEXT,
    TEXT,
    TEXTS_BY_NAME,
    Schema,
    page_of,
    record,
    ref,
)

PROFILE = Parameter("profile", "query", "A profile's id, or namespace:value.")
SINCE = Parameter("since", "query", "From this time on: ISO, or milliseconds since 1970.")
LIMIT = Parameter("limit", "query", "Rows of a page: 50, up to 500.")
CURSOR = Parameter("cursor", "query", "The `next` of the page before.")
KIND = Parameter(
    "status", "query", "The kind of entry: linked, merged, shared_device, over_limit, split, kept_apart."
)
DAYS = Parameter("days", "query", "Days to look back, today among them: 30, up to 366.")
SEGMENT = Parameter("name", "path", "A segment of profile.yaml.", is_required=True)
TRIGGER = Parameter("name", "path", "A trigger's name.", is_required=True)
IDENTIFIER = (
    Parameter("namespace", "path", "A namespace of identity.yaml, such as user_id.", is_required=True),
    Parameter("value", "path", "The identifier.", is_required=True),
)

#: Bodies that are read whole before they are judged.
TAKEN = (400, 401, 413, 415)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/api/profiles/{namespace}/{value}/merges",
        "List how a person's identifiers came together, and what was kept apart, newest first.",
        gives="Merges",
        refuses=(400, 401, 404),
        parameters=(*IDENTIFIER, KIND, SINCE, LIMIT, CURSOR),
    ),
    Operation(
        "GET",
        "/api/segments",
        "List segments with their sizes and a few of their people.",
        gives="Segments",
        refuses=(400, 401),
        parameters=(PROFILE, LIMIT, CURSOR),
    ),
    Operation(
        "GET",
        "/api/segments/{name}",
        "Show a segment with a page of its people, the last to enter first.",
        gives="SegmentPage",
        refuses=(400, 401, 404),
        parameters=(SEGMENT, SINCE, LIMIT, CURSOR),
    ),
    Operation(
        "POST",
        "/api/segments/preview",
        "Tell how many people a condition holds for, without saving it.",
        takes="SegmentPreviewCall",
        gives="SegmentPreview",
        refuses=TAKEN,
    ),
    Operation(
        "GET",
        "/api/triggers",
        "List triggers with what became of them, by outcome, gate and day.",
        gives="Triggers",
        refuses=(400, 401),
        parameters=(DAYS, LIMIT, CURSOR),
    ),
    Operation(
        "GET",
        "/api/triggers/{name}",
        "Show one trigger with what became of it.",
        gives="TriggerNumbers",
        refuses=(400, 401, 404),
        parameters=(TRIGGER, DAYS),
    ),
    Operation(
        "POST",
        "/api/rehearse",
        "Try an event against the mappings in force, or others, without any effect.",
        takes="RehearseCall",
        gives="Rehearsed",
        refuses=(*TAKEN, 404),
    ),
)

COUNT: Schema = {"type": "integer", "minimum": 0}
COUNTS: Schema = {"type": "object", "additionalProperties": COUNT}
OUTCOMES = dict.fromkeys(("fired", "held", "suppressed", "not_met"), COUNT)
MAYBE_TIME: Schema = {**MAYBE_TEXT, "description": "ISO UTC with milliseconds."}


def rows(name: str) -> Schema:
    """Describe a list of one kind."""
    return {"type": "array", "items": ref(name)}


PROBLEMS = rows("Problem")
SEGMENT_FIELDS = {
    "name": TEXT,
    "version": {**TEXT, "description": "Changes with what the segment means."},
    "size": COUNT,
    "filled": {"type": "boolean", "description": "Whether everyone has been judged by the rules in force."},
    "sample": rows("Member"),
}

SCHEMAS: dict[str, Schema] = {
    "Problem": record(
        {
            **dict.fromkeys(("file", "message", "hint"), TEXT),
            **dict.fromkeys(("line", "column"), COUNT),
            "severity": {"enum": ["error", "warning"]},
        }
    ),
    "Merges": page_of("merges", "Link"),
    "Member": record({"id": TEXT, "identifiers": TEXTS_BY_NAME, "since": MAYBE_TIME}),
    "Segment": record(SEGMENT_FIELDS),
    "Segments": page_of("segments", "Segment"),
    "SegmentPage": record({**SEGMENT_FIELDS, "next": MAYBE_TEXT}),
    "SegmentPreviewCall": {
        **record(
            {},
            condition={"type": ["string", "object"], "description": "A condition of profile.yaml, as JSON."},
            yaml={**TEXT, "description": "The same as YAML, in place of `condition`."},
            limit={
                "type": "integer",
                "minimum": 0,
                "maximum": 100,
                "description": "People in the sample: 10.",
            },
        ),
        "additionalProperties": False,
    },
    "SegmentPreview": record(
        {
            "size": COUNT,
            "scanned": {**COUNT, "description": "People looked at: up to 20,000, for up to 3 seconds."},
            "is_whole": {"type": "boolean", "description": "Whether these were all there are."},
            "estimate": {**COUNT, "description": "The size for everyone."},
            "sample": rows("Member"),
            "problems": PROBLEMS,
        }
    ),
    "Day": record({"day": {**TEXT, "format": "date"}, **OUTCOMES}),
    "TriggerNumbers": record(
        {
            **dict.fromkeys(("name", "title", "version"), TEXT),
            "status": {"enum": ["draft", "shadow", "live"]},
            "paused": {
                **MAYBE_TEXT,
                "description": "Why it is paused: it fired more often than the guard allows.",
            },
            **dict.fromkeys(("since", "last_fired_at"), MAYBE_TIME),
            "outcomes": record(OUTCOMES),
            "gates": COUNTS,
            "days": rows("Day"),
            **TRIGGER_FIELDS,
        },
        steps={"type": "array", "items": STEP, "description": "Only where one trigger is asked for."},
    ),
    "Triggers": page_of("triggers", "TriggerNumbers"),
    "RehearseCall": {
        **record(
            {
                "event": {
                    **ANY_OBJECT,
                    "description": "A call as in a batch; `source` names another source.",
                }
            },
            mappings={
                "type": "object",
                "additionalProperties": TEXT,
                "description": "A whole folder of mappings, as texts by path, in place of those in force.",
            },
            identifiers={"type": "object", "additionalProperties": {"type": ["string", "integer"]}},
            at={
                "type": ["string", "integer"],
                "description": "When it happens: now, unless it says so itself.",
            },
        ),
        "additionalProperties": False,
    },
    "Rehearsed": record(
        {
            "profile": ref("Profile"),
            "before": {
                **rows("Decision"),
                "description": "What timers decide before the event, whatever it is.",
            },
            "decisions": rows("Decision"),
            "deliveries": rows("Delivery"),
            "until": {**rows("Decision"), "description": "What timers alone would then decide."},
            "links": rows("Link"),
            "left": {
                **MAYBE_TIME,
                "description": "The next timer where the clock was stopped before the last.",
            },
            "problems": PROBLEMS,
        }
    ),
}
