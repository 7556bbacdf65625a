"""SNS: a subscription confirms itself, a notification is believed by its signature alone."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from described_source import opened, post
from edge.doubles import Edge
from edge.mutations import mutations
from edge.reader import NOW
from structlog.testing import capture_logs

from core.engine.instant import iso
from core.errors import Busy
from webhooks.sources.custom.envelopes.sns import string_to_sign

TOPIC = "arn:aws:sns:eu-west-1:123456789012:shop"
HOST = "https://sns.eu-west-1.amazonaws.com"
CERT = f"{HOST}/SimpleNotificationService-0a1b.pem"
SUBSCRIBE = f"{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t0"
RECEIVE = "{envelope: sns, event: =item.name, properties: {tenant: =envelope.attributes.tenant}}"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(*, until: int = 2035, key: Any = KEY) -> bytes:
    """Make a certificate for a key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(datetime.datetime(2020, 1, 1))
    made = made.not_valid_after(datetime.datetime(until, 1, 1))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


PEM = certificate()


@dataclass
class Amazon:
    """Answers what it is asked, and remembers it."""

    answers: dict[str, tuple[int, bytes]] = field(
        default_factory=lambda: {CERT: (200, PEM), SUBSCRIBE: (200, b"<ok/>")}
    )
    asked: list[str] = field(default_factory=list)

    def __call__(self, address: str) -> tuple[int, bytes]:
        """Give the answer of an address."""
        self.asked.append(address)
        return self.answers.get(address, (404, b"not here"))


def signed(message: dict[str, Any], version: str = "1") -> dict[str, Any]:
    """Sign a message as Amazon does."""
    whole = {"SignatureVersion": version, "SigningCertURL": CERT, **message}
    made = hashes.SHA1() if version == "1" else hashes.SHA256()
    signature = KEY.sign(string_to_sign(whole), padding.PKCS1v15(), made)
    return {**whole, "Signature": base64.b64encode(signature).decode()}


def notice(text: str = '{"name": "Bought"}', **more: Any) -> dict[str, Any]:
    """Give a notification, not signed yet."""
    own = {
        "Type": "Notification",
        "MessageId": "m-1",
        "TopicArn": TOPIC,
        "Message": text,
        "Timestamp": iso(NOW),
    }
    return {**own, **more}


def confirmation(**more: Any) -> dict[str, Any]:
    """Give a request to confirm, not signed yet."""
    return notice("please", Type="SubscriptionConfirmation", Token="t0", SubscribeURL=SUBSCRIBE) | more


def open_to(amazon: Callable[[str], tuple[int, bytes]], **settings: str) -> Edge:
    """Open the source to a topic."""
    return opened(RECEIVE, {"topic_arn": TOPIC} | settings, fetch=amazon)


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_signed_notification_is_unwrapped(version: str) -> None:
    """Both versions of the signature; the certificate is fetched once."""
    amazon = Amazon()
    app = open_to(amazon)
    attributes = {"tenant": {"Type": "String", "Value": "de"}, "odd": 7, "none": {"Value": None}}
    for number in range(3):
        message = signed(notice(MessageAttributes=attributes, MessageId=f"m-{number}"), version)
        assert post(app, message, {}).status_code == 200
    assert [call["properties"] for call in app.intake.events] == [{"tenant": "de"}] * 3
    assert len({call["messageId"] for call in app.intake.events}) == 3
    assert amazon.asked == [CERT]


def test_a_message_delivered_twice_is_one_event() -> None:
    """Its id and its place in the message make it known."""
    app = open_to(Amazon())
    message = signed(notice('{"name": "A"}\n{"name": "A"}'))
    post(app, message, {})
    post(app, message, {})
    ids = [call["messageId"] for call in app.intake.events]
    assert ids[:2] == ids[2:] and len(set(ids)) == 2


def test_a_subscription_is_confirmed_by_visiting_its_address() -> None:
    """Signed, of our topic, and led to SNS: then it is visited once."""
    amazon = Amazon()
    with capture_logs() as logs:
        assert post(open_to(amazon), signed(confirmation()), {}).status_code == 200
    assert amazon.asked == [CERT, SUBSCRIBE]
    assert [one["event"] for one in logs] == ["sns_subscribed"]


@pytest.mark.parametrize(("status", "expected"), [(200, 200), (403, 400), (302, 400), (500, 503), (503, 503)])
def test_a_confirmation_that_fails_is_told(status: int, expected: int) -> None:
    """What may work later is asked for again, the rest is refused."""
    amazon = Amazon()
    amazon.answers[SUBSCRIBE] = status, b""
    assert post(open_to(amazon), signed(confirmation()), {}).status_code == expected


@pytest.mark.parametrize(
    "address",
    [
        "http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
        "https://sns.eu-west-1.amazonaws.com.example.com/",
        "https://sns.eu-west-1.amazonaws.com:8443/",
        "https://user@sns.eu-west-1.amazonaws.com/",
        "https://sns.eu-west-1.amazonaws.com@example.com/",
        "https://example.com/sns.eu-west-1.amazonaws.com",
        "https://sns.us-east-1.amazonaws.com/",
        "https://sqs.eu-west-1.amazonaws.com/",
        "https://SNS.eu-west-1.amazonaws.com/",
        "https://sns.eu-west-1.amazonaws.com\\@example.com/",
        "https://sns.eu-west-1.amazonaws.com\t.example.com/",
        "https://127.0.0.1/",
        "https://[::1/",
        "file:///etc/passwd",
        "",
    ],
)
def test_no_other_host_is_ever_asked(address: str) -> None:
    """Neither for a certificate nor to confirm, however well the rest is signed."""
    amazon = Amazon()
    app = open_to(amazon)
    assert post(app, signed(confirmation(SubscribeURL=address or "x")), {}).status_code == 401
    assert post(app, signed(notice()) | {"SigningCertURL": address}, {}).status_code in (400, 401)
    assert set(amazon.asked) <= {CERT}
    assert not app.intake.items


