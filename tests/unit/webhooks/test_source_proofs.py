"""How a sender without code proves itself: every scheme both ways, and no mutated proof opens."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from described_source import opened, post, rules_of, signature
from edge.doubles import Edge
from edge.mutations import mutations
from edge.reader import NOW
from structlog.testing import capture_logs

from core.secret import Secret
from webhooks.sources import kinds

BODY = '{"name": "Späti ♥", "n": 1e-7}'
TS = str(NOW // 1000)
KEY = b"0123456789abcdef01234567"
WHSEC = "whsec_" + base64.b64encode(KEY).decode()


def basic(user: str, password: str) -> dict[str, str]:
    """Give a Basic header."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


#: By name: how the file says it, the secrets, the headers for a body, and which header is the proof.
SCHEMES: dict[str, tuple[str, dict[str, str], Callable[[str], dict[str, str]], str]] = {
    "token as bearer": (
        "token",
        {"token": "abc-42"},
        lambda _: {"Authorization": "Bearer abc-42"},
        "Authorization",
    ),
    "token in our header": (
        "token",
        {"token": "abc-42"},
        lambda _: {"X-Cuewire-Token": "abc-42"},
        "X-Cuewire-Token",
    ),
    "token in their header": ("{header: X-Key}", {"token": "abc-42"}, lambda _: {"X-Key": "abc-42"}, "X-Key"),
    "token behind a prefix": (
        "{header: Authorization, prefix: 'Token '}",
        {"token": "abc-42"},
        lambda _: {"Authorization": "Token abc-42"},
        "Authorization",
    ),
    "basic": ("basic", {"user": "ada", "password": "b:c"}, lambda _: basic("ada", "b:c"), "Authorization"),
    "sha256 in hex": (
        "{hmac: sha256, header: X-Sig, prefix: 'sha256='}",
        {"secret": "s"},
        lambda body: {"X-Sig": "sha256=" + signature("s", body)},
        "X-Sig",
    ),
    "sha1 in hex": (
        "{hmac: sha1, header: X-Sig}",
        {"secret": "s"},
        lambda body: {"X-Sig": signature("s", body, algorithm="sha1")},
        "X-Sig",
    ),
    "sha512 in base64": (
        "{hmac: sha512, header: X-Sig, encoding: base64}",
        {"secret": "s"},
        lambda body: {"X-Sig": signature("s", body, algorithm="sha512", encoding="base64")},
        "X-Sig",
    ),
    "with its time beside": (
        "{hmac: sha256, header: X-Sig, prefix: 'v0=', timestamp: X-Ts, over: 'v0:{timestamp}:{body}'}",
        {"secret": "s"},
        lambda body: {"X-Ts": TS, "X-Sig": "v0=" + signature("s", f"v0:{TS}:{body}")},
        "X-Sig",
    ),
    "with its time inside": (
        "{hmac: sha256, header: X-Sig, part: v1, timestamp: t, over: '{timestamp}.{body}'}",
        {"secret": "s"},
        lambda body: {"X-Sig": f"t={TS},v1={signature('s', f'{TS}.{body}')}"},
        "X-Sig",
    ),
    "as standard webhooks do": (
        "{hmac: sha256, header: Webhook-Signature, prefix: 'v1,', encoding: base64, key: base64,"
        " timestamp: Webhook-Timestamp, over: '{Webhook-Id}.{timestamp}.{body}'}",
        {"secret": WHSEC},
        lambda body: {
            "Webhook-Id": "msg_1",
            "Webhook-Timestamp": TS,
            "Webhook-Signature": "v1," + signature(KEY, f"msg_1.{TS}.{body}", encoding="base64"),
        },
        "Webhook-Signature",
    ),
}


def app_of(scheme: str, secrets: dict[str, str] | None = None) -> Edge:
    """Open a source that is proven by a scheme."""
    auth, own, _, _ = SCHEMES[scheme]
    return opened(f"{{event: =item.name, auth: {auth}}}", own if secrets is None else secrets)


def sent(app: Edge, headers: dict[str, str], body: str = BODY) -> int:
    """Post and give the status."""
    return int(post(app, body.encode(), headers).status_code)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_right_proof_opens_and_a_changed_body_does_not(scheme: str) -> None:
    """What is signed holds for its own bytes alone."""
    app, make = app_of(scheme), SCHEMES[scheme][2]
    assert sent(app, make(BODY)) == 200
    assert sent(app, {}) == 401
    if "secret" in SCHEMES[scheme][1]:
        assert sent(app, make(BODY), BODY.replace("1e-7", "1e-07")) == 401
        assert sent(app, make(BODY), BODY + " ") == 401
    assert len(app.intake.events) == 1


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_mutated_proof_opens(scheme: str) -> None:
    """60 changes of the proof: each is refused with 401, and nothing is stored."""
    app, name = app_of(scheme), SCHEMES[scheme][3]
    good = SCHEMES[scheme][2](BODY)
    kept = good[name]
    changed = [one for one in mutations(kept) if not is_same_proof(one, kept)]
    assert len(changed) > 50
    for one in changed:
        assert sent(app, good | {name: one}) == 401, one
    assert not app.intake.items


