"""Pub/Sub: a push is believed by Google's token or by ours, and acknowledged whatever is inside."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from described_source import opened, post
from edge.doubles import PUBLIC_URL, Edge
from edge.mutations import mutations
from edge.reader import NOW

from webhooks.services import fetch_nothing

ACCOUNT = "pusher@shop.iam.gserviceaccount.com"
AUDIENCE = f"{PUBLIC_URL}/webhooks/shop"
RECEIVE = "{envelope: pubsub, event: =item.name}"
KEYS = "https://www.googleapis.com/oauth2/v3/certs"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def listed(**keys: Any) -> bytes:
    """Give public keys by their names, as Google lists them."""
    found = [
        json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())) | {"kid": name, "use": "sig"}
        for name, key in keys.items()
    ]
    return json.dumps({"keys": found}).encode()


@dataclass
class Google:
    """Lists its keys, and counts how often it is asked."""

    body: bytes = field(default_factory=lambda: listed(k1=KEY))
    status: int = 200
    asked: list[str] = field(default_factory=list)

    def __call__(self, address: str) -> tuple[int, bytes]:
        """Give the keys."""
        self.asked.append(address)
        return self.status, self.body


def token(key: Any = KEY, kid: str = "k1", **claims: Any) -> str:
    """Make a token as Google does for a push subscription."""
    own = {
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "email": ACCOUNT,
        "email_verified": True,
        "iat": NOW // 1000 - 60,
        "exp": NOW // 1000 + 3_540,
        "sub": "113774264463038321964",
    }
    kept = {name: value for name, value in (own | claims).items() if value is not None}
    return jwt.encode(kept, key, algorithm="RS256", headers={"kid": kid})


def message(data: str = '{"name": "Bought"}', **more: Any) -> dict[str, Any]:
    """Wrap data as Pub/Sub does."""
    own = {"data": base64.b64encode(data.encode()).decode(), "messageId": "17", **more}
    return {"message": own, "subscription": "projects/p/subscriptions/s"}


def open_to(google: Google, **settings: str) -> Edge:
    """Open the source to a service account."""
    return opened(RECEIVE, {"service_account": ACCOUNT} | settings, fetch=google)


def push(app: Edge, bearer: str, path: str = "/webhooks/shop") -> Any:
    """Push a message with a token."""
    return post(app, message(), {"Authorization": f"Bearer {bearer}"}, path)


def test_a_token_of_our_service_account_opens_and_the_keys_are_asked_for_once() -> None:
    """The audience is this source's own address where nothing is set."""
    google = Google()
    app = open_to(google)
    assert [push(app, token()).status_code for _ in range(3)] == [200] * 3
    assert google.asked == [KEYS]
    assert [call["event"] for call in app.intake.events] == ["Bought"] * 3
    assert len({call["messageId"] for call in app.intake.events}) == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://example.com"},
        {"iss": None},
        {"aud": "https://example.com/webhooks/shop"},
        {"aud": None},
        {"aud": [AUDIENCE]},
        {"aud": {}},
        {"email": "other@shop.iam.gserviceaccount.com"},
        {"email": None},
        {"email_verified": None},
        {"email_verified": False},
        {"email_verified": "true"},
        {"exp": NOW // 1000 - 61},
        {"exp": None},
        {"exp": True},
        {"exp": 1e300},
        {"iat": NOW // 1000 + 61},
        {"key": OTHER},
        {"kid": "k2"},
    ],
)
def test_a_token_that_is_not_for_us_is_refused(claims: dict[str, Any]) -> None:
    """Another issuer, audience, account, time or key."""
    app = open_to(Google())
    answer = push(app, token(**claims))
    assert answer.status_code == 401 and answer.json["error"]["field"] == "Authorization"
    assert not app.intake.items


def test_no_mutated_token_opens() -> None:
    """60 changes, also those that base64 would read as the same bytes."""
    google = Google()
    app, good = open_to(google), token()
    for one in mutations(good):
        assert push(app, one).status_code == 401, one
    for part in range(3):
        parts = good.split(".")
        for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=":
            parts[part] = good.split(".")[part][:-1] + letter
            if (joined := ".".join(parts)) != good:
                assert push(app, joined).status_code == 401
    assert not app.intake.items
    assert len(google.asked) <= 2


