"""What was set aside is read again by a running server after its files were mended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from embedded.crm import SECRET, Crm

from core.ports import Filter
from cuewire.wiring import load_mappings

KEY = {"Authorization": f"Bearer {SECRET}"}
BASIC = ("wk-of-tests", "")
SHOP = """
source: segment
identifiers: {user_id: =event.userId, email: =traits.email}
schemas:
  Order Completed:
    required: [order_id]
    properties: {order_id: {type: string}, total: {type: number, minimum: 0}}
"""
MENDED = SHOP.replace("required: [order_id]", "required: []")
RAW = """
source: raw
receive:
  event: =item.action
  id: =item.uid
  user_id: =item.who
identifiers: {user_id: =event.userId}
"""
ORDERED = """
trigger: ordered
status: live
when: {event: Order Completed}
limits: {cap: {times: 100, per: 1d}}
do: [{braze.track_event: {external_id: '=profile.identifiers.user_id[0]', name: Ordered}}]
"""
HUBSPOT = """
callback: hubspot
identifiers: {hubspot_id: =properties.objectId}
unknown: ignore
events: {contact.creation: Seen In CRM, contact.deletion: null}
"""
FILES = {
    "sources/segment.yaml": SHOP,
    "sources/raw.yaml": RAW,
    "triggers/ordered.yaml": ORDERED,
    "callbacks/hubspot.yaml": HUBSPOT,
}
MORE = {"CUEWIRE_SEGMENT_WRITE_KEY": "wk-of-tests", "CUEWIRE_RAW_TOKEN": "raw-token"}


class Mended(Crm):
    """A server whose files are mended while it runs."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, None, FILES, MORE)
        self.mappings = folder / "mappings"

    def mend(self, name: str, text: str) -> None:
        """Put another text of a file in force."""
        (self.mappings / name).write_text(text)
        loaded = load_mappings(self.mappings)
        assert loaded.rules is not None, loaded.problems
        self.runtime.reload(loaded)

    def order(self, message: str = "o1", **properties: Any) -> None:
        """Send an order by the tracking API."""
        call = {"userId": "u1", "event": "Order Completed", "messageId": message, "properties": properties}
        assert self.client.post("/v1/track", json=call, auth=BASIC).status_code == 200

    def replay(self, **wanted: Any) -> Any:
        """Ask for a replay."""
        answer = self.client.post("/api/events/replay", json=wanted, headers=KEY)
        assert answer.status_code == 200, answer.text
        return answer.json

    def listed(self, status: str) -> list[dict[str, Any]]:
        """List events by the API."""
        found: Any = self.client.get(f"/api/events?status={status}", headers=KEY).json
        return list(found["events"])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Mended]:
    """Give a server whose background is not needed."""
    made = Mended(tmp_path)
    yield made
    made.runtime.store.close()


def test_an_event_that_broke_its_schema_takes_effect_once_the_schema_is_mended(server: Mended) -> None:
    """It is listed with the rule it broke; unknown fields break none; the replay fires the trigger, once."""
    server.order("o0", order_id="a", anything={"else": [1]})
    server.order("o1", total=5)
    (aside,) = server.listed("set_aside")
    rule = "properties: 'order_id' is a required property (schema Order Completed, /required)"
    assert (aside["id"], aside["reason"]) == ("o1", rule)
    assert server.replay(source="segment")["left"] == [{"reason": rule, "number": 1}]
    server.mend("sources/segment.yaml", MENDED)
    tried = server.replay(dry_run=True)
    assert (tried["matched"], tried["applied"], tried["dry_run"]) == (1, 1, True)
    assert len(server.listed("set_aside")) == 1
    told = server.replay()
    assert told["events"] == [
        {"id": "o1", "source": "segment", "event": "Order Completed", "status": "applied", "reason": None}
    ]
    assert server.listed("set_aside") == []
    fired = server.runtime.store.read.decisions(Filter(trigger="ordered", status="fired")).rows
    assert {row.event_id for row in fired} == {"o0", "o1"}
    assert server.replay()["matched"] == 0
    server.order("o1", total=5)
    assert [row["id"] for row in server.listed("duplicate")] == ["o1"]