def is_same_proof(one: str, kept: str) -> bool:
    """Tell a change that is none: HTTP's own words may be written large, blanks and order do not count."""
    same_word = one.lower().startswith(("basic ", "bearer ")) and one[6:].strip() == kept[6:].strip()
    return same_word or (one.startswith("t=") and set(one.split(",")) >= set(kept.split(",")))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_two_secrets_are_good_while_one_is_changed(scheme: str) -> None:
    """The old one and the new one, in either order."""
    _, own, make, _ = SCHEMES[scheme]
    other = base64.b64encode(b"another-key-of-the-tests").decode()
    for text in ("{0},{1}", "{1}, {0}"):
        both = {name: text.format(value, other) for name, value in own.items()}
        assert sent(app_of(scheme, both), make(BODY)) == 200
    assert sent(app_of(scheme, dict.fromkeys(own, other)), make(BODY)) == 401


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_source_whose_secret_is_not_set_is_closed_and_says_so(scheme: str) -> None:
    """401 to the sender, and the log names the setting."""
    own = SCHEMES[scheme][1]
    with capture_logs() as logs:
        answer = post(app_of(scheme, {}), BODY.encode(), SCHEMES[scheme][2](BODY))
    setting = f"CUEWIRE_SHOP_{next(iter(own)).upper()}"
    assert answer.status_code == 401 and setting in answer.json["error"]["hint"]
    assert [(one["event"], one["setting"]) for one in logs] == [("source_without_secret", setting)]


@pytest.mark.parametrize("scheme", [one for one in SCHEMES if one != "token behind a prefix"])
def test_cuewire_send_proves_itself_like_the_sender(scheme: str) -> None:
    """What ``proof`` makes opens the door; headers that are signed beside are empty then."""
    auth, own, _, _ = SCHEMES[scheme]
    app = app_of(scheme)
    mapping = rules_of(f"{{event: =item.name, auth: {auth}}}").sources["shop"]
    made = kinds()["custom"].proof(
        "/webhooks/shop", BODY.encode(), lambda name: Secret(own[name]), mapping=mapping, now=NOW
    )
    assert sent(app, made) == 200


@pytest.mark.parametrize(("age", "status"), [(0, 200), (299, 200), (-299, 200), (301, 401), (-301, 401)])
def test_a_signature_is_good_for_five_minutes_either_way(age: int, status: int) -> None:
    """A recorded request is of no use later."""
    ts = NOW // 1000 - age
    headers = {"X-Ts": str(ts), "X-Sig": "v0=" + signature("s", f"v0:{ts}:{BODY}")}
    assert sent(app_of("with its time beside"), headers) == status


@pytest.mark.parametrize("ts", ["", "never", "1e999", "9" * 40, "-1", "0"])
def test_a_signed_time_that_is_none_is_refused(ts: str) -> None:
    """Even where the signature holds."""
    headers = {"X-Ts": ts, "X-Sig": "v0=" + signature("s", f"v0:{ts}:{BODY}")}
    assert sent(app_of("with its time beside"), headers) == 401


def test_any_one_of_several_proofs_opens_those_that_are_not_set_do_not() -> None:
    """A file may name two; a secret that is not set never compares as empty."""
    receive = "{event: =item.name, auth: [{hmac: sha256, header: X-Sig}, basic]}"
    signed = {"X-Sig": signature("s", BODY)}
    both = {"secret": "s", "user": "ada", "password": "b"}
    for headers in (signed, basic("ada", "b"), signed | basic("ada", "x")):
        assert sent(opened(receive, both), headers) == 200
    assert sent(opened(receive, {"secret": "s"}), basic("", "")) == 401
    assert sent(opened(receive, {"user": "ada", "password": "b"}), {"X-Sig": signature("", BODY)}) == 401
    answer = post(opened(receive, both), BODY.encode(), {"X-Sig": "0" * 64})
    assert answer.json["error"]["field"] == "X-Sig"


def test_a_token_may_stand_in_the_address_or_as_basic_password() -> None:
    """For senders that can be given nothing but an address."""
    app = opened("{event: =item.name, auth: {query: key}}", {"token": "abc-42"})
    assert post(app, BODY.encode(), {}, "/webhooks/shop?key=abc-42").status_code == 200
    assert post(app, BODY.encode(), basic("any", "abc-42")).status_code == 200
    for query in ("key=abc-4", "key=", "", "key=x&key=abc-42", "KEY=abc-42", "key=abc-42%20", "%ff=%ff&key"):
        assert post(app, BODY.encode(), {}, f"/webhooks/shop?{query}").status_code == 401
    answer: Any = post(app, BODY.encode(), {})
    assert answer.json["error"]["field"] == "key in the address"


def test_a_secret_that_is_no_base64_where_it_should_be_opens_nothing() -> None:
    """Nor does an empty one, with which anybody could sign."""
    for secret in ("%%%", "whsec_"):
        app = app_of("as standard webhooks do", {"secret": secret})
        headers = {
            "Webhook-Timestamp": TS,
            "Webhook-Signature": "v1," + signature(b"", f".{TS}.{BODY}", encoding="base64"),
        }
        assert sent(app, headers) == 401
