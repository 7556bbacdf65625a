"""The pages behind a message's links as the API's description lists them."""

from __future__ import annotations

from webhooks.api.openapi.operation import OPEN, Operation, Parameter

HTML = "text/html"
TOKEN = (Parameter("token", "path", "The signed end of a message's link.", is_required=True),)
FORM = "application/x-www-form-urlencoded"


def _page(method: str, path: str, help: str, takes: str = "") -> Operation:
    return Operation(
        method,
        path,
        help,
        OPEN,
        takes=takes,
        takes_type=FORM if takes else "application/json",
        gives_type=HTML,
        parameters=TOKEN,
    )


OPERATIONS: tuple[Operation, ...] = (
    _page("GET", "/u/{token}", "Ask whether to unsubscribe; changes nothing."),
    _page("POST", "/u/{token}", "Unsubscribe, also by one click of a mail program (RFC 8058).", "OneClick"),
    _page("GET", "/preferences/{token}", "Show what a person agreed to, to choose from."),
    _page("POST", "/preferences/{token}", "Keep what a person chose.", "Choices"),
)
