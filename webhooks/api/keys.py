"""Keys: made, listed and revoked while the server runs."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from core.engine.instant import iso, parse_time
from core.errors import BadRequest
from core.pipeline.keyring import Wanted
from core.ports.access import AccessKey
from webhooks.answers import json_answer
from webhooks.api.query import read_args
from webhooks.api.trigger import check_fields
from webhooks.payload import read_object
from webhooks.receiver import read_body
from webhooks.services import Services

FIELDS = ("name", "kind", "source", "scopes", "quota", "expires_at")


class KeysApi:
    """Hands each act over to the ring of keys."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def keys(self) -> Response:
        """List every key ever made, the newest first; its text is never shown again."""
        read_args(())
        return json_answer({"keys": [self._shape(one) for one in self.services.keys.all()]})

    def create_key(self) -> Response:
        """Make a key and show its text, this once."""
        body = read_object(read_body(request.environ, self.services.limits.event))
        check_fields(body, FIELDS)
        made, text = self.services.keys.create(wanted(body), list(self.services.rules().sources))
        return json_answer({**self._shape(made), "key": text}, 201)

    def revoke_key(self, key_id: str) -> Response:
        """Let a key open nothing any more."""
        read_args(())
        return json_answer(self._shape(self.services.keys.revoke(key_id)))

    def _shape(self, key: AccessKey) -> dict[str, Any]:
        times = {
            "created_at": key.created_at,
            "expires_at": key.expires_at,
            "revoked_at": key.revoked_at,
            "last_used_at": self.services.keys.last_used(key.id),
        }
        return {
            "id": key.id,
            "name": key.name,
            "kind": key.kind,
            "source": key.source or None,
            "scopes": list(key.scopes),
            "quota": key.quota,
            "active": key.is_good(self.services.clock.now()),
            **{name: None if at is None else iso(at) for name, at in times.items()},
        }


def wanted(body: dict[str, Any]) -> Wanted:
    """Read what a key is asked for."""
    scopes, quota, expires = body.get("scopes", []), body.get("quota", 0), body.get("expires_at")
    texts = {name: body.get(name, "") for name in ("name", "kind", "source")}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise BadRequest("must be text", field=name, hint=f"send {name} as text")
    if not isinstance(scopes, list) or not all(isinstance(one, str) for one in scopes):
        raise BadRequest("must be a list of texts", field="scopes", hint='such as ["trigger"]')
    if not isinstance(quota, int) or isinstance(quota, bool):
        raise BadRequest(
            "must be a whole number", field="quota", hint="events or calls a minute, such as 600"
        )
    expires_at = parse_time(expires) if expires is not None else None
    if expires is not None and expires_at is None:
        raise BadRequest("must be a time", field="expires_at", hint="such as 2027-12-31T00:00:00Z")
    return Wanted(
        texts["name"],
        texts["kind"],
        texts["source"],
        tuple(scopes),
        quota,
        expires_at,
    )
