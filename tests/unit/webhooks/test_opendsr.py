"""OpenDSR callbacks: only what a known processor's own certificate has signed is believed."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from edge.doubles import Edge, edge
from edge.mutations import mutations
from edge.reader import NOW

DOMAIN = "opendsr.mparticle.com"
DISCOVERY = f"https://{DOMAIN}/v3/discovery"
CERTIFICATE = "https://static.example.com/processor.pem"
BODY = json.dumps(
    {"controller_id": "1", "subject_request_id": "s-1", "request_status": "completed", "api_version": "3.0"}
).encode()
TODAY = datetime.fromtimestamp(NOW / 1000, UTC)
DAY = timedelta(days=1)


@cache
def key_of(name: str) -> rsa.RSAPrivateKey:
    """Make a key once."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(
    *, domain: str = DOMAIN, start: timedelta = -DAY, end: timedelta = DAY, by: str = "an authority"
) -> bytes:
    """Make a processor's certificate."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DOMAIN)])
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, by)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key_of("processor").public_key())
        .serial_number(7)
        .not_valid_before(TODAY + start)
        .not_valid_after(TODAY + end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
    )
    return made.sign(key_of("authority"), SHA256()).public_bytes(Encoding.PEM)


def another_kind() -> bytes:
    """Make a certificate whose key is no RSA key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DOMAIN)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority")]))
        .public_key(ec.generate_private_key(ec.SECP256R1()).public_key())
        .serial_number(7)
        .not_valid_before(TODAY - DAY)
        .not_valid_after(TODAY + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(DOMAIN)]), critical=False)
    )
    return made.sign(key_of("authority"), SHA256()).public_bytes(Encoding.PEM)


def signed(body: bytes, by: str = "processor") -> str:
    """Sign as a processor does."""
    return base64.b64encode(key_of(by).sign(body, PKCS1v15(), SHA256())).decode()


def opened(pages: dict[str, bytes] | None = None, domains: str = DOMAIN) -> tuple[Edge, list[str]]:
    """Build an app with what the internet answers, and give what it was asked."""
    found = {
        DISCOVERY: json.dumps({"processor_certificate": CERTIFICATE}).encode(),
        CERTIFICATE: certificate(),
        **(pages or {}),
    }
    asked: list[str] = []

    def fetch(address: str) -> tuple[int, bytes]:
        asked.append(address)
        return (200, found[address]) if address in found else (503, b"")

    secrets = {("mparticle", "opendsr_domains"): domains}
    return edge(secrets=secrets, fetch=fetch), asked


def call(app: Edge, body: bytes = BODY, *, path: str = "/webhooks/mparticle/opendsr", **headers: str) -> Any:
    """Send a callback."""
    given = {"X-OpenDSR-Processor-Domain": DOMAIN, "X-OpenDSR-Signature": signed(body)}
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return app.client.post(path, data=body, headers=given | named)


def test_a_status_that_its_processor_signed_is_kept() -> None:
    """202; the certificate is asked for once; the same status has the same id."""
    app, asked = opened()
    assert [call(app).status_code for _ in range(2)] == [202, 202]
    assert asked == [DISCOVERY, CERTIFICATE]
    first, second = app.intake.events
    assert first["messageId"] == second["messageId"]
    assert first["type"] == "delete"
    assert first["context"]["privacy"] == {"request_id": "s-1", "status": "completed"}


def is_spelled_otherwise(given: str) -> bool:
    """Tell whether a text is the same signature with other letters, as the last of base64 may be."""
    with suppress(ValueError):
        return base64.b64decode(given, validate=True) == base64.b64decode(signed(BODY))
    return False


def test_no_mutated_signature_or_body_is_believed() -> None:
    """60 changes of each: 401 and nothing is handed over."""
    app, _ = opened()
    for given in mutations(signed(BODY)):
        if not is_spelled_otherwise(given):
            assert call(app, X_OpenDSR_Signature=given).status_code == 401
    for body in mutations(BODY.decode()):
        assert call(app, body.encode(), X_OpenDSR_Signature=signed(BODY)).status_code == 401
    assert call(app, X_OpenDSR_Signature=signed(BODY, by="somebody")).status_code == 401
    assert not app.intake.calls


@pytest.mark.parametrize(
    ("headers", "domains"),
    [
        ({"X-OpenDSR-Processor-Domain": ""}, DOMAIN),
        ({"X-OpenDSR-Processor-Domain": "evil.example.com"}, DOMAIN),
        ({"X-OpenDSR-Processor-Domain": DOMAIN.upper()}, DOMAIN),
        ({"X-OpenDSR-Signature": ""}, DOMAIN),
        ({"X-OpenDSR-Signature": "no base64 ä"}, DOMAIN),
        ({}, ""),
        ({}, "other.example.com"),
    ],
)
def test_who_is_not_on_the_list_is_refused_before_anything_is_asked(
    headers: dict[str, str], domains: str
) -> None:
    """Nobody can make this server call an address of their choice."""
    app, asked = opened(domains=domains)
    named = {name.replace("-", "_"): text for name, text in headers.items()}
    assert call(app, **named).status_code == 401
    assert (asked, app.intake.calls) == ([], [])


@pytest.mark.parametrize(
    "page",
    [
        certificate(domain="opendsr.example.com"),
        certificate(domain="*.mparticle.com"),
        certificate(start=-2 * DAY, end=-DAY),
        certificate(start=DAY, end=2 * DAY),
        certificate(by=DOMAIN),
        another_kind(),
        b"no certificate",
    ],
    ids=["other domain", "wildcard", "old", "early", "made by itself", "no RSA", "nonsense"],
)
def test_a_certificate_that_is_not_good_proves_nothing(page: bytes) -> None:
    """Its domain word for word, its issuer and its days are looked at."""
    app, _ = opened({CERTIFICATE: page})
    assert call(app).status_code == 401
    assert not app.intake.calls


@pytest.mark.parametrize("page", [b"nonsense", b"{}", b'{"processor_certificate": "http://x.example"}'])
def test_a_discovery_that_names_no_certificate_proves_nothing(page: bytes) -> None:
    """Only https will do."""
    app, asked = opened({DISCOVERY: page})
    assert call(app).status_code == 401
    assert asked == [DISCOVERY]


def test_a_processor_that_does_not_answer_is_asked_again() -> None:
    """503 lets it call again; nothing is decided meanwhile."""
    app = edge(secrets={("mparticle", "opendsr_domains"): DOMAIN}, fetch=lambda address: (500, b""))
    answer = call(app)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{}", "subject_request_id"),
        (b'{"subject_request_id": "s", "request_status": "lost"}', "request_status"),
        (b"[]", "body"),
    ],
)
def test_what_says_nothing_is_refused_by_its_field(body: bytes, field: str) -> None:
    """A right signature does not make it a status."""
    app, _ = opened()
    answer = call(app, body)
    assert (answer.status_code, answer.json["error"]["field"]) == (400, field)


def test_a_source_that_is_not_mparticle_has_no_such_route() -> None:
    """404 for another kind and for nobody."""
    app, _ = opened()
    for name in ("segment", "nobody"):
        assert call(app, path=f"/webhooks/{name}/opendsr").status_code == 404
