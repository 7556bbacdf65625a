"""Twilio's status callback: its signature, and what each status means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from edge.doubles import AUTH_TOKEN, PUBLIC_URL, Edge, edge
from edge.mutations import mutations
from edge.reader import fill
from twilio.request_validator import RequestValidator

from core.ports import Delivered, Rejected
from core.secret import Secret
from webhooks.callbacks.twilio.signature import is_signed
from webhooks.callbacks.twilio.word import FAILED, TAKEN, outcome_of
from webhooks.signatures import hmac_base64

VECTORS = Path(__file__).parents[4] / "shared/samples/inbound/vectors/twilio-signatures.json"
PATH = "/callbacks/twilio/status"
SENT = {
    "AccountSid": "AC1",
    "MessageSid": "SM1",
    "MessageStatus": "delivered",
    "To": "+4915112345678",
    "Note": " é ",
}


def sign(url: str, params: Any, token: str = AUTH_TOKEN) -> str:
    """Sign with Twilio's own library."""
    return str(RequestValidator(token).compute_signature(url, params))


def post(
    app: Edge, params: dict[str, str], *, query: str = "delivery=a_1", base: str = PUBLIC_URL, **headers: str
) -> Any:
    """Call back, signed for the public address."""
    address = f"{PATH}?{query}" if query else PATH
    given = {"X-Twilio-Signature": sign(base + address, params)} | headers
    form = "application/x-www-form-urlencoded"
    return app.client.post(address, data=urlencode(params), headers=given, content_type=form)


def test_a_signed_callback_settles_its_delivery() -> None:
    """The word of Twilio is handed over with its own id, and answered empty."""
    app = edge()
    answer = post(app, SENT)
    assert (answer.status_code, answer.data) == (200, b"")
    assert app.settle.settled == [("a_1", Delivered("delivered", is_final=True), "SM1", "delivered")]


@pytest.mark.parametrize("status", sorted(TAKEN))
def test_a_message_that_was_taken_counts_as_delivered(status: str) -> None:
    """Whatever comes after the hand-over, the request arrived and is never sent again."""
    assert outcome_of(status, "") == Delivered(status, is_final=status in ("delivered", "read"))


@pytest.mark.parametrize("status", sorted(FAILED))
def test_a_message_that_failed_is_rejected_with_its_code(status: str) -> None:
    """The reason carries Twilio's error code."""
    app = edge()
    post(app, SENT | {"MessageStatus": status, "ErrorCode": "30003"})
    reason = f"{status} (error 30003)"
    assert app.settle.settled == [("a_1", Rejected(reason), "SM1", reason)]


def test_a_failure_without_a_code_is_still_a_failure() -> None:
    """The code is optional."""
    assert outcome_of("canceled", "") == Rejected("canceled")


def test_an_unknown_status_or_delivery_is_counted_and_not_refused() -> None:
    """Twilio would raise an alarm for a refusal that nobody can mend there."""
    app = edge()
    assert post(app, SENT | {"MessageStatus": "teleported"}).status_code == 200
    assert post(app, SENT, query="delivery=a_gone").status_code == 200
    assert not app.settle.settled
    metrics = app.client.get(
        "/metrics", headers={"Authorization": "Bearer api-key-of-tests-with-more-than-32-characters"}
    )
    assert "cuewire_callbacks_unknown_total 1.0" in metrics.text
    assert "cuewire_callbacks_received_total 2.0" in metrics.text


@pytest.mark.parametrize("signature", ["", "x", "é", sign(PUBLIC_URL + PATH, SENT), "AAAA" * 7])
def test_a_missing_or_wrong_signature_is_refused(signature: str) -> None:
    """Nothing is settled by a stranger."""
    app = edge()
    answer = post(app, SENT, **{"X-Twilio-Signature": signature})
    assert answer.status_code == 401
    assert answer.json["error"]["field"] == "X-Twilio-Signature"
    assert not app.settle.settled


def test_a_callback_signed_for_another_delivery_is_refused() -> None:
    """The address is part of what is signed."""
    app = edge()
    headers = {"X-Twilio-Signature": sign(f"{PUBLIC_URL}{PATH}?delivery=a_2", SENT)}
    assert post(app, SENT, **headers).status_code == 401


def test_without_an_auth_token_nobody_may_call_back() -> None:
    """An empty token verifies nothing."""
    app = edge(secrets={})
    headers = {"X-Twilio-Signature": sign(f"{PUBLIC_URL}{PATH}?delivery=a_1", SENT, "")}
    assert post(app, SENT, **headers).status_code == 401


def test_the_token_of_the_deliverys_own_account_counts() -> None:
    """Each Twilio destination verifies with its own token."""
    app = edge(secrets={("twilio_eu", "auth_token"): AUTH_TOKEN, ("twilio", "auth_token"): "another"})
    fill(app.reader)
    assert post(app, SENT).status_code == 401
    app.reader.delivery_rows[0].destination = "twilio_eu"
    assert post(app, SENT).status_code == 200


