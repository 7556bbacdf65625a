"""Who may call the fake HubSpot: a private app's token, or one that OAuth gave."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, jsonify, request

from cuewire.sandbox.hubspot.wire import created, error
from cuewire.sandbox.session import Sessions
from cuewire.sandbox.settings import SandboxSettings

TOKEN = "/oauth/v1/token"  # noqa: S105  # an address, not a secret
LIFETIME_S = 1_800


def new_tokens() -> Sessions:
    """Keep access tokens as HubSpot writes them."""
    return Sessions("CN")


def add_access(routes: Blueprint, settings: SandboxSettings, tokens: Sessions) -> None:
    """Let nobody past without a token, and give one for a refresh token."""

    @routes.before_request
    def authenticate() -> Response | None:
        if request.path.endswith(TOKEN):
            return None
        given = request.authorization
        token = (given.token or "") if given and given.type == "bearer" else ""
        is_private = hmac.compare_digest(token.encode(), settings.hubspot_access_token.encode())
        if is_private or tokens.is_open(token):
            return None
        return error(401, "INVALID_AUTHENTICATION", "Authentication credentials not found or not valid")

    @routes.post(TOKEN)
    def renew() -> Response:
        form, wanted = request.form, settings.hubspot_refresh_token
        pair = f"{form.get('client_id')}:{form.get('client_secret')}"
        known = f"{settings.hubspot_client_id}:{settings.hubspot_client_secret}"
        if form.get("grant_type") != "refresh_token":
            return created(400, status="BAD_GRANT_TYPE", message="unsupported grant type")
        if not hmac.compare_digest(pair.encode(), known.encode()):
            return created(400, status="BAD_CLIENT_ID", message="missing or unknown client id")
        if not hmac.compare_digest(str(form.get("refresh_token")).encode(), wanted.encode()):
            return created(400, status="BAD_REFRESH_TOKEN", message="missing or unknown refresh token")
        told = {"token_type": "bearer", "expires_in": LIFETIME_S, "refresh_token": wanted}
        return jsonify(access_token=tokens.start(), **told)
