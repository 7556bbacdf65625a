"""A sender described by its file alone on a running server: live without a restart, and SNS by real requests."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from core.engine.instant import iso
from core.errors import Busy
from cuewire.clock import SystemClock
from cuewire.fetching import LARGEST, fetch
from cuewire.settings import Settings
from cuewire.wiring import Runtime
from webhooks.sources.custom.envelopes.sns import string_to_sign

SECRET = "k" * 40
TOPIC = "arn:aws:sns:eu-west-1:123456789012:shop"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)

SHOP = """
source: shop
receive: {event: =item.what, id: =item.uid, user_id: =item.who}
identifiers: {user_id: =event.userId}
"""
QUEUE = """
source: queue
uses: segment
receive: {envelope: sns}
identifiers: {user_id: =event.userId}
"""


def certificate() -> bytes:
    """Make a certificate that is good for this year and the next."""
    now = datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.example.com")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    made = made.serial_number(1).not_valid_before(now - datetime.timedelta(days=1))
    made = made.not_valid_after(now + datetime.timedelta(days=365))
    return made.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


class Amazon(BaseHTTPRequestHandler):
    """Gives the certificate, confirms what it is asked to, and remembers it."""

    pem = certificate()
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Answer one request."""
        self.asked.append(self.path)
        status, body = (200, self.pem) if self.path == "/cert.pem" else (200, b"<ok/>")
        if self.path == "/elsewhere":
            status = 302
        self.send_response(status)
        self.send_header("Location", "/cert.pem")
        self.end_headers()
        self.wfile.write(b"x" * (LARGEST * 2) if self.path == "/large" else body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def amazon() -> Iterator[str]:
    """Serve an SNS on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Amazon)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    Amazon.asked.clear()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def running(tmp_path: Path, amazon: str) -> Iterator[tuple[Runtime, Path]]:
    """Run everything on mappings that have no source of their own yet."""
    folder = tmp_path / "mappings"
    (folder / "sources").mkdir(parents=True)
    settings = Settings.read(
        {
            "CUEWIRE_API_KEY": SECRET,
            "CUEWIRE_SECRET_KEY": SECRET,
            "CUEWIRE_SHOP_TOKEN": "shop-token",
            "CUEWIRE_QUEUE_TOPIC_ARN": TOPIC,
            "CUEWIRE_QUEUE_BASE_URL": amazon,
        }
    )
    runtime = Runtime(settings, folder, tmp_path / "data", SystemClock())
    runtime.start()
    try:
        yield runtime, folder / "sources"
    finally:
        runtime.stop()


def test_a_new_file_is_a_new_way_in_without_a_restart(
    running: tuple[Runtime, Path], wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    """404 before, 200 after; a repeat has no second effect."""
    runtime, sources = running
    client = runtime.app.test_client()

    def send(body: dict[str, Any]) -> int:
        return client.post("/webhooks/shop", json=body, headers={"X-Cuewire-Token": "shop-token"}).status_code

    bought = {"what": "Bought", "uid": "b-1", "who": "u1"}
    assert send(bought) == 404
    (sources / "shop.yaml").write_text(SHOP)
    wait_until(lambda: send(bought) == 200)
    assert send(bought) == 200
    assert runtime.store.read.owner("user_id", "u1")
    assert runtime.store.read.counts()["events.applied"] == 1


def signed(message: dict[str, Any]) -> dict[str, Any]:
    """Sign a message as version 2 does."""
    signature = KEY.sign(string_to_sign(message), padding.PKCS1v15(), hashes.SHA256())
    return {**message, "SignatureVersion": "2", "Signature": base64.b64encode(signature).decode()}


def test_a_topic_subscribes_and_its_messages_become_events(
    running: tuple[Runtime, Path], amazon: str, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    """The certificate and the confirmation are fetched from the address that is set, by real requests."""
    runtime, sources = running
    (sources / "queue.yaml").write_text(QUEUE)
    wait_until(lambda: "queue" in runtime.pipeline.rules.sources)
    own = {
        "MessageId": "m-1",
        "TopicArn": TOPIC,
        "Timestamp": iso(runtime.clock.now()),
        "SigningCertURL": f"{amazon}/cert.pem",
    }
    asking = own | {"Type": "SubscriptionConfirmation", "Message": "please", "Token": "t"}
    telling = own | {
        "Type": "Notification",
        "Message": '{"type":"track","event":"Bought","userId":"u9"}',
    }
    client = runtime.app.test_client()
    confirmed = client.post("/webhooks/queue", json=signed(asking | {"SubscribeURL": f"{amazon}/?Confirm"}))
    assert confirmed.status_code == 200
    assert Amazon.asked == ["/cert.pem", "/?Confirm"]
    assert [client.post("/webhooks/queue", json=signed(telling)).status_code for _ in range(2)] == [200, 200]
    assert runtime.store.read.owner("user_id", "u9")
    assert runtime.store.read.counts()["events.applied"] == 1
    assert client.post("/webhooks/queue", json=signed(telling) | {"Message": "{}"}).status_code == 401


def test_what_is_asked_is_bounded_and_never_led_elsewhere(amazon: str) -> None:
    """A redirect is an answer and not followed, a large body is cut, and nobody there is told as such."""
    assert fetch(f"{amazon}/elsewhere")[0] == 302
    assert Amazon.asked == ["/elsewhere"]
    assert len(fetch(f"{amazon}/large")[1]) == LARGEST
    with pytest.raises(Busy):
        fetch("http://127.0.0.1:9/")
