"""Every route, one line each: the description, the page and the tests are made from here."""

from __future__ import annotations

from dataclasses import dataclass

KEY, WRITE_KEY, SIGNED, TWILIO, OPEN = "apiKey", "writeKey", "segmentSignature", "twilioSignature", ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a route, of the kind ``query``, ``path`` or ``header``."""

    name: str
    place: str
    help: str
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path: who may call it, what it takes and what it answers."""

    method: str
    path: str
    help: str
    access: str = KEY
    takes: str = ""
    gives: str = ""
    status: int = 200
    refuses: tuple[int, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    takes_type: str = "application/json"
    gives_type: str = "application/json"


FILTERS = (
    Parameter("profile", "query", "A profile's id, or namespace:value."),
    Parameter("trigger", "query", "A trigger's name."),
    Parameter("status", "query", "A status of this list."),
    Parameter("since", "query", "From this time on: ISO, or milliseconds since 1970."),
    Parameter("limit", "query", "Rows of a page: 50, up to 500."),
    Parameter("cursor", "query", "The `next` of the page before."),
)
DELIVERY = Parameter("delivery", "query", "The id of our delivery.", is_required=True)
IDEMPOTENCY = Parameter("Idempotency-Key", "header", "Makes a repeat of the same call harmless for 7 days.")
SOURCE = Parameter("name", "path", "The name of a source file.", is_required=True)
TRIGGER_ID = Parameter("trigger_id", "path", "The id that POST /api/trigger answered with.", is_required=True)
TRIGGER_QUERY = Parameter(
    "trigger_id", "query", "The id that POST /api/trigger answered with.", is_required=True
)
IDENTIFIER = (
    Parameter("namespace", "path", "A namespace of identity.yaml, such as user_id.", is_required=True),
    Parameter("value", "path", "The identifier.", is_required=True),
)

INTAKE = (400, 401, 413, 415, 503)


def tracking() -> tuple[Operation, ...]:
    """Give the routes of Segment's tracking API, long and short."""
    singles = [
        Operation(
            "POST",
            f"/v1/{path}",
            f"Take one {kind} call.",
            WRITE_KEY,
            takes="Call",
            gives="Success",
            refuses=INTAKE,
        )
        for kind in ("track", "identify", "page", "screen", "group", "alias")
        for path in (kind, kind[0])
    ]
    batches = [
        Operation("POST", f"/v1/{path}", help, WRITE_KEY, takes="Batch", gives="Success", refuses=INTAKE)
        for path, help in (
            ("batch", "Take a batch of calls."),
            ("b", "Take a batch of calls, as browsers name it."),
            ("import", "Take a batch of calls, as older libraries name it."),
        )
    ]
    ignored = Operation(
        "POST", "/v1/m", "Take the browser library's own metrics and drop them.", OPEN, gives="Success"
    )
    return (*singles, *batches, ignored)


def webhooks() -> tuple[Operation, ...]:
    """Give the routes of Segment's webhook destinations, which may use any of three methods."""
    return tuple(
        Operation(
            method,
            "/webhooks/{name}",
            "Take a call, or an array of calls, that Segment forwards: /webhooks/segment.",
            SIGNED,
            takes="WebhookBody",
            gives="Success",
            refuses=(*INTAKE, 404),
            parameters=(SOURCE,),
        )
        for method in ("POST", "PUT", "PATCH")
    )


OPERATIONS: tuple[Operation, ...] = (
    *tracking(),
    *webhooks(),
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
        parameters=(IDEMPOTENCY,),
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
    *(
        Operation(
            "GET", f"/api/{name}", help, gives=name.capitalize(), refuses=(400, 401), parameters=FILTERS
        )
        for name, help in (
            ("events", "List events, newest first."),
            ("decisions", "List decisions, newest first."),
            ("deliveries", "List deliveries, newest first."),
            ("segments", "List segments."),
        )
    ),
    Operation("GET", "/healthz", "Say that the process lives.", OPEN, gives="Status"),
    Operation("GET", "/readyz", "Say whether it takes traffic.", OPEN, gives="Status", refuses=(503,)),
    Operation(
        "GET", "/metrics", "Show counters and lags for Prometheus.", refuses=(401,), gives_type="text/plain"
    ),
    Operation("GET", "/openapi.json", "Describe every route.", refuses=(401,)),
    Operation("GET", "/docs", "Show this description as a page.", refuses=(401,), gives_type="text/html"),
)