@pytest.mark.parametrize(
    "name", ["Message", "MessageId", "Timestamp", "TopicArn", "Signature", "SigningCertURL"]
)
@pytest.mark.parametrize("version", ["1", "2"])
def test_no_mutated_notification_is_believed(name: str, version: str) -> None:
    """60 changes of each field: refused, nothing stored, and the server does not fail."""
    app, good = open_to(Amazon()), signed(notice(), version)
    for one in mutations(good[name]):
        answer = post(app, good | {name: one}, {})
        assert answer.status_code in (400, 401), (one, answer.text)
    assert not app.intake.items


def test_no_mutated_confirmation_is_visited() -> None:
    """60 changes of its address: none is asked."""
    amazon = Amazon()
    app, good = open_to(amazon), signed(confirmation())
    for one in mutations(SUBSCRIBE):
        assert post(app, good | {"SubscribeURL": one}, {}).status_code == 401
    assert amazon.asked == [CERT]


@pytest.mark.parametrize(
    "change",
    [
        {"Type": "Dance"},
        {"Type": None},
        {"Type": ["Notification"]},
        {"SignatureVersion": "3"},
        {"SignatureVersion": 1.5},
        {"Signature": None},
        {"Signature": "%%%"},
        {"Message": 7},
        {"MessageId": None},
        {"Timestamp": {}},
        {"Subject": 7},
        {"SigningCertURL": 7},
        {"TopicArn": "arn:aws:sns:eu-west-1:999999999999:shop"},
        {"Type": "SubscriptionConfirmation"},
    ],
)
def test_a_field_of_the_wrong_kind_is_refused(change: dict[str, Any]) -> None:
    """400 or 401 with the field, nothing stored."""
    app = open_to(Amazon())
    answer = post(app, signed(notice()) | change, {})
    assert answer.status_code in (400, 401) and answer.json["error"]["field"]
    assert not app.intake.items


def test_a_certificate_must_be_one_valid_now_and_of_the_right_kind() -> None:
    """Outdated, of another kind of key, or no certificate at all."""
    elliptic = certificate(key=ec.generate_private_key(ec.SECP256R1()))
    for body in (certificate(until=2021), elliptic, b"", b"not a certificate"):
        amazon = Amazon()
        amazon.answers[CERT] = 200, body
        assert post(open_to(amazon), signed(notice()), {}).status_code == 401


def test_a_certificate_that_cannot_be_fetched_now_is_asked_for_later() -> None:
    """503 with Retry-After: SNS repeats the message."""
    amazon = Amazon()
    amazon.answers[CERT] = 500, b""
    assert post(open_to(amazon), signed(notice()), {}).status_code == 503

    def nobody(address: str) -> tuple[int, bytes]:
        raise Busy("Nobody answers.")

    answer = post(open_to(nobody), signed(notice()), {})
    assert answer.status_code == 503 and answer.headers["Retry-After"]


def test_an_old_message_is_refused() -> None:
    """After 7 days its id may be forgotten, and it would count again."""
    app = open_to(Amazon())
    for days, status in ((6, 200), (8, 401)):
        message = signed(notice(Timestamp=iso(NOW - days * 24 * 3_600_000)))
        assert post(app, message, {}).status_code == status


def test_a_topic_must_be_named_and_a_raw_message_is_refused() -> None:
    """Anybody may have a topic that Amazon signs for."""
    amazon = Amazon()
    answer = post(opened(RECEIVE, {}, fetch=amazon), signed(notice()), {})
    assert answer.status_code == 401 and "CUEWIRE_SHOP_TOPIC_ARN" in answer.json["error"]["hint"]
    raw = post(open_to(amazon), {"name": "A"}, {"x-amz-sns-rawdelivery": "true"})
    assert raw.status_code == 401 and "raw message delivery" in raw.json["error"]["hint"]
    assert not amazon.asked


def test_another_sns_may_be_named_for_tests() -> None:
    """Then its addresses are the only ones."""
    base, amazon = "http://127.0.0.1:4566", Amazon()
    amazon.answers = {f"{base}/cert.pem": (200, PEM), f"{base}/?Action=Confirm": (200, b"")}
    app = open_to(amazon, base_url=base)
    local = {"SigningCertURL": f"{base}/cert.pem"}
    assert post(app, signed(notice() | local), {}).status_code == 200
    assert (
        post(app, signed(confirmation(SubscribeURL=f"{base}/?Action=Confirm") | local), {}).status_code == 200
    )
    assert post(app, signed(notice()), {}).status_code == 401
    assert (
        post(app, signed(notice() | {"SigningCertURL": "http://127.0.0.1:45660/c.pem"}), {}).status_code
        == 401
    )


def test_what_is_inside_never_makes_sns_repeat_it() -> None:
    """A message that is no event is set aside with its reason, and answered with 200."""
    app = open_to(Amazon())
    for text in (
        "no json",
        "7",
        "[]",
        "{}",
        '{"name": 7, "a": NaN}',
        "[" * 5_000,
        '{"name": "\\ud800"}',
        " ",
    ):
        assert post(app, signed(notice(text)), {}).status_code == 200, text
    assert not app.intake.events and len(app.intake.reasons) >= 6
    assert json.loads(post(app, signed(notice("[{}]")), {}).text) == {"success": True}
