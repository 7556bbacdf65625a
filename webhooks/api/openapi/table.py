"""Every route, one line each: the description, the page and the tests are made from here."""

from __future__ import annotations

from webhooks.api.openapi.alerts import OPERATIONS as ALERTS
from webhooks.api.openapi.codes import OPERATIONS as CODES
from webhooks.api.openapi.control import OPERATIONS as CONTROL
from webhooks.api.openapi.delivering import OPERATIONS as DELIVERING
from webhooks.api.openapi.keys import OPERATIONS as KEYS
from webhooks.api.openapi.operation import INTAKE, OPEN, TWILIO, Operation, Parameter
from webhooks.api.openapi.outcomes import OPERATIONS as OUTCOMES
from webhooks.api.openapi.people import OPERATIONS as PEOPLE
from webhooks.api.openapi.privacy import OPERATIONS as PRIVACY
from webhooks.api.openapi.replaying import OPERATIONS as REPLAYING
from webhooks.api.openapi.requests import OPERATIONS as REQUESTS
from webhooks.callbacks import kinds as callback_kinds
from webhooks.console.operation import OPERATIONS as CONSOLE
from webhooks.preferences.operation import OPERATIONS as PREFERENCES
from webhooks.sources import kinds
from webhooks.tag import OPERATIONS as TAG

#: The methods that ``/webhooks/NAME`` may take at all.
METHODS = ("GET", "POST", "PUT", "PATCH")

FILTERS = (
    Parameter("profile", "query", "A profile's id, or namespace:value."),
    Parameter("trigger", "query", "A trigger's name."),
    Parameter("status", "query", "A status of this list."),
    Parameter("since", "query", "From this time on: ISO, or milliseconds since 1970."),
    Parameter("limit", "query", "Rows of a page: 50, up to 500."),
    Parameter("cursor", "query", "The `next` of the page before."),
)
DESTINATION = Parameter("destination", "query", "A destination's name.")
DELIVERY = Parameter("delivery", "query", "The id of our delivery.", is_required=True)
IDEMPOTENCY = Parameter("Idempotency-Key", "header", "Makes a repeat of the same call harmless for 7 days.")
HOPS = Parameter("Cuewire-Hops", "header", "How many of Cuewire's own sends led to this call.")
SOURCE = Parameter("name", "path", "The name of a source file.", is_required=True)
TRIGGER_ID = Parameter("trigger_id", "path", "The id that POST /api/trigger answered with.", is_required=True)
TRIGGER_QUERY = Parameter(
    "trigger_id", "query", "The id that POST /api/trigger answered with.", is_required=True
)
SUBJECT = (
    Parameter(
        "subject",
        "path",
        "The id of an event, decision, delivery or profile, or `namespace:value`.",
        is_required=True,
    ),
)
IDENTIFIER = (
    Parameter("namespace", "path", "A namespace of identity.yaml, such as user_id.", is_required=True),
    Parameter("value", "path", "The identifier.", is_required=True),
)


def webhooks() -> tuple[Operation, ...]:
    """Give the one route of all sources, by each method that any of them takes."""
    sources = kinds().values()
    ways = tuple(way.name for source in sources for way in source.ways)
    methods = [method for method in METHODS if any(method in source.methods for source in sources)]
    return tuple(
        Operation(
            method,
            "/webhooks/{name}",
            "Take what a customer data platform forwards: /webhooks/segment, or another source's name.",
            ways,
            takes="" if method == "GET" else "WebhookBody",
            gives="Success",
            refuses=(*INTAKE, 404),
            parameters=(SOURCE,),
        )
        for method in methods
    )


OPERATIONS: tuple[Operation, ...] = (
    *(operation for source in kinds().values() for operation in source.operations),
    *webhooks(),
    *(operation for callback in callback_kinds().values() for operation in callback.operations),
    Operation(
        "POST",
        "/callbacks/twilio/status",
        "Take what became of a message, from Twilio.",
        TWILIO,
        takes="TwilioStatus",
        refuses=(400, 401, 413, 415, 503),
        parameters=(DELIVERY,),
        takes_type="application/x-www-form-urlencoded",
    ),
    Operation(
        "POST",
        "/api/trigger",
        "Fire a trigger for a person, its anchor taken as met.",
        takes="TriggerCall",
        gives="TriggerId",
        status=202,
        refuses=(400, 401, 404, 409, 413, 415, 503),
        parameters=(IDEMPOTENCY, HOPS),
    ),
    Operation(
        "GET",
        "/api/trigger/status",
        "Show the decision of a call, its reasons and its deliveries.",
        gives="TriggerStatus",
        refuses=(400, 401, 404),
        parameters=(TRIGGER_QUERY,),
    ),
    Operation(
        "GET",
        "/api/trigger/{trigger_id}",
        "Show the decision of a call, its reasons and its deliveries.",
        gives="TriggerStatus",
        refuses=(401, 404),
        parameters=(TRIGGER_ID,),
    ),
    Operation(
        "GET",
        "/api/profiles/{namespace}/{value}",
        "Show the profile that holds an identifier.",
        gives="Profile",
        refuses=(400, 401, 404),
        parameters=IDENTIFIER,
    ),
    Operation(
        "GET",
        "/api/explain/{subject}",
        "Tell all that belongs to one id: event, identity, decisions, deliveries.",
        gives="Story",
        refuses=(400, 401, 404),
        parameters=SUBJECT,
    ),
    *(
        Operation(
            "GET", f"/api/{name}", help, gives=name.capitalize(), refuses=(400, 401), parameters=filters
        )
        for name, help, filters in (
            ("events", "List events, newest first.", FILTERS),
            ("decisions", "List decisions, newest first.", FILTERS),
            ("deliveries", "List deliveries, newest first.", (*FILTERS, DESTINATION)),
        )
    ),
    *PEOPLE,
    *PRIVACY,
    *OUTCOMES,
    *CONTROL,
    *DELIVERING,
    *REPLAYING,
    *REQUESTS,
    *CODES,
    *KEYS,
    *ALERTS,
    Operation(
        "GET",
        "/api/audit",
        "Show the last audit: what should have fired and did not.",
        gives="AuditState",
        refuses=(400, 401),
    ),
    Operation(
        "POST",
        "/api/audit",
        "Begin an audit, with `repair` one that puts back what is missing.",
        takes="AuditCall",
        gives="AuditState",
        status=202,
        refuses=(400, 401, 404, 413, 415, 503),
    ),
    Operation(
        "POST",
        "/api/console-link",
        "Give a new link that signs in to the console once.",
        gives="ConsoleLink",
        status=201,
        refuses=(401,),
    ),
    *CONSOLE,
    *PREFERENCES,
    *TAG,
    Operation("GET", "/healthz", "Say that the process lives.", OPEN, gives="Status"),
    Operation("GET", "/readyz", "Say whether it takes traffic.", OPEN, gives="Status", refuses=(503,)),
    Operation(
        "GET", "/metrics", "Show counters and lags for Prometheus.", refuses=(401,), gives_type="text/plain"
    ),
    Operation("GET", "/openapi.json", "Describe every route.", refuses=(401,)),
    Operation(
        "GET",
        "/openapi-3.0.json",
        "Describe /api/trigger for tools that read OpenAPI 3.0, such as Salesforce's flows.",
        refuses=(400, 401),
        parameters=(Parameter("fields", "query", "The fields of `metadata`, as cart_id,price:number."),),
    ),
    Operation("GET", "/docs", "Show this description as a page.", refuses=(401,), gives_type="text/html"),
)