def test_what_was_corrected_and_sent_again_meanwhile_is_no_second_event(server: Mended) -> None:
    """The replay says so, and nothing is left of the broken one to be replayed."""
    server.order("o1", total=5)
    server.order("o1", total=5, order_id="a")
    server.mend("sources/segment.yaml", MENDED)
    assert [one["status"] for one in server.replay()["events"]] == ["duplicate"]
    assert len(server.runtime.store.read.decisions(Filter(trigger="ordered", status="fired")).rows) == 1
    assert server.replay()["matched"] == 0


def test_an_unmapped_notification_is_replayed_by_the_name_it_got_since(server: Mended) -> None:
    """And one about nobody, and one that was switched off, where that is asked for."""
    changes = [
        {
            "subscriptionType": f"contact.{kind}",
            "eventId": number,
            "objectId": 7,
            "occurredAt": 1_772_445_600_000,
        }
        for number, kind in enumerate(("creation", "merge", "deletion"))
    ]
    assert server.hubspot(changes).status_code == 200
    assert sorted(row["event"] for row in server.listed("ignored")) == ["Seen In CRM", "contact.deletion"]
    assert [row["event"] for row in server.listed("set_aside")] == ["contact.merge"]
    names = "{contact.creation: Seen In CRM, contact.merge: Merged, contact.deletion: Deleted}"
    server.mend(
        "callbacks/hubspot.yaml",
        f"callback: hubspot\nidentifiers: {{hubspot_id: =properties.objectId}}\nevents: {names}\n",
    )
    assert server.replay(source="hubspot")["applied"] == 1
    assert server.replay(source="hubspot", status="ignored")["applied"] == 2
    person = server.person("hubspot_id", "7")
    assert person is not None
    events = server.runtime.store.read.past(person.id, None, 10)
    assert sorted(row.event for row in events) == ["Deleted", "Merged", "Seen In CRM"]


def test_items_that_a_described_source_could_not_read_are_read_by_its_mended_file(server: Mended) -> None:
    """Where the sender's field has another name than the file said."""
    items = [{"uid": "a", "who": "u1", "kind": "Signed Up"}, {"uid": "b", "who": "u1", "action": "Seen"}]
    answer = server.client.post("/webhooks/raw", json=items, headers={"X-Cuewire-Token": "raw-token"})
    assert answer.status_code == 200
    assert len(server.listed("set_aside")) == 1
    server.mend("sources/raw.yaml", RAW.replace("=item.action", "[=item.action, =item.kind]"))
    assert server.replay()["applied"] == 1
    assert [row.event for row in server.events("applied", "raw")] == ["Seen", "Signed Up"]


def test_a_request_for_erasure_is_not_asked_again_by_a_replay(server: Mended) -> None:
    """Nor is one reopened that a person has seen to."""
    gone = {
        "subscriptionType": "contact.privacyDeletion",
        "eventId": 3,
        "objectId": 7,
        "occurredAt": 1_772_445_600_000,
    }
    server.hubspot([gone])
    (asked,) = server.runtime.services.privacy.all()
    server.runtime.services.privacy.close(asked.id, "done by hand")
    assert server.replay()["applied"] == 0
    (after,) = server.runtime.services.privacy.all()
    assert (after.state, after.times) == ("closed", 1)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"source": "hubspott"}, "source"),
        ({"status": "applied"}, "status"),
        ({"limit": 0}, "limit"),
        ({"ids": "m1"}, "ids"),
        ({"cursor": "x"}, "cursor"),
        ({"dry": True}, "dry"),
    ],
)
def test_a_replay_that_asks_for_what_is_not_there_is_refused(
    server: Mended, body: dict[str, Any], field: str
) -> None:
    """With the field, and what to do."""
    answer = server.client.post("/api/events/replay", json=body, headers=KEY)
    assert (answer.status_code, answer.json and answer.json["error"]["field"]) == (400, field)
    assert server.client.post("/api/events/replay", json={}).status_code == 401


def test_a_long_replay_goes_on_where_the_call_before_ended(server: Mended) -> None:
    """The first to arrive first, each looked at once."""
    for number in range(5):
        server.order(f"o{number}", total=1)
    first = server.replay(limit=2, since="2020-01-01T00:00:00Z")
    second = server.replay(limit=2, cursor=first["next"])
    third = server.replay(limit=2, cursor=second["next"])
    ids = [one["id"] for page in (first, second, third) for one in page["events"]]
    assert (ids, third["next"]) == (["o0", "o1", "o2", "o3", "o4"], None)
    server.mend("sources/segment.yaml", MENDED)
    assert [one["id"] for one in server.replay(ids=["o3"])["events"]] == ["o3"]
