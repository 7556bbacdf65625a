"""Routes about what decisions led to and what people agreed to."""

from __future__ import annotations

from webhooks.api.openapi.operation import TWILIO, Operation, Parameter
from webhooks.api.openapi.schema import MAYBE_TEXT, TEXT, TIME, Schema, page_of, record, ref

PERSON = Parameter("profile", "query", "A profile's id, or namespace:value.")
TRIGGER = Parameter("trigger", "query", "A trigger's name.")
SINCE = Parameter("since", "query", "From this time on: ISO, or milliseconds since 1970.")
LIMIT = Parameter("limit", "query", "Rows of a page: 50, up to 500.")
CURSOR = Parameter("cursor", "query", "The `next` of the page before.")
ACCOUNT = Parameter("destination", "query", "The destination whose Auth Token signs: twilio unless given.")
IDEMPOTENCY = Parameter("Idempotency-Key", "header", "Makes a repeat of the same call harmless for 7 days.")
IDENTIFIER = (
    Parameter("namespace", "path", "A namespace of identity.yaml, such as user_id.", is_required=True),
    Parameter("value", "path", "The identifier.", is_required=True),
)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/callbacks/twilio/inbound",
        "Take what people answer, from Twilio: STOP, START and their like are statements of consent.",
        TWILIO,
        takes="TwilioInbound",
        refuses=(400, 401, 413, 415, 503),
        parameters=(ACCOUNT,),
        takes_type="application/x-www-form-urlencoded",
    ),
    Operation(
        "GET",
        "/api/conversions",
        "List conversions, the latest first.",
        gives="Conversions",
        refuses=(400, 401),
        parameters=(PERSON, TRIGGER, SINCE, LIMIT, CURSOR),
    ),
    Operation(
        "GET",
        "/api/profiles/{namespace}/{value}/consent",
        "Show what a person agreed to, and the ledger of how it came about, newest first.",
        gives="ConsentPage",
        refuses=(400, 401, 404),
        parameters=(*IDENTIFIER, SINCE, LIMIT, CURSOR),
    ),
    Operation(
        "POST",
        "/api/consent",
        "State what a person agrees to, or no longer.",
        takes="ConsentCall",
        gives="ConsentStated",
        status=201,
        refuses=(400, 401, 409, 413, 415, 503),
        parameters=(IDEMPOTENCY,),
    ),
)

NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
BOOLEAN: Schema = {"type": "boolean"}
MAYBE_NUMBER: Schema = {"type": ["number", "null"]}
RATE: Schema = {
    **MAYBE_NUMBER,
    "minimum": 0,
    "maximum": 1,
    "description": "Null where there is nothing to divide.",
}
CHANNEL: Schema = {**MAYBE_TEXT, "description": "Null: all channels."}
NOTES: Schema = {"type": "object", "additionalProperties": TEXT}

#: What the numbers of a trigger say of its conversions.
TRIGGER_FIELDS: dict[str, Schema] = {
    "conversions": record(
        {
            "decisions": {**COUNT, "description": "Decisions that converted."},
            "events": COUNT,
            "value": NUMBER,
            "median_seconds": {**MAYBE_NUMBER, "description": "From a decision to its first conversion."},
        }
    ),
    "rate": {**RATE, "description": "Converted decisions among those that fired."},
}
STEP = record(
    {
        "step": COUNT,
        "channel": MAYBE_TEXT,
        "action": TEXT,
        "message": MAYBE_TEXT,
        "delivered": COUNT,
        "converted": COUNT,
        "rate": RATE,
    }
)
STATED: dict[str, Schema] = {"purpose": TEXT, "channel": CHANNEL, "granted": BOOLEAN}

SCHEMAS: dict[str, Schema] = {
    "TwilioInbound": record({"From": TEXT, "Body": TEXT}, MessageSid=TEXT, OptOutType=TEXT),
    "Conversion": record(
        {
            **dict.fromkeys(("id", "decision_id", "trigger", "event_id"), TEXT),
            "profile_id": MAYBE_TEXT,
            "at": TIME,
            "seconds": NUMBER,
            "value": MAYBE_NUMBER,
        }
    ),
    "Conversions": page_of("conversions", "Conversion"),
    "Consent": record({**STATED, "since": TIME, "source": TEXT}),
    "ConsentEntry": record(
        {
            **STATED,
            **dict.fromkeys(("at", "received_at"), TIME),
            **dict.fromkeys(("source", "event_id", "profile_id"), TEXT),
            "evidence": NOTES,
            "stands": {**BOOLEAN, "description": "False: a newer statement outweighed it at once."},
        }
    ),
    "ConsentPage": record(
        {
            "consent": {"type": "array", "items": ref("Consent")},
            "ledger": {"type": "array", "items": ref("ConsentEntry")},
            "next": {**MAYBE_TEXT, "description": "The cursor of the next page of the ledger."},
        }
    ),
    "ConsentCall": {
        **record(
            {"purpose": TEXT, "granted": BOOLEAN},
            user_id={"type": ["string", "integer"]},
            identifiers={"type": "object", "additionalProperties": {"type": ["string", "integer"]}},
            channel=CHANNEL,
            evidence={"type": ["string", "object"], "description": "A note, or texts by name."},
        ),
        "additionalProperties": False,
    },
    "ConsentStated": record({"event_id": TEXT}),
}
