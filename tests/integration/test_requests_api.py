"""What failed, and why: the last requests of each sender, read from a running server."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import pytest
from embedded.crm import CLIENT_SECRET, PUBLIC, SECRET, Crm
from embedded.journal import FILES, HUBSPOT, KEY, MORE, SHOP, asked, change, last
from twilio.request_validator import RequestValidator

from cuewire.clock import SystemClock
from cuewire.settings import Settings
from cuewire.wiring import Runtime


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[Crm]:
    """Give a server whose background is not needed."""
    made = Crm(tmp_path, None, FILES, MORE)
    yield made
    made.runtime.store.close()


def test_each_request_has_its_verdict_and_what_to_do(crm: Crm) -> None:
    """Accepted, duplicate, echo, switched off, unmapped, of nobody, and those that are several at once."""
    told = [
        (change("propertyChange", 1, propertyName="a", propertyValue="b"), "accepted", ""),
        (change("propertyChange", 1, propertyName="a", propertyValue="b"), "duplicate", ""),
        (change("propertyChange", 2, changeSource="OURS"), "echo", "echo:"),
        (change("deletion", 3), "ignored", "callbacks/hubspot.yaml makes no event"),
        (change("merge", 4), "unmapped", "does not name `contact.merge`"),
        (change("creation", 5), "no_such_person", "no such person"),
        ({"no": "type"}, "set_aside", "subscriptionType"),
    ]
    for item, verdict, reason in told:
        assert crm.hubspot([item]).status_code == 200
        row = last(crm, "name=hubspot")
        assert (row["verdict"], row["answer"], row["items"]) == (verdict, 200, {verdict: 1})
        assert reason in (row["reason"] or "")
        assert bool(row["hint"]) == (verdict in ("unmapped", "no_such_person", "set_aside"))
    crm.hubspot([item for item, _, _ in told])
    row = last(crm)
    assert row["verdict"] == "set_aside"
    assert sum(row["items"].values()) == len(told)
    assert [one["verdict"] for one in asked(crm, "verdict=failed&limit=2")["requests"]] == ["set_aside"] * 2
    assert [one["verdict"] for one in asked(crm, "verdict=echo")["requests"]] == ["echo"]


def test_a_signature_that_fits_another_address_says_which(crm: Crm) -> None:
    """Https, host and path of CUEWIRE_PUBLIC_URL; in the list, and in the answer that the vendor logs."""
    raw = msgspec.json.encode([change("creation", 1)])
    for base, differ in (
        ("http://cuewire.example.com/in", "http"),
        ("https://proxy.example.com/in", "the host"),
        ("https://cuewire.example.com", "the path"),
    ):
        at = str(crm.runtime.clock.now())
        message = b"POST" + f"{base}/callbacks/hubspot".encode() + raw + at.encode()
        made = base64.b64encode(hmac.digest(CLIENT_SECRET.encode(), message, "sha256")).decode()
        headers = {
            "X-HubSpot-Signature-v3": made,
            "X-HubSpot-Request-Timestamp": at,
            "X-Forwarded-Host": "proxy.example.com",
        }
        answer = crm.client.post("/callbacks/hubspot", data=raw, headers=headers)
        row = last(crm)
        assert (answer.status_code, row["verdict"], row["answer"]) == (401, "bad_signature", 401)
        assert row["hint"] == (
            f"The signature fits {base}, and CUEWIRE_PUBLIC_URL is {PUBLIC}: they differ by {differ}. "
            "Set it to the first."
        )
        assert answer.json is not None
        assert answer.json["error"]["hint"] == row["hint"]
    assert crm.events() == []


def test_twilios_signature_for_plain_http_says_so_and_a_wrong_one_says_nothing_of_addresses(crm: Crm) -> None:
    """Only who knows the secret learns what fits."""
    path, params = "/callbacks/twilio/inbound", {"From": "+4915112345678", "Body": "Hi", "MessageSid": "SM1"}
    for token, expected in (("token-of-twilio", "they differ by http."), ("guessed", "Set the same secret")):
        signature = RequestValidator(token).compute_signature(PUBLIC.replace("https", "http") + path, params)
        form = "application/x-www-form-urlencoded"
        crm.client.post(
            path, data=urlencode(params), headers={"X-Twilio-Signature": signature}, content_type=form
        )
        row = last(crm, "name=twilio")
        assert (row["verdict"], row["path"]) == ("bad_signature", path)
        assert expected in row["hint"]


def test_refusals_of_sources_are_told_apart(crm: Crm) -> None:
    """A wrong key, no secret here, a body that is none, a signature; and a name that is not there is not kept."""
    post = crm.client.post
    call = {"event": "Seen", "userId": "u1"}
    cases = [
        (lambda: post("/v1/track", json=call, auth=("nope", "")), "segment", "bad_key", 401),
        (lambda: post("/webhooks/segment", json=call), "segment", "bad_signature", 401),
        (lambda: post("/webhooks/tealium", json=call), "tealium", "closed", 401),
        (lambda: post("/v1/track", data=b"{", auth=("wk-of-tests", "")), "segment", "refused", 400),
        (lambda: post("/callbacks/sendgrid", data=b"[]"), "sendgrid", "closed", 401),
        (lambda: post("/callbacks/salesforce/guess", data=b"<a/>"), "salesforce", "bad_key", 401),
        (lambda: post("/webhooks/made-up?key=secret", json=call), None, "refused", 404),
        (lambda: post("/callbacks/hubspot?destination=made-up", json=[]), None, "refused", 404),
    ]
    for act, name, verdict, status in cases:
        assert act().status_code == status
        row = last(crm)
        assert (row["name"], row["verdict"], row["answer"]) == (name, verdict, status)
        assert row["hint"]
    text = crm.client.get("/api/requests", headers=KEY).text
    assert "guess" not in text and "key=secret" not in text
    assert "/callbacks/salesforce/TOKEN" in text


def test_a_signature_that_fits_another_accounts_secret_says_whose(tmp_path: Path) -> None:
    """The right sender at the wrong address; and one that does not sign at all is told to."""
    files = {
        "sources/segment.yaml": SHOP,
        "sources/segment_eu.yaml": "source: segment_eu\nuses: segment\nidentifiers: {user_id: =event.userId}\n",
        "callbacks/hubspot_eu.yaml": HUBSPOT.replace("hubspot\n", "hubspot_eu\nuses: hubspot\n", 1),
    }
    more = {**MORE, "CUEWIRE_SEGMENT_EU_SHARED_SECRET": "of-eu", "CUEWIRE_HUBSPOT_EU_CLIENT_SECRET": "eu-app"}
    crm = Crm(tmp_path, None, files, more)
    raw = b'{"type": "track", "event": "Seen", "userId": "u1"}'
    signature = hmac.digest(b"of-eu", raw, "sha1").hex()
    crm.client.post("/webhooks/segment", data=raw, headers={"X-Signature": signature})
    assert (
        last(crm)["hint"] == "The signature fits the secret of segment_eu: send it to /webhooks/segment_eu."
    )
    told = {
        "X-HubSpot-Signature": hashlib.sha256(b"eu-app[]").hexdigest(),
        "X-HubSpot-Signature-Version": "v1",
    }
    crm.client.post("/callbacks/hubspot", data=b"[]", headers=told)
    assert last(crm)["hint"].endswith("hubspot_eu: let it call ?destination=hubspot_eu.")
    crm.client.post("/webhooks/segment", data=raw)
    assert last(crm)["reason"] == "It came without the header X-Signature."
    crm.runtime.store.close()


def test_no_value_of_a_person_is_kept_in_a_reason(crm: Crm) -> None:
    """Requests are kept when a person was erased: the rule is named, the value is with the event."""
    call = {"event": "Bought", "userId": "u1", "properties": {"email": "ada@example.com"}}
    assert crm.client.post("/v1/track", json=call, auth=("wk-of-tests", "")).status_code == 200
    row = last(crm)
    assert row["reason"] == "properties.email breaks the schema of Bought, /properties/email/maxLength"
    assert "ada@example.com" in crm.events("set_aside")[0].reason


def test_those_that_fail_are_not_pushed_out_by_those_that_do_not(crm: Crm) -> None:
    """Of each sender fifty of both are kept."""
    crm.client.post("/v1/track", json={}, auth=("nope", ""))
    for number in range(60):
        call = {"event": "Seen", "userId": "u1", "messageId": f"n{number}"}
        assert crm.client.post("/v1/track", json=call, auth=("wk-of-tests", "")).status_code == 200
    assert len(asked(crm, "limit=500")["requests"]) == 51
    assert last(crm, "verdict=bad_key")["name"] == "segment"


def test_the_last_callback_is_told_with_its_age_also_after_a_restart(crm: Crm, tmp_path: Path) -> None:
    """In words by the API and in seconds by the metrics; a refused one is no sign of life."""
    crm.hubspot([change("propertyChange", 1)])
    crm.runtime.journal.write()
    crm.runtime.store.close()
    clock = SystemClock()

    class Later:
        def now(self) -> int:
            return clock.now() + 3 * 3_600_000 + 60_000

    environment = {
        "CUEWIRE_API_KEY": SECRET,
        "CUEWIRE_SECRET_KEY": SECRET,
        "CUEWIRE_PUBLIC_URL": PUBLIC,
        "CUEWIRE_HUBSPOT_CLIENT_SECRET": CLIENT_SECRET,
    }
    crm.runtime = Runtime(Settings.read(environment), tmp_path / "mappings", tmp_path / "data", Later())
    crm.client = crm.runtime.app.test_client()
    assert crm.client.post("/callbacks/hubspot", data=b"[]").status_code == 401
    found = asked(crm)
    (sender,) = found["senders"]
    assert (sender["name"], sender["accepted"], sender["verdict"]) == ("hubspot", "3h ago", "bad_signature")
    assert [row["verdict"] for row in found["requests"]] == ["bad_signature", "accepted"]
    line = next(
        line
        for line in crm.client.get("/metrics", headers=KEY).text.splitlines()
        if line.startswith('cuewire_callback_age_seconds{callback="hubspot"}')
    )
    assert 10_800 <= float(line.rpartition(" ")[2]) < 11_000


@pytest.mark.parametrize("query", ["verdict=fine", "nam=hubspot", "limit=0", "since=soon"])
def test_what_cannot_be_asked_is_refused(crm: Crm, query: str) -> None:
    """With the field; and nobody asks without a key."""
    answer = crm.client.get(f"/api/requests?{query}", headers=KEY)
    assert answer.status_code == 400 and answer.json and answer.json["error"]["field"]
    assert crm.client.get("/api/requests").status_code == 401
