"""HubSpot's routes as the description of all routes has them."""

from __future__ import annotations

from webhooks.api.openapi.operation import INTAKE, Access, Operation, Parameter
from webhooks.api.openapi.schema import ANY_OBJECT, TEXT, Schema, record
from webhooks.callbacks.hubspot.signature import V3

SIGNATURE = Access(
    "hubspotSignature",
    V3,
    {
        "type": "apiKey",
        "in": "header",
        "name": V3,
        "description": "Made by HubSpot with the app's secret; the older versions are taken too.",
    },
)

ACCOUNT = Parameter("destination", "query", "The account whose app calls: hubspot unless given.")
WORKFLOW = Parameter("workflow", "query", "Tells webhooks of workflows apart: the event workflow.NAME.")

OPERATIONS = (
    Operation(
        "POST",
        "/callbacks/hubspot",
        "Take what HubSpot's subscriptions and workflows tell.",
        SIGNATURE.name,
        takes="HubSpotNotice",
        gives="Success",
        refuses=(*INTAKE, 404),
        parameters=(ACCOUNT, WORKFLOW),
    ),
    Operation(
        "POST",
        "/callbacks/hubspot/action",
        "Fire a trigger for a step of a HubSpot workflow, and tell it what came of it.",
        SIGNATURE.name,
        takes="HubSpotStep",
        gives="HubSpotAnswer",
        refuses=(*INTAKE, 404, 409),
        parameters=(ACCOUNT,),
    ),
)

OUTPUT: Schema = record(
    {"hs_execution_state": {"enum": ["SUCCESS", "BLOCK"]}},
    **dict.fromkeys(("decision", "reason", "delivery_status", "hs_expiration_duration"), TEXT),
)

SCHEMAS: dict[str, Schema] = {
    "HubSpotNotice": {"oneOf": [{"type": "array", "maxItems": 4000, "items": ANY_OBJECT}, ANY_OBJECT]},
    "HubSpotStep": record(
        {"callbackId": TEXT, "object": ANY_OBJECT, "inputFields": record({"trigger": TEXT}, wait_until=TEXT)}
    ),
    "HubSpotAnswer": record({"outputFields": OUTPUT}),
}
