"""Ask a running server, with the key that the environment has."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from connectors.setting import is_loopback
from core.errors import OperatorError
from core.secret import Secret
from cuewire.settings import read_values

if TYPE_CHECKING:
    from requests import Response

TIMEOUT = 60
LONGEST = 160


def ask_server(
    url: str,
    method: str,
    path: str,
    *,
    body: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Give what a route of the API answers, or say why the server refused."""
    answer = call_server(url, method, path, body=body, params=params)
    if not answer.ok:
        raise refused(answer, url)
    told: dict[str, Any] = answer.json()
    return told


def call_server(
    url: str,
    method: str,
    path: str,
    *,
    body: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
) -> Response:
    """Call a route of the API and give its answer, whatever it is; raises OperatorError where there is none."""
    import requests  # here, so that working on a folder loads no HTTP client

    address = f"{url.rstrip('/')}{path}"
    try:
        with requests.Session() as session:
            session.trust_env = not is_loopback(address)
            session.headers["Authorization"] = f"Bearer {api_key()}"
            return session.request(method, address, json=body, params=params, timeout=TIMEOUT)
    except requests.RequestException as error:
        hint = "Is `cuewire serve` running there?"
        raise OperatorError(f"{url} does not answer: {type(error).__name__}.", hint=hint) from error


def refused(answer: Response, url: str) -> OperatorError:
    """Word a refusal: what our own errors say, else the beginning of what came."""
    is_json = "json" in answer.headers.get("Content-Type", "")
    error = answer.json().get("error", {}) if is_json else {}
    parts = [error.get("field"), error.get("message", answer.text.strip()[:LONGEST])]
    why = " ".join(part for part in parts if part)
    is_key = answer.status_code == 401 or not error
    hint = "CUEWIRE_API_KEY must be the server's." if is_key else error.get("hint", "")
    return OperatorError(f"{url} answers {answer.status_code}: {why}", hint=hint)


def api_key() -> str:
    """Read the server's key from the environment."""
    problems: list[str] = []
    key = Secret(read_values(os.environ, problems).get("API_KEY", "")).reveal()
    if problems or not key:
        raise OperatorError((*problems, "CUEWIRE_API_KEY is not set.")[0], hint="Set it to the server's key.")
    return key
