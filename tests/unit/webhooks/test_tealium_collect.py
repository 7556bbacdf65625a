"""Tealium's Collect API of version 3: regional addresses, addresses that name the account, and who is believed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from edge.doubles import TEALIUM_TOKEN, Edge, edge

PLACE = "accounts/acme/profiles/main/datasources/abc123"
NAMED = f"/v3/collect/integration/event/{PLACE}"
EVENT = {"tealium_event": "user_login", "tealium_account": "acme", "customer_email": "ada@example.com"}
PATHS = ["/event", "/v3/collect/event", "/v3/collect/regional/event", NAMED]


def post(app: Edge, path: str, body: Any, **headers: str) -> Any:
    """Send JSON as a client does."""
    return app.client.post(path, data=json.dumps(body), headers=headers)


@pytest.mark.parametrize("path", [NAMED, NAMED.replace("/collect/", "/collect/regional/")])
def test_an_address_may_name_the_account(path: str) -> None:
    """204 as Tealium answers; what the address names stands above the body."""
    app = edge()
    answer = post(
        app, path, {"tealium_event": "user_login", "tealium_account": "other", "tealium_profile": "x"}
    )
    assert (answer.status_code, answer.data) == (204, b"")
    (call,) = app.intake.events
    assert call["properties"] == {
        "tealium_event": "user_login",
        "tealium_account": "acme",
        "tealium_profile": "main",
        "tealium_datasource": "abc123",
    }


def test_an_account_in_the_address_must_be_ours() -> None:
    """401 with X-Error for a stranger, 400 for what is no event, 405 for another method."""
    app = edge()
    answer = post(app, NAMED.replace("acme", "stranger"), EVENT)
    assert (answer.status_code, answer.headers["X-Error"]) == (401, "The account is not one of ours.")
    assert post(app, NAMED, [EVENT]).status_code == 400
    assert app.client.get(NAMED).status_code == 405
    assert not app.intake.calls


@pytest.mark.parametrize("path", PATHS)
def test_only_the_token_makes_a_client_a_server(path: str) -> None:
    """Without it anyone could have sent this; with another one nothing is taken."""
    app = edge()
    assert post(app, path, EVENT).status_code < 300
    assert post(app, path, EVENT, Authorization=f"Bearer {TEALIUM_TOKEN}").status_code < 300
    assert [item.is_public for item in app.intake.items] == [True, False]
    for token in ("", "token-us", TEALIUM_TOKEN + "x", TEALIUM_TOKEN[:-1]):
        answer = post(app, path, EVENT, Authorization=f"Bearer {token}")
        assert (answer.status_code, answer.headers["X-Error"]) == (401, "The Bearer token is not ours.")
    assert len(app.intake.items) == 2


def test_a_bulk_with_the_token_is_believed_too() -> None:
    """Each of its events is a server's."""
    app = edge()
    body = {"shared": {"tealium_account": "acme"}, "events": [{"tealium_event": "a"}, {"tealium_event": "b"}]}
    for path in ("/v3/collect/bulk-event", "/v3/collect/regional/bulk-event"):
        assert post(app, path, body, Authorization=f"bearer {TEALIUM_TOKEN}").status_code == 200
    assert [item.is_public for item in app.intake.items] == [False] * 4


def test_without_a_token_of_ours_no_bearer_is_taken() -> None:
    """A setting that is not set opens nothing."""
    app = edge(secrets={("tealium", "accounts"): "acme"})
    assert post(app, "/event", EVENT, Authorization="Bearer ").status_code == 401
    assert post(app, "/event", EVENT, Authorization="Bearer x").status_code == 401
    assert post(app, "/event", EVENT).status_code == 200
