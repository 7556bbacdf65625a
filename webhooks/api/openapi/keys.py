"""Routes about keys."""

from __future__ import annotations

from webhooks.api.openapi.operation import Operation, Parameter
from webhooks.api.openapi.schema import TEXT, TEXTS, TIME, Schema, record

_KEY: dict[str, Schema] = {
    "id": TEXT,
    "name": TEXT,
    "kind": {"type": "string", "enum": ["server", "browser", "api"]},
    "source": {"type": ["string", "null"]},
    "scopes": TEXTS,
    "quota": {"type": "integer"},
    "active": {"type": "boolean"},
    "created_at": TIME,
    "expires_at": {"type": ["string", "null"]},
    "revoked_at": {"type": ["string", "null"]},
    "last_used_at": {"type": ["string", "null"]},
}

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/api/keys",
        "List the keys that were made; their texts are never shown again. Only with CUEWIRE_API_KEY.",
        gives="Keys",
        refuses=(400, 401),
    ),
    Operation(
        "POST",
        "/api/keys",
        "Make a key for a server, a browser's page or a caller of the API, and show it this once.",
        takes="KeyCall",
        gives="KeyMade",
        status=201,
        refuses=(400, 401, 413, 415, 503),
    ),
    Operation(
        "DELETE",
        "/api/keys/{key_id}",
        "Revoke a key: from the answer on it opens nothing.",
        gives="Key",
        refuses=(400, 401, 404, 503),
        parameters=(Parameter("key_id", "path", "The id of a key.", is_required=True),),
    ),
)

SCHEMAS: dict[str, Schema] = {
    "Key": record(_KEY),
    "Keys": record({"keys": {"type": "array", "items": record(_KEY)}}),
    "KeyMade": record({**_KEY, "key": TEXT}),
    "KeyCall": {
        **record(
            {"name": TEXT, "kind": _KEY["kind"]},
            source=TEXT,
            scopes=TEXTS,
            quota={"type": "integer", "minimum": 0},
            expires_at=TIME,
        ),
        "additionalProperties": False,
    },
}
