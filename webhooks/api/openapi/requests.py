"""The route about what became of requests from outside."""

from __future__ import annotations

from core.ports.verdict import VERDICTS
from webhooks.api.openapi.operation import Operation, Parameter
from webhooks.api.openapi.schema import MAYBE_TEXT, TEXT, TEXTS, TIME, Schema, record, ref

KIND: Schema = {"enum": ["source", "callback", "unknown"]}
VERDICT: Schema = {"enum": list(VERDICTS)}
NUMBER: Schema = {"type": "integer"}

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/api/requests",
        "List what became of the last requests of each source and callback, and why: the newest first.",
        gives="Requests",
        refuses=(400, 401),
        parameters=(
            Parameter("name", "query", "A source's or a callback's name."),
            Parameter("verdict", "query", "One verdict, or `failed` for all that somebody should look at."),
            Parameter("since", "query", "From this time on: ISO, or milliseconds since 1970."),
            Parameter("limit", "query", "Rows of the list: 50, up to 500."),
        ),
    ),
    Operation(
        "POST",
        "/api/requests/replay",
        "Judge requests again whose signature did not fit, and let those in whose does now.",
        takes="ReplayRequestsCall",
        gives="ReplayedRequests",
        refuses=(400, 401, 413, 415, 503),
    ),
)

SCHEMAS: dict[str, Schema] = {
    "Requests": record(
        {
            "requests": {"type": "array", "items": ref("RequestFromOutside")},
            "senders": {"type": "array", "items": ref("Sender")},
        }
    ),
    "RequestFromOutside": record(
        {
            "id": TEXT,
            "held": {"type": "boolean", "description": "It is kept whole, and can be judged again."},
            "name": {**MAYBE_TEXT, "description": "The source or callback; null where it named none."},
            "kind": KIND,
            "at": TIME,
            **dict.fromkeys(("method", "path"), TEXT),
            "answer": {**NUMBER, "description": "The HTTP status of the answer."},
            "verdict": VERDICT,
            **dict.fromkeys(("reason", "hint"), MAYBE_TEXT),
            "items": {
                "type": "object",
                "additionalProperties": NUMBER,
                "description": "How many, by verdict.",
            },
            "size": {**NUMBER, "description": "Bytes of the body as announced."},
        }
    ),
    "ReplayRequestsCall": {
        **record(
            {}, name={**TEXT, "description": "A source's or a callback's name."}, ids={**TEXTS, "minItems": 1}
        ),
        "additionalProperties": False,
    },
    "ReplayedRequests": record(
        {
            **dict.fromkeys(("matched", "accepted"), NUMBER),
            "requests": {
                "type": "array",
                "items": record(
                    {
                        **dict.fromkeys(("id", "name"), TEXT),
                        "at": TIME,
                        "answer": {"type": ["integer", "null"]},
                        "verdict": VERDICT,
                        **dict.fromkeys(("reason", "hint"), MAYBE_TEXT),
                    }
                ),
            },
        }
    ),
    "Sender": record(
        {
            "name": MAYBE_TEXT,
            "kind": KIND,
            "last_at": TIME,
            "accepted_at": {**MAYBE_TEXT, "description": "ISO UTC with milliseconds."},
            "accepted": {**TEXT, "description": "In words, such as `3h ago`."},
            "verdict": VERDICT,
        }
    ),
}
