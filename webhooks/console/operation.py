"""The console's routes as the API's description lists them."""

from __future__ import annotations

from webhooks.api.openapi.operation import OPEN, Operation, Parameter

SESSION = "consoleSession"
HTML = "text/html"

ID = Parameter("id", "query", "The id of what the page shows.", is_required=True)
CURSOR = Parameter("cursor", "query", "Where an older page starts.")
DAYS = Parameter("days", "query", "How many days to count, today among them.")
NARROW = (
    Parameter("kind", "query", "`events`, `decisions` or `deliveries`; all of them unless given."),
    Parameter("trigger", "query", "A trigger's name."),
    Parameter("status", "query", "A status or an outcome."),
    Parameter("profile", "query", "A profile's id, an identifier, or namespace:value."),
    CURSOR,
)


def _page(path: str, help: str, *parameters: Parameter) -> Operation:
    return Operation("GET", f"/console/{path}", help, SESSION, gives_type=HTML, parameters=parameters)


def _act(path: str, help: str, takes: str) -> Operation:
    form = "application/x-www-form-urlencoded"
    return Operation("POST", f"/console/{path}", help, SESSION, takes=takes, takes_type=form, status=303)


OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/console", "Lead to the console.", OPEN, status=303, gives_type=HTML),
    _page("", "Show what happens, newest first, updating by itself.", *NARROW),
    _page("person", "Show a person: identifiers, traits, consent, timeline.", ID),
    _page("event", "Show an event and what came of it.", ID),
    _page("decision", "Show a decision, gate by gate.", ID),
    _page("delivery", "Show a delivery with its attempts.", ID),
    _page("consent", "Show a person's ledger of consent.", ID, CURSOR),
    _page("triggers", "Show what became of each trigger, and what it led to.", DAYS),
    _page("trigger", "Show one trigger's numbers, step by step.", ID, DAYS),
    _page("stop", "Ask whether to stop all sends, or to let them go on."),
    _act("stop", "Stop all sends.", "StopForm"),
    _act("go-on", "Let them leave again.", "SignOut"),
    _page("search", "Find a person or an id.", Parameter("q", "query", "An identifier or an id.")),
    _page("{rest}", "Say that there is no such page.", Parameter("rest", "path", "Any.", is_required=True)),
    Operation(
        "GET",
        "/console/signin",
        "Show the way in, or go in by a link.",
        OPEN,
        gives_type=HTML,
        parameters=(Parameter("token", "query", "The token of a one-time link."),),
    ),
    Operation(
        "POST",
        "/console/signin",
        "Go in by the API key.",
        OPEN,
        takes="SignIn",
        takes_type="application/x-www-form-urlencoded",
        status=303,
    ),
    _act("signout", "End the session.", "SignOut"),
    Operation(
        "GET",
        "/console/static/{filename}",
        "Give the console's style, script and mark.",
        OPEN,
        gives_type=HTML,
        parameters=(Parameter("filename", "path", "A file's name.", is_required=True),),
    ),
)