@pytest.mark.parametrize("base", ["https://cuewire.example.com:443", "https://cuewire.example.com"])
def test_the_port_may_be_signed_or_not(base: str) -> None:
    """Twilio's own validator accepts both."""
    assert post(edge(), SENT, base=base).status_code == 200
    assert post(edge(public_url="https://cuewire.example.com:443/"), SENT, base=base).status_code == 200


def test_a_loopback_address_with_a_port_verifies() -> None:
    """As in the sandbox."""
    assert post(edge(public_url="http://[::1]:8080"), SENT, base="http://[::1]:8080").status_code == 200


SETTINGS = "X-Twilio-Webhooks-Signature-Settings"


def by_shared_key(algorithm: str, secret: str = "shared") -> dict[str, str]:
    """Sign what is sent with a shared key."""
    address = f"{PUBLIC_URL}{PATH}?delivery=a_1"
    message = address + "".join(name + value for name, value in sorted(SENT.items()))
    made = hmac_base64(algorithm, secret, message.encode())
    return {"X-Twilio-Signature": made, SETTINGS: f"key=k1,algorithm=HMAC_{algorithm.upper()}"}


def test_a_shared_key_that_is_not_known_is_refused_by_name() -> None:
    """The answer says which setting it is."""
    answer = post(edge(), SENT, **by_shared_key("sha256"))
    assert (answer.status_code, answer.json["error"]["field"]) == (401, SETTINGS)
    assert "CUEWIRE_TWILIO_SHARED_KEY" in answer.json["error"]["hint"]


def test_a_shared_key_signs_instead_of_the_auth_token() -> None:
    """By both algorithms; neither secret signs for the other, and no change of a signature is believed."""
    app = edge(secrets={("twilio", "auth_token"): AUTH_TOKEN, ("twilio", "shared_key"): "next,shared"})
    for algorithm in ("sha1", "sha256"):
        given = by_shared_key(algorithm)
        assert post(app, SENT, **given).status_code == 200
        for changed in mutations(given["X-Twilio-Signature"]):
            assert post(app, SENT, **(given | {"X-Twilio-Signature": changed})).status_code == 401
        assert post(app, SENT, **by_shared_key(algorithm, AUTH_TOKEN)).status_code == 401
        assert post(app, SENT, **{"X-Twilio-Signature": given["X-Twilio-Signature"]}).status_code == 401
    assert len(app.settle.settled) == 2
    assert post(app, SENT).status_code == 200


@pytest.mark.parametrize(
    "told", ["", "key=k1", "key=k1,algorithm=HMAC_MD5", "algorithm=hmac_sha1", "x", ",=,"]
)
def test_an_algorithm_that_is_none_is_refused(told: str) -> None:
    """Also where the Auth Token would have signed."""
    app = edge(secrets={("twilio", "auth_token"): AUTH_TOKEN, ("twilio", "shared_key"): AUTH_TOKEN})
    assert post(app, SENT, **{SETTINGS: told}).status_code == 401
    assert not app.settle.settled


def test_a_callback_must_name_its_delivery() -> None:
    """400 with the field, once the signature is right."""
    answer = post(edge(), SENT, query="")
    assert (answer.status_code, answer.json["error"]["field"]) == (400, "delivery")


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=%ff", b"&".join([b"a=1"] * 600)])
def test_a_body_that_is_no_form_is_refused(body: bytes) -> None:
    """400, whatever it claims to be."""
    answer = edge().client.post(
        PATH + "?delivery=a_1", data=body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 400


@pytest.mark.skipif(not VECTORS.exists(), reason="the vendors' recorded samples are not here")
@pytest.mark.parametrize("index", range(5))
def test_twilios_own_signatures_verify(index: int) -> None:
    """Forms, repeated names, ports, JSON bodies and the new algorithm; a changed one never."""
    vector = json.loads(VECTORS.read_text())[index]
    secret = Secret(vector.get("auth_token") or vector["secret"])
    algorithm = "sha256" if "SHA256" in vector.get("settings_header", "") else "sha1"
    params = vector.get("params_list") or list(vector.get("params", {}).items())
    pairs = [(name, value) for name, value in params]
    body = vector.get("body", "").encode()

    def check(given: str, sent: bytes = body) -> bool:
        return is_signed(secret, vector["url"], pairs, body=sent, given=given, algorithm=algorithm)

    assert check(vector["signature"])
    assert not check(vector["signature"][:-2] + "A=")
    if body:
        assert not check(vector["signature"], body + b" ")


@pytest.mark.skipif(not VECTORS.exists(), reason="the vendors' recorded samples are not here")
def test_every_vector_is_used() -> None:
    """No signature vector is left out by a wrong count."""
    assert len(json.loads(VECTORS.read_text())) == 5
