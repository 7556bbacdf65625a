"""Requests that did not prove their sender are held, and judged again once what was wrong here is mended."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from embedded.crm import PUBLIC, SECRET, Crm
from embedded.journal import FILES, KEY, MORE, asked, change, last
from twilio.request_validator import RequestValidator

from core.ports import Filter
from cuewire.clock import SystemClock
from cuewire.settings import Settings
from cuewire.wiring import Runtime
from webhooks.app import create_app


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[Crm]:
    """Give a server whose background is not needed."""
    made = Crm(tmp_path, None, FILES, MORE)
    yield made
    made.runtime.store.close()


def again(crm: Crm, **wanted: Any) -> Any:
    """Let held requests be judged again."""
    answer = crm.client.post("/api/requests/replay", json=wanted, headers=KEY)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_stop_that_was_signed_for_another_address_is_heard_once_the_address_is_right(
    crm: Crm, tmp_path: Path
) -> None:
    """Over the restart that a new address needs; a forged one beside it stays refused, and nothing is used of it."""
    crm.tell("Seen", context={"traits": {"phone": "+4915112345678"}})
    path = "/callbacks/twilio/inbound"
    right = PUBLIC.replace("https", "http")
    for token, sid in (("guessed", "SM2"), ("token-of-twilio", "SM1")):
        params = {"From": "+4915112345678", "To": "+15005550006", "Body": "STOP", "MessageSid": sid}
        headers = {
            "X-Twilio-Signature": RequestValidator(token).compute_signature(right + path, params),
            "Authorization": "Bearer secret-of-somebody",
        }
        form = "application/x-www-form-urlencoded"
        assert (
            crm.client.post(path, data=urlencode(params), headers=headers, content_type=form).status_code
            == 401
        )
    assert [row["held"] for row in asked(crm, "name=twilio")["requests"]] == [True, True]
    assert again(crm)["accepted"] == 0
    crm.runtime.journal.write()
    crm.runtime.store.close()
    environment = {
        "CUEWIRE_API_KEY": SECRET,
        "CUEWIRE_SECRET_KEY": SECRET,
        "CUEWIRE_PUBLIC_URL": right,
        "CUEWIRE_INSECURE_HOSTS": "cuewire.example.com",
        **MORE,
    }
    crm.runtime = Runtime(Settings.read(environment), tmp_path / "mappings", tmp_path / "data", SystemClock())
    crm.client = crm.runtime.app.test_client()
    kept = "".join(crm.runtime.store.write(lambda tx: tx.keys.starting("requests:")).values())
    assert "secret-of-somebody" not in kept
    told = again(crm, name="twilio")
    assert (told["matched"], told["accepted"]) == (2, 1)
    found = [(one["answer"], one["verdict"], one["reason"] is None) for one in told["requests"]]
    assert found == [(401, "bad_signature", False), (200, "accepted", True)]
    person = crm.person("phone", "+4915112345678")
    assert person is not None and person.consent["marketing/sms"].granted is False
    assert last(crm, "name=twilio")["verdict"] == "accepted"
    assert again(crm)["matched"] == 1


def test_what_was_said_later_stands_when_an_older_word_is_let_in(crm: Crm) -> None:
    """A START that was not believed in the morning does not outweigh the STOP of noon."""
    crm.tell("Seen", context={"traits": {"phone": "+4915112345678"}})
    path, form = "/callbacks/twilio/inbound", "application/x-www-form-urlencoded"
    for base, body in ((PUBLIC.replace("https", "http"), "START"), (PUBLIC, "STOP")):
        params = {"From": "+4915112345678", "To": "+15005550006", "Body": body, "MessageSid": body}
        signature = RequestValidator("token-of-twilio").compute_signature(base + path, params)
        crm.client.post(
            path, data=urlencode(params), headers={"X-Twilio-Signature": signature}, content_type=form
        )
        came = crm.runtime.clock.now()
        while crm.runtime.clock.now() == came:
            pass
    services = replace(crm.runtime.services, public_url=PUBLIC.replace("https", "http"))
    crm.client = create_app(services).test_client()
    assert again(crm)["accepted"] == 1
    person = crm.person("phone", "+4915112345678")
    assert person is not None and person.consent["marketing/sms"].granted is False
    ledger = crm.runtime.store.read.consent_log(Filter(profile=person.id)).rows
    assert {(row.event_id, row.granted, row.stands) for row in ledger} == {
        ("START", True, False),
        ("STOP", False, True),
    }


def test_a_signature_with_a_time_is_judged_as_of_when_it_came(crm: Crm) -> None:
    """HubSpot's is good for five minutes; an old one is not made young by being held."""
    raw = msgspec.json.encode([change("propertyChange", 1)])
    for age in (0, 600_000):
        at = str(crm.runtime.clock.now() - age)
        message = b"POST" + f"{PUBLIC}/callbacks/hubspot".encode() + raw + at.encode()
        made = base64.b64encode(hmac.digest(b"secret-of-tomorrow", message, "sha256")).decode()
        headers = {"X-HubSpot-Signature-v3": made, "X-HubSpot-Request-Timestamp": at}
        assert crm.client.post("/callbacks/hubspot", data=raw, headers=headers).status_code == 401
    clock, services = crm.runtime.clock, crm.runtime.services

    class Later:
        def now(self) -> int:
            return clock.now() + 3_600_000

    settings = Settings.read(
        {
            "CUEWIRE_API_KEY": SECRET,
            "CUEWIRE_SECRET_KEY": SECRET,
            "CUEWIRE_HUBSPOT_CLIENT_SECRET": "secret-of-tomorrow",
        }
    )
    crm.client = create_app(replace(services, clock=Later(), secrets=settings.secrets)).test_client()
    assert [one["verdict"] for one in again(crm)["requests"]] == ["accepted", "bad_signature"]
    assert [row.event for row in crm.events("applied", "hubspot")] == ["Changed In CRM"]


