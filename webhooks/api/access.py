"""Who may use the API: whoever holds its key, or one that was made for what is asked."""

from __future__ import annotations

from flask import Blueprint, request

from core.errors import Forbidden, Unauthorised
from webhooks.services import Services
from webhooks.signatures import bearer_token, is_accepted

#: Routes that a key needs another scope for than its method says; a path stands for all below it too.
SCOPE_OF_ACT = {
    "/api/trigger": "trigger",
    "/api/consent": "consent",
    "/api/rehearse": "read",
    "/api/segments/preview": "read",
}

#: Keys are made and revoked with the server's own key only: none can give itself more rights.
KEYS = "/api/keys"
TRIGGER = "/api/trigger"


def guard(routes: Blueprint, services: Services) -> None:
    """Ask for a key before each of these routes."""

    def check() -> None:
        if request.method == "OPTIONS":
            return
        given = bearer_token(request.environ.get("HTTP_AUTHORIZATION", ""))
        if not is_accepted(services.api_keys, given):
            check_made(services, given)

    routes.before_request(check)


def check_made(services: Services, given: str) -> None:
    """Let a key in that was made for this, as often as its quota allows."""
    key = services.keys.find(given)
    if key is None or key.kind != "api":
        raise Unauthorised(
            "The API key is missing or wrong.",
            field="Authorization",
            hint="Send `Authorization: Bearer KEY` with the value of CUEWIRE_API_KEY, or a key of `cuewire keys`.",
        )
    needed = scopes_for(request.method, request.path)
    if not needed & set(key.scopes):
        raise Forbidden(
            f"The key {key.name} may not do this.",
            field="Authorization",
            hint=f"It needs the scope {' or '.join(sorted(needed))}."
            if needed
            else "It needs the value of CUEWIRE_API_KEY.",
        )
    services.keys.spend(key)


def scopes_for(method: str, path: str) -> set[str]:
    """Give the scopes of which one is enough; none where only the server's own key is."""
    if path == KEYS or path.startswith(f"{KEYS}/"):
        return set()
    if method in ("GET", "HEAD"):
        # Who fires a trigger may see what came of it.
        return {"read", "trigger"} if path.startswith(f"{TRIGGER}/") else {"read"}
    return {SCOPE_OF_ACT.get(path, "operate")}
