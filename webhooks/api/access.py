"""Who may use the API: whoever holds its key."""

from __future__ import annotations

from flask import Blueprint, request

from core.errors import Unauthorised
from core.secret import Secret
from webhooks.signatures import bearer_token, is_accepted


def guard(routes: Blueprint, api_keys: Secret) -> None:
    """Ask for the key before each of these routes."""

    def check() -> None:
        if request.method == "OPTIONS":
            return
        if not is_accepted(api_keys, bearer_token(request.environ.get("HTTP_AUTHORIZATION", ""))):
            raise Unauthorised(
                "The API key is missing or wrong.",
                field="Authorization",
                hint="Send `Authorization: Bearer KEY` with the value of CUEWIRE_API_KEY.",
            )

    routes.before_request(check)