def test_a_token_without_or_with_another_kind_of_signature_is_refused() -> None:
    """Neither ``none`` nor an HMAC by the public key."""
    app = open_to(Google())
    head, body, _ = token().split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","kid":"k1"}').decode().rstrip("=")
    for one in (
        f"{none}.{body}.",
        f"{head}.{body}.",
        f"{head}.{body}",
        "",
        "a.b.c",
        "...",
        "\u00e9.\u00e9.\u00e9",
    ):
        assert push(app, one).status_code == 401
    hmac = jwt.encode({"aud": AUDIENCE}, "x" * 64, algorithm="HS256", headers={"kid": "k1"})
    assert push(app, hmac).status_code == 401


def test_unknown_keys_do_not_make_us_ask_each_time() -> None:
    """Whoever makes keys up gets 401 and nothing else."""
    google = Google()
    app = open_to(google)
    assert {push(app, token(OTHER, f"k{n}")).status_code for n in range(2, 30)} == {401}
    assert len(google.asked) == 1


@pytest.mark.parametrize(
    ("status", "body"), [(500, b""), (404, b""), (200, b"<html>"), (200, b'{"keys":[{}]}')]
)
def test_keys_that_cannot_be_fetched_now_are_asked_for_later(status: int, body: bytes) -> None:
    """503 with Retry-After: the message is pushed again."""
    answer = push(open_to(Google(body, status)), token())
    assert answer.status_code == 503 and answer.headers["Retry-After"]


def test_a_token_of_ours_may_stand_in_the_address() -> None:
    """Alone, or beside Google's; where both are set, both are needed."""
    app = opened(RECEIVE, {"token": "t-1,t-2"}, fetch=fetch_nothing)
    assert post(app, message(), {}, "/webhooks/shop?token=t-2").status_code == 200
    assert post(app, message(), {}, "/webhooks/shop?token=t-3").status_code == 401
    for one in mutations("0123456789abcdef0123"):
        assert post(app, message(), {}, f"/webhooks/shop?token={one}").status_code == 401
    both = open_to(Google(), token="t-1")
    assert push(both, token()).status_code == 401
    assert post(both, message(), {}, "/webhooks/shop?token=t-1").status_code == 401
    assert push(both, token(), "/webhooks/shop?token=t-1").status_code == 200


def test_the_audience_and_googles_address_may_be_set() -> None:
    """As the subscription has it; the address for tests."""
    google = Google()
    app = open_to(google, audience="cuewire", base_url="http://127.0.0.1:9/")
    assert push(app, token(aud="cuewire")).status_code == 200
    assert push(app, token()).status_code == 401
    assert google.asked == ["http://127.0.0.1:9/oauth2/v3/certs"]


def test_a_source_without_any_proof_set_is_closed() -> None:
    """401, and the setting is named."""
    answer = push(opened(RECEIVE, {}, fetch=Google()), token())
    assert "CUEWIRE_SHOP_SERVICE_ACCOUNT" in answer.json["error"]["hint"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"message": 7}, 400),
        ({"message": {}}, 200),
        ({"message": {"data": None, "messageId": None}}, 200),
        ({"message": {"data": 7}}, 200),
        ({"message": {"data": "%%%"}}, 200),
        ({"message": {"data": "e30", "attributes": []}}, 200),
        ({"message": {"data": "/w==", "messageId": [], "publishTime": 1e300}}, 200),
    ],
)
def test_a_strange_envelope_is_refused_and_strange_data_is_set_aside(body: Any, status: int) -> None:
    """What Pub/Sub itself got right is acknowledged, or it would come again for days."""
    app = opened(RECEIVE, {"token": "t"}, fetch=fetch_nothing)
    assert post(app, body, {}, "/webhooks/shop?token=t").status_code == status
    assert not app.intake.events
