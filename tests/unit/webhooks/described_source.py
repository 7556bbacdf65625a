"""A source that is described by its file alone, opened for a test."""

from __future__ import annotations

import base64
import hmac
import json
from functools import cache
from typing import Any

from edge.doubles import Edge, edge

from core.engine.rule import RuleSet
from cuewire.trying import compile_files
from webhooks.services import Fetch, fetch_nothing


def opened(
    receive: str,
    secrets: dict[str, str] | None = None,
    *,
    name: str = "shop",
    uses: str = "",
    fetch: Fetch = fetch_nothing,
) -> Edge:
    """Build an app with one source of this ``receive``, by default with the token ``t``."""
    held = {"token": "t"} if secrets is None else secrets
    keys = {(name, key): value for key, value in held.items()}
    return edge(secrets=keys, rule_set=rules_of(receive, name=name, uses=uses), fetch=fetch)


@cache
def rules_of(receive: str, *, name: str = "shop", uses: str = "") -> RuleSet:
    """Compile one source of this ``receive``."""
    text = f"source: {name}\n{uses}receive: {receive}\nidentifiers: {{user_id: =event.userId}}\n"
    compiled = compile_files({f"sources/{name}.yaml": text})
    assert compiled.rules is not None, compiled.problems
    return compiled.rules


def signature(secret: str | bytes, message: str, *, algorithm: str = "sha256", encoding: str = "hex") -> str:
    """Sign as a sender does."""
    key = secret.encode() if isinstance(secret, str) else secret
    digest = hmac.digest(key, message.encode(), algorithm)
    return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()


def post(app: Edge, body: Any, headers: dict[str, str] | None = None, path: str = "/webhooks/shop") -> Any:
    """Post a body, by default with the token."""
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    return app.client.post(path, data=data, headers={"X-Cuewire-Token": "t"} if headers is None else headers)
