"""Who is erased is gone also from requests that were not believed, and from what was set aside."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from embedded.crm import SECRET, Crm
from embedded.hubspot_calls import change

from cuewire.cli import cli

PHONE, EMAIL = "+4915112345678", "ada.lovelace@example.com"
KEY = {"Authorization": f"Bearer {SECRET}"}
MORE = {
    "CUEWIRE_SEGMENT_SHARED_SECRET": "shared-of-tests",
    "CUEWIRE_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "CUEWIRE_TWILIO_AUTH_TOKEN": "token-of-twilio",
}
PARKING = """
callback: hubspot
identifiers: {hubspot_id: =properties.contactId, email: =properties.secondary}
unknown: park
events: {contact.propertyChange: Changed}
"""
SHOP = "source: segment\nidentifiers: {user_id: =event.userId, email: =traits.email, phone: =traits.phone}\n"
FILES = {"sources/segment.yaml": SHOP, "callbacks/hubspot.yaml": PARKING}


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[Crm]:
    """Give a server that knows two people, holds a request of each, and has set one of Ada's notices aside."""
    made = Crm(tmp_path, None, FILES, MORE)
    made.tell(kind="identify", userId="a1", traits={"email": EMAIL, "phone": PHONE})
    made.tell(kind="identify", userId="u-bo", traits={"email": "bo@example.com"})
    form, unsigned = "application/x-www-form-urlencoded", {"X-Twilio-Signature": "x"}
    for number in (PHONE, "+4915100000000"):
        body = urlencode({"From": number, "Body": "STOP", "MessageSid": "SM1"})
        path = "/callbacks/twilio/inbound"
        assert made.client.post(path, data=body, headers=unsigned, content_type=form).status_code == 401
    for body in (b'{"email": "Ada.Lovelace\\u0040example.com"}', b'{"userId": "a1"}', b'{"userId": "a11"}'):
        sent = made.client.post("/webhooks/segment", data=body, headers={"X-Signature": "0" * 40})
        assert sent.status_code == 401
    packed = {"X-Signature": "0" * 40, "Content-Encoding": "gzip"}
    made.client.post("/webhooks/segment", data=gzip.compress(EMAIL.encode()), headers=packed)
    made.hubspot([change(subscriptionType="deal.creation", note=EMAIL)])
    made.hubspot([change(objectId=1, note=EMAIL), change(objectId=2, note="bo@example.com")])
    assert [row.status for row in made.events(source="hubspot")] == ["set_aside"] * 3
    yield made
    made.runtime.store.close()


def bodies(crm: Crm) -> list[bytes]:
    """Give what is held."""
    return [one.body for one in crm.runtime.journal.held()]


LEFT = [b"From=%2B4915100000000&Body=STOP&MessageSid=SM1", b'{"userId": "a11"}']


def test_a_request_of_privacy_reaches_them_while_the_server_runs(crm: Crm, tmp_path: Path) -> None:
    """In memory and in the store; what is about others stays."""
    crm.tell(kind="delete", userId="a1")
    asked = crm.client.get("/api/privacy-requests", headers=KEY).json
    assert asked is not None
    (found,) = asked["requests"]
    answer = crm.client.post(f"/api/privacy-requests/{found['id']}/erase", headers=KEY)
    assert answer.status_code == 200, answer.text
    assert sorted(bodies(crm)) == sorted(LEFT)
    kept = "".join(crm.runtime.store.write(lambda tx: tx.keys.starting("requests:")).values())
    assert kept.count('"body":') == len(LEFT)
    assert told_of_ada(crm) == []


def test_a_request_about_somebody_whom_nobody_knows_reaches_what_waits_for_them(crm: Crm) -> None:
    """It is parked by its identifiers, and those are the person's."""
    crm.hubspot([change(objectId=3, secondary="cy@example.com")])
    assert len(parked(crm)) == 4
    crm.tell(kind="delete", userId="nobody", traits={"email": "cy@example.com"})
    asked = crm.client.get("/api/privacy-requests", headers=KEY).json
    assert asked is not None
    answer = crm.client.post(f"/api/privacy-requests/{asked['requests'][0]['id']}/erase", headers=KEY)
    assert answer.status_code == 200, answer.text
    assert len(parked(crm)) == 2
    assert not any("cy@example.com" in text for text in parked(crm))


def parked(crm: Crm) -> list[str]:
    """Give what waits for somebody to turn up."""
    kept = crm.runtime.store.write(lambda tx: tx.keys.starting("parked:")).values()
    return [base64.b64decode(json.loads(text)["call"]).decode() for text in kept]


def told_of_ada(crm: Crm) -> list[str]:
    """Give what of her is left in notices that took no effect, or that wait."""
    raws = [row.raw.decode() for row in crm.events(source="hubspot")]
    assert len(raws) == 3 and len(parked(crm)) == 1
    return [text for text in (*raws, *parked(crm)) if EMAIL in text]


def test_the_command_reaches_them_where_no_server_runs(crm: Crm, tmp_path: Path) -> None:
    """After a restart nothing of the person is held."""
    crm.runtime.journal.write()
    crm.runtime.store.close()
    words = ["profile", "erase", "email", EMAIL, "--yes", "--data", str(tmp_path / "data")]
    assert CliRunner().invoke(cli, words).exit_code == 0
    again = Crm(tmp_path, None, FILES, MORE)
    assert sorted(bodies(again)) == sorted(LEFT)
    assert told_of_ada(again) == []
    again.runtime.store.close()
