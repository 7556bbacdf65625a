"""What HubSpot tells a running server: changes become events, what we wrote ourselves does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from embedded.crm import Crm
from embedded.hubspot_calls import FILES, change, deliveries

from cuewire.sandbox import Sandbox

SAMPLES = Path(__file__).parents[3] / "shared/samples/inbound/hubspot"

Wait = Callable[[Callable[[], bool]], None]


@pytest.mark.skipif(not SAMPLES.exists(), reason="the vendors' recorded samples are not here")
def test_every_recorded_notification_becomes_its_event(crm: Crm) -> None:
    """A hidden value is no trait, and the general form of a subscription is the same as the classic one."""
    found = {}
    for path in sorted(SAMPLES.glob("webhook-*.json")):
        answer = crm.hubspot(path.read_bytes())
        assert (answer.status_code, answer.json) == (200, {"success": True}), path.name
        row = crm.events()[-1]
        assert row.status == "applied", row.reason
        found[path.stem.removeprefix("webhook-")] = (row.event, row.identifiers)
    assert found == {
        "contact-creation": ("HubSpot Contact Created", {"hubspot_id": ["123"]}),
        "contact-propertychange": ("HubSpot Contact Changed", {"hubspot_id": ["173595202426"]}),
        "contact-propertychange-issensitive": ("HubSpot Contact Changed", {"hubspot_id": ["123"]}),
        "contact-propertychange-sensitive": ("HubSpot Contact Changed", {"hubspot_id": ["847297356"]}),
        "object-propertychange": (
            "HubSpot Contact Changed",
            {"hubspot_id": ["43"], "email": ["generic@example.com"]},
        ),
    }
    named = crm.person("hubspot_id", "123")
    hidden = crm.person("hubspot_id", "847297356")
    assert named is not None and named.traits["first_name"].value == "sample-value"
    assert hidden is not None and hidden.traits == {}


def test_a_change_starts_a_trigger_once_however_often_hubspot_tells_it(crm: Crm, wait_until: Wait) -> None:
    """A retry differs in its attempt number only; the upsert's answer is the contact's own id in HubSpot."""
    crm.tell(kind="identify", traits={"email": "ada@example.com"}, context={})
    crm.hubspot([change(propertyName="email", propertyValue="ada@example.com", eventId=9)])
    for attempt in range(3):
        assert crm.hubspot([change(attemptNumber=attempt)]).status_code == 200
    told = [row for row in crm.events(source="hubspot") if row.type == "track"]
    statuses = [row.status for row in told]
    assert statuses == ["applied", "applied", "duplicate", "duplicate"]
    wait_until(lambda: [row.status for row in deliveries(crm)] == ["delivered"])


def test_what_our_own_app_wrote_is_an_echo_and_another_apps_write_is_none(crm: Crm) -> None:
    """Shown with the reason, and with no effect on anyone."""
    own = change(changeSource="INTEGRATION", sourceId="77", eventId=2)
    other = change(changeSource="INTEGRATION", sourceId="78", eventId=3)
    crm.hubspot([own, other])
    rows = crm.events(source="hubspot")
    assert [row.status for row in rows] == ["echo", "applied"]
    assert "our app 77" in rows[0].reason
    shown = crm.client.get("/api/events?status=echo", headers={"Authorization": "Bearer " + "k" * 40}).json
    assert shown is not None and [one["status"] for one in shown["events"]] == ["echo"]


def test_what_no_event_is_made_of_is_kept_with_the_reason(crm: Crm) -> None:
    """A name that the file lacks, a bad item, a deletion for good; the others of the request take effect."""
    items = [
        change(subscriptionType="deal.creation", eventId=1),
        {"no": "type"},
        change(subscriptionType="contact.privacyDeletion", eventId=3),
        change(eventId=4),
    ]
    assert crm.hubspot(items).status_code == 200
    rows = {row.reason or row.event for row in crm.events(source="hubspot")}
    assert rows == {
        "`events` of callbacks/hubspot.yaml does not name `deal.creation`",
        "subscriptionType: is missing, or not as in contact.creation",
        "privacy request (erasure): `cuewire privacy list` shows it, nothing is done by itself",
        "Lifecycle Stage Changed",
    }


@pytest.mark.parametrize(
    ("policy", "status"), [("create", "applied"), ("park", "set_aside"), ("ignore", "ignored")]
)
def test_an_unknown_person_is_created_parked_or_ignored(
    tmp_path: Path, fakes: Sandbox, policy: str, status: str
) -> None:
    """As the file says; somebody who is known is never in question."""
    callback = f"""
