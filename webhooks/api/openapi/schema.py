"""JSON Schemas of what the routes take and give."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
TIME: Schema = {"type": "string", "format": "date-time", "description": "ISO UTC with milliseconds."}
TEXTS: Schema = {"type": "array", "items": TEXT}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}
ANY_OBJECT: Schema = {"type": "object", "additionalProperties": True}
TEXTS_BY_NAME: Schema = {"type": "object", "additionalProperties": TEXTS}


def record(required: dict[str, Schema], **optional: Schema) -> Schema:
    """Describe an object: its fields that are always there, and those that may be."""
    return {"type": "object", "required": list(required), "properties": {**required, **optional}}


def ref(name: str) -> Schema:
    """Point at a schema by name."""
    return {"$ref": f"#/components/schemas/{name}"}


def page_of(name: str, schema: str) -> Schema:
    """Describe one page of a list."""
    rows: Schema = {"type": "array", "items": ref(schema)}
    return record({name: rows, "next": {**MAYBE_TEXT, "description": "The cursor of the next page."}})


CALL = record(
    {},
    type={"enum": ["track", "identify", "page", "screen", "group", "alias", "delete"]},
    userId=MAYBE_TEXT,
    anonymousId=MAYBE_TEXT,
    previousId=MAYBE_TEXT,
    groupId=MAYBE_TEXT,
    messageId={**MAYBE_TEXT, "maxLength": 100},
    event=MAYBE_TEXT,
    timestamp=MAYBE_TEXT,
    properties={"type": ["object", "null"]},
    traits={"type": ["object", "null"]},
    context={"type": ["object", "null"]},
    integrations={"type": ["object", "null"]},
)

REASON = record(
    {"gate": TEXT, "passed": {"type": "boolean"}, "expression": TEXT, "saw": {}, "needed": {}},
    step={"type": "integer"},
    parts={"type": "array", "items": ANY_OBJECT},
)

FINDING = record(
    {
        "kind": {"enum": ["decision", "delivery", "timer", "next_due", "overdue"]},
        "verdict": {"enum": ["missing", "differs"]},
        **dict.fromkeys(("id", "trigger", "event_id", "profile_id", "reason"), TEXT),
        "at": TIME,
        "key": MAYBE_TEXT,
        "repaired": {"type": "boolean"},
    }
)
AUDIT = record(
    {
        **dict.fromkeys(("at", "since"), TIME),
        "trigger": MAYBE_TEXT,
        "repair": {"type": "boolean"},
        "seconds": {"type": "number"},
        **{
            name: {"type": "integer"}
            for name in ("people", "events", "checked", "missing", "differs", "repaired", "left")
        },
        **{name: {"type": "integer"} for name in ("unreadable", "left_off")},
        **dict.fromkeys(("kinds", "reasons"), ANY_OBJECT),
        "findings": {"type": "array", "items": FINDING},
    }
)

SCHEMAS: dict[str, Schema] = {
    "Error": record(
        {"error": record({"code": TEXT, "message": TEXT}, field=TEXT, hint=TEXT)},
    ),
    "Success": record({"success": {"type": "boolean"}}),
    "AuditCall": {
        **record({}, repair={"type": "boolean"}, trigger=TEXT, since={"type": ["string", "integer"]}),
        "additionalProperties": False,
    },
    "AuditState": record({"running": {"type": "boolean"}}, last={"oneOf": [AUDIT, {"type": "null"}]}),
    "ConsoleLink": record({"url": TEXT, "expires_at": TIME}),
    "SignIn": record({"key": TEXT}),
    "SignOut": record({"csrf": TEXT}),
    "StopForm": record({"csrf": TEXT}, reason=TEXT),
    "OneClick": {"type": "object", "properties": {"List-Unsubscribe": {"const": "One-Click"}}},
    "Choices": record({}, on=TEXTS, was=TEXTS, nothing=TEXT, save=TEXT),
    "Status": record({"status": TEXT}, mode=TEXT, sends={"enum": ["on", "stopped"]}),
    "Call": CALL,
    "Batch": record({"batch": {"type": "array", "maxItems": 2500, "items": ref("Call")}}, context=ANY_OBJECT),
    "WebhookBody": {"oneOf": [ref("Call"), {"type": "array", "maxItems": 4000, "items": ANY_OBJECT}]},
    "TwilioStatus": record({"MessageSid": TEXT, "MessageStatus": TEXT}, ErrorCode=TEXT),
    "TriggerCall": {
        **record(
            {"trigger_type": TEXT},
            user_id={"type": ["string", "integer"]},
            identifiers={"type": "object", "additionalProperties": {"type": ["string", "integer"]}},
            metadata=ANY_OBJECT,
        ),
        "additionalProperties": False,
    },
    "TriggerId": record({"trigger_id": TEXT}),
    "TriggerStatus": record(
        {
            "trigger_id": TEXT,
            "decision": {"oneOf": [ref("Decision"), {"type": "null"}]},
            "deliveries": {"type": "array", "items": ref("Delivery")},
            "converted": {"type": "boolean"},
        },
        reason=TEXT,
    ),
    "Event": record(
        {
            **dict.fromkeys(("id", "source", "type", "event"), TEXT),
            **dict.fromkeys(("timestamp", "received_at"), TIME),
            "profile_id": MAYBE_TEXT,
            "identifiers": TEXTS_BY_NAME,
            "status": {"enum": ["applied", "duplicate", "set_aside", "echo", "ignored"]},
        },
        reason=TEXT,
    ),
    "Profile": record(
        {
            "id": TEXT,
            "identifiers": TEXTS_BY_NAME,
            **dict.fromkeys(("traits", "consent", "scores"), ANY_OBJECT),
            **dict.fromkeys(("segments", "merged_from"), TEXTS),
            **dict.fromkeys(("first_seen", "last_seen"), TIME),
        }
    ),
    "Decision": record(
        {
            **dict.fromkeys(("id", "trigger", "event_id", "version"), TEXT),
            "outcome": {"enum": ["fired", "held", "suppressed", "not_met"]},
            "reasons": {"type": "array", "items": REASON},
            "at": TIME,
            **dict.fromkeys(("profile_id", "key"), MAYBE_TEXT),
        },
        shadow={"type": "boolean"},
    ),
    "Story": record(
        {
            "kind": {"enum": ["event", "decision", "delivery", "profile"]},
            "profile": {"oneOf": [ref("Profile"), {"type": "null"}]},
            "events": {"type": "array", "items": ref("Event")},
            "links": {"type": "array", "items": ref("Link")},
            "decisions": {"type": "array", "items": ref("Decision")},
            "deliveries": {"type": "array", "items": ref("Delivery")},
            "conversions": {"type": "array", "items": ref("Conversion")},
            "waiting": {"type": "array", "items": ref("Waiting")},
        }
    ),
    "Waiting": record({"trigger": TEXT, "key": MAYBE_TEXT, "until": TIME}),
    "Link": record(
        {
            **dict.fromkeys(("kind", "event_id"), TEXT),
            **dict.fromkeys(("namespace", "value", "other_id"), MAYBE_TEXT),
            "at": TIME,
        }
    ),
    "Attempt": record(
        {
            "number": {"type": "integer"},
            "started_at": TIME,
            "ended_at": MAYBE_TEXT,
            "outcome": TEXT,
            "reason": TEXT,
        }
    ),
    "Delivery": record(
        {
            **dict.fromkeys(("id", "decision_id", "destination", "action", "status", "trigger"), TEXT),
            "attempts": {"type": "array", "items": ref("Attempt")},
            "due_at": TIME,
            "profile_id": MAYBE_TEXT,
            **dict.fromkeys(("reason", "reference", "channel", "message"), TEXT),
            "fields": ANY_OBJECT,
        }
    ),
    "Events": page_of("events", "Event"),
    "Decisions": page_of("decisions", "Decision"),
    "Deliveries": page_of("deliveries", "Delivery"),
}
