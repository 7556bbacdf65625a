"""What Braze tells a running server: Currents, transactional e-mail, and webhook steps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from embedded.mailing import ADA, TOKEN, Mailing

SAMPLES = Path(__file__).parents[3] / "shared/samples/inbound/braze"


@pytest.fixture
def mailing(tmp_path: Path) -> Iterator[Mailing]:
    """Give a server whose background is not needed."""
    made = Mailing(tmp_path)
    yield made
    made.runtime.store.close()


def current(kind: str, number: int = 1, user: str = "u1", **properties: Any) -> dict[str, Any]:
    """Write one event of Currents."""
    return {
        "event_type": kind,
        "id": f"c{number}",
        "time": 1_772_445_600,
        "user": {"user_id": "b1", "external_user_id": user},
        "properties": properties,
    }


@pytest.mark.skipif(not SAMPLES.exists(), reason="the vendors' recorded samples are not here")
def test_every_recorded_event_is_taken(mailing: Mailing) -> None:
    """The two without an id are told apart by their bytes alone; the time is in seconds."""
    mailing.tell("Seen", userId="user_id")
    for path in sorted(SAMPLES.glob("*.json")):
        body = json.loads(path.read_bytes())
        for one in body["events"]:
            one["id"] = f"{path.stem}"
        assert mailing.braze(body).status_code == 200
    found = [(row.event, row.status) for row in mailing.events(source="braze")]
    assert len(found) == 13
    assert ("Email Opened", "applied") in found
    assert ("users.behaviors.CustomEvent", "ignored") in found
    assert {status for _, status in found} == {"applied", "ignored"}
    opened = next(row for row in mailing.events(source="braze") if row.event == "Email Opened")
    assert opened.timestamp == 1_477_502_783_000
    assert opened.identifiers["user_id"] == ["user_id"]


def test_a_delivery_is_found_by_its_dispatch_and_its_person(mailing: Mailing) -> None:
    """Several people may share a dispatch; of one that fits nobody, or another's, nothing is settled."""
    row = mailing.sent("Bought", reference="d1")
    bounce = "users.messages.email.Bounce"
    for number, (user, dispatch) in enumerate((("u2", "d1"), ("u1", "d2"), ("", "d1"))):
        mailing.braze({"events": [current(bounce, number, user, dispatch_id=dispatch)]})
        assert mailing.deliveries()[-1].status == "delivered"
    mailing.braze({"events": [current(bounce, 9, dispatch_id="d1", bounce_reason="550 unknown")]})
    (found,) = [one for one in mailing.deliveries() if one.id == row.id]
    assert (found.status, found.reason) == ("rejected", "bounced: 550 unknown")


def test_a_transactional_email_is_found_by_the_id_that_was_sent_along(mailing: Mailing) -> None:
    """Delivered is the last word."""
    row = mailing.sent("Bought")
    for status, expected in (("sent", "sent"), ("delivered", "delivered"), ("bounced", "delivered")):
        metadata = {"external_send_id": row.id, "delivered_at": "2026-03-02T10:00:00Z"}
        assert mailing.braze({"dispatch_id": "d1", "status": status, "metadata": metadata}).status_code == 200
        found = mailing.deliveries()[-1]
        assert (found.status, found.reason) == ("delivered", expected)


def test_who_unsubscribes_in_braze_withdraws_for_everyone_with_the_address(mailing: Mailing) -> None:
    """STOP by SMS is heard as well, and a change of the state counts for its channel."""
    for user in ("u1", "u2"):
        mailing.tell("Seen", userId=user, context={"traits": {"email": ADA, "phone": "+4915112345678"}})
    left = current("users.messages.email.Unsubscribe", 1, email_address=ADA)
    stop = current(
        "users.messages.sms.InboundReceive", 2, user_phone_number="+4915112345678", message_body=" stop "
    )
    assert mailing.braze({"events": [left, stop]}).status_code == 200
    for user in ("u1", "u2"):
        assert mailing.consent("user_id", user)["marketing/email"] is False
        assert mailing.consent("user_id", user)["transactional/sms"] is False
    group = "users.behaviors.subscriptiongroup.StateChange"
    back = current(group, 3, "u1", channel="email", subscription_status="subscribed")
    mailing.braze({"events": [{**back, "time": 4_000_000_000}]})
    assert mailing.events(source="braze")[-1].event == "Braze Subscription Group Changed"


def test_a_webhook_step_is_an_event_and_a_repeat_of_its_dispatch_is_none(mailing: Mailing) -> None:
    """A step with a name is the file's to name; what names nobody is refused."""
    body = {"user_id": "u1", "dispatch_id": "d1", "message_api_id": "m1", "properties": {"offer": "spring"}}
    mailing.tell("Seen")
    for _ in range(2):
        assert mailing.braze(body).status_code == 200
    assert mailing.braze({**body, "name": "winback"}).status_code == 200
    found = [(row.event, row.status) for row in mailing.events(source="braze")]
    assert found == [
        ("Braze Step Reached", "applied"),
        ("Braze Step Reached", "duplicate"),
        ("webhook.winback", "set_aside"),
    ]
    nobody = mailing.braze({"user_id": "", "properties": {}})
    assert (nobody.status_code, nobody.json["error"]["field"]) == (400, "user_id")


def test_the_token_opens_by_either_header(mailing: Mailing) -> None:
    """Nothing else does."""
    body = b'{"events": []}'
    for headers in ({"Authorization": f"Bearer {TOKEN}"}, {"X-Cuewire-Token": TOKEN}):
        assert mailing.client.post("/callbacks/braze", data=body, headers=headers).status_code == 200
    for wrong in ({}, {"Authorization": TOKEN}, {"Authorization": "Bearer x"}, {"X-Cuewire-Token": ""}):
        assert mailing.client.post("/callbacks/braze", data=body, headers=wrong).status_code == 401
    for broken in (b"", b"[]", b'{"events": 1}', b"{}", b'{"status": "x", "metadata": {}'):
        headers = {"Authorization": f"Bearer {TOKEN}"}
        assert mailing.client.post("/callbacks/braze", data=broken, headers=headers).status_code == 400