def test_what_is_held_is_bounded_and_tokens_are_not(crm: Crm) -> None:
    """By number and by size; a request with a wrong key has nothing to be judged by."""
    for size in (10, 70_000, *[40_000] * 30):
        body = b"[" + b" " * size + b"]"
        crm.client.post("/webhooks/segment", data=body, headers={"X-Signature": "0" * 40})
    crm.client.post("/v1/track", json={}, auth=("nope", ""))
    crm.client.post("/callbacks/braze", json={}, headers={"Authorization": "Bearer nope"})
    held = crm.runtime.journal.held()
    assert {len(one.body) for one in held} == {40_002}
    assert sum(len(one.body) for one in held) <= 262_144


BILLING = """
source: billing
receive:
  auth: {hmac: sha256, header: X-Proof, timestamp: X-At, over: "{X-Number}.{timestamp}.{body}"}
  event: =item.type
  user_id: =item.user
identifiers: {user_id: =event.userId}
"""


def test_a_signature_in_a_header_of_the_files_own_is_held_and_judged_again(tmp_path: Path) -> None:
    """Its name may be anything: the file says which headers prove the sender, and none else is held."""
    more = {**MORE, "CUEWIRE_BILLING_SECRET": "old"}
    crm = Crm(tmp_path, None, {"sources/billing.yaml": BILLING}, more)
    raw, at = b'{"type": "Paid", "user": "u1"}', str(crm.runtime.clock.now() // 1000)
    made = hmac.digest(b"new", f"7.{at}.".encode() + raw, "sha256").hex()
    headers = {"X-Proof": made, "X-At": at, "X-Number": "7", "X-Other": "of-nobody"}
    assert crm.client.post("/webhooks/billing", data=raw, headers=headers).status_code == 401
    row = last(crm, "name=billing")
    assert (row["verdict"], row["held"]) == ("bad_signature", True)
    (held,) = crm.runtime.journal.held()
    assert {"X-Proof", "X-At", "X-Number"} <= set(held.headers)
    assert "X-Other" not in held.headers
    crm.runtime.journal.write()
    crm.runtime.store.close()
    mended = Crm(tmp_path, None, {"sources/billing.yaml": BILLING}, {**more, "CUEWIRE_BILLING_SECRET": "new"})
    assert [one["verdict"] for one in again(mended, name="billing")["requests"]] == ["accepted"]
    assert [row.event for row in mended.events("applied", "billing")] == ["Paid"]
    mended.runtime.store.close()
