"""Routes about pools of codes."""

from __future__ import annotations

from webhooks.api.openapi.operation import Operation
from webhooks.api.openapi.schema import TEXT, TEXTS, TIME, Schema, record

NUMBER: Schema = {"type": "integer"}

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/api/codes",
        "List the pools of codes: how many are free, given and expired.",
        gives="CodePools",
        refuses=(400, 401),
    ),
    Operation(
        "POST",
        "/api/codes",
        "Load codes into a pool; one that is there already stays as it is.",
        takes="CodesCall",
        gives="CodesLoaded",
        status=201,
        refuses=(400, 401, 413, 415, 503),
    ),
)

SCHEMAS: dict[str, Schema] = {
    "CodePools": record(
        {
            "pools": {
                "type": "array",
                "items": record({"pool": TEXT, "free": NUMBER, "given": NUMBER, "expired": NUMBER}),
            }
        }
    ),
    "CodesCall": {
        **record({"pool": TEXT, "codes": TEXTS}, expires_at=TIME),
        "additionalProperties": False,
    },
    "CodesLoaded": record({"pool": TEXT, "added": NUMBER, "known": NUMBER}),
}