callback: hubspot
identifiers: {{hubspot_id: =properties.contactId}}
unknown: {policy}
events:
  contact.propertyChange: Changed
  contact.creation: {{event: Created, unknown: create}}
  contact.deletion: null
"""
    crm = Crm(tmp_path, fakes, {"callbacks/hubspot.yaml": callback})
    crm.hubspot([change(), change(subscriptionType="contact.creation", eventId=2), change(eventId=3)])
    crm.hubspot([change(subscriptionType="contact.deletion", eventId=4)])
    # What was parked takes effect behind the event that makes the person known.
    later = ["applied"] if policy == "park" else []
    assert [row.status for row in crm.events()] == [status, "applied", "applied", *later, "ignored"]
    reasons = [row.reason for row in crm.events()]
    assert reasons[0] == ("" if policy == "create" else "no such person: nobody has any of its identifiers")
    assert reasons[-1] == "callbacks/hubspot.yaml makes no event of this one"
    crm.runtime.store.close()


def test_a_workflows_webhook_is_an_event_of_its_contact(tmp_path: Path, fakes: Sandbox) -> None:
    """In the old form with histories and in the short one; the address tells workflows apart."""
    callback = """
callback: hubspot
identifiers: {hubspot_id: =properties.contactId, email: =properties.email}
events: {workflow: Workflow Told, workflow.trial: Trial Told}
"""
    crm = Crm(tmp_path, fakes, {"callbacks/hubspot.yaml": callback})
    old = {"vid": 904, "properties": {"email": {"value": "a@example.com", "versions": []}}}
    assert crm.hubspot(old).status_code == 200
    short = {"objectId": 904, "plan": "gold"}
    assert crm.hubspot(short, "/callbacks/hubspot?workflow=trial").status_code == 200
    assert crm.hubspot(short, "/callbacks/hubspot?workflow=trial").status_code == 200
    rows = crm.events()
    assert [(row.event, row.status) for row in rows] == [
        ("Workflow Told", "applied"),
        ("Trial Told", "applied"),
        ("Trial Told", "duplicate"),
    ]
    assert rows[0].identifiers == {"hubspot_id": ["904"], "email": ["a@example.com"]}
    crm.runtime.store.close()


def test_unsigned_unmapped_and_unreadable_requests_leave_nothing(tmp_path: Path, fakes: Sandbox) -> None:
    """A 4xx each, and none of them stored."""
    crm = Crm(tmp_path, fakes, {"callbacks/hubspot.yaml": "null\n"})
    assert crm.hubspot([change()]).status_code == 404
    assert crm.hubspot([], "/callbacks/hubspot?destination=x").status_code == 404
    crm.runtime.store.close()
    other = Crm(tmp_path / "other", fakes, {})
    assert other.client.post("/callbacks/hubspot", data=b"[]").status_code == 401
    assert other.hubspot(b"[{").status_code == 400
    assert other.hubspot(b"7").status_code == 400
    assert other.events() == []
    other.runtime.store.close()


PARKING = """
callback: hubspot
identifiers: {hubspot_id: =properties.contactId}
traits: {from: traits}
unknown: park
events: {contact.propertyChange: Lifecycle Stage Changed}
"""


def test_what_is_parked_takes_effect_once_somebody_turns_out_to_be_that_person(
    tmp_path: Path, fakes: Sandbox
) -> None:
    """By whatever way the id joins them, once, and also after a restart."""
    files = {**FILES, "callbacks/hubspot.yaml": PARKING}
    crm = Crm(tmp_path, fakes, files)
    for number in (1, 1, 2):
        crm.hubspot([change(eventId=number, propertyName=f"p{number}")])
    crm.hubspot([change(eventId=3, objectId=905)])
    assert {row.status for row in crm.events()} == {"set_aside"}
    crm.runtime.store.close()
    crm = Crm(tmp_path, fakes, files)
    call = {"trigger_type": "by_workflow", "user_id": "u1", "identifiers": {"hubspot_id": "904"}}
    fired = crm.client.post("/api/trigger", json=call, headers={"Authorization": "Bearer " + "k" * 40})
    assert fired.status_code == 202
    applied = crm.events("applied", "hubspot")
    assert [row.event for row in applied] == ["Lifecycle Stage Changed"] * 2
    person = crm.person("user_id", "u1")
    assert person is not None and {row.profile_id for row in applied} == {person.id}
    assert set(person.traits) == {"p1", "p2"}
    assert crm.person("hubspot_id", "905") is None
    crm.hubspot([change(eventId=1, propertyName="p1")])
    assert crm.events()[-1].status == "duplicate"
    crm.runtime.store.close()
