"""Circles through other systems end: what Cuewire's own sends led to too often is an echo."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from embedded.crm import SECRET, Crm
from embedded.hubspot_calls import ACTION, BY_WORKFLOW
from werkzeug.serving import make_server

from core.ports import Filter
from cuewire.sandbox import Sandbox
from cuewire.sandbox.settings import SandboxSettings

Wait = Callable[[Callable[[], bool]], None]

AUTHORISED = {"Authorization": f"Bearer {SECRET}"}

#: A step that calls in again: by a header where the receiver hands it on, which here it does by itself.
PING = f"""
trigger: ping
status: live
when: api
limits: {{cap: {{times: 100, per: 1d}}}}
do:
  - webhook.request:
      path: /api/trigger
      headers: {{Authorization: "Bearer {SECRET}"}}
      body: {{user_id: u1, trigger_type: ping}}
"""
BACK = """
trigger: told
status: live
when: {event: Told}
limits: {cap: {times: 100, per: 1d}}
do:
  - webhook.request:
      path: /webhooks/partner
      headers: {X-Cuewire-Token: token-of-the-partner}
      body: {what: Told, who: u1, count: '=has(context.cuewire) ? context.cuewire.hops + 1 : 1'}
"""
SEGMENT = """
trigger: signed_up
status: live
when: {event: Signed Up}
limits: {cap: {times: 100, per: 1d}}
do:
  - segment_out.track: {event: Decided, user_id: u1, context: {cuewire: {hops: 0}}}
"""
PARTNER = """
source: partner
receive: {event: =item.what, user_id: =item.who, properties: {count: =item.count}}
identifiers: {user_id: =event.userId}
"""
FILES = {
    "sources/partner.yaml": PARTNER,
    "triggers/ping.yaml": PING,
    "triggers/told.yaml": BACK,
    "triggers/signed_up.yaml": SEGMENT,
    "triggers/by_workflow.yaml": BY_WORKFLOW,
}


@contextmanager
def running(folder: Path, files: dict[str, str], fakes: Sandbox | None = None) -> Iterator[Crm]:
    """Run a server that listens, and whose webhooks lead to itself."""
    server: Any = None

    def app(environ: Any, start_response: Any) -> Any:
        return made.runtime.app(environ, start_response)

    server = make_server("127.0.0.1", 0, app, threaded=True)
    address = f"http://127.0.0.1:{server.port}"
    settings = {
        "CUEWIRE_WEBHOOK_BASE_URL": address,
        "CUEWIRE_WEBHOOK_URL": address,
        "CUEWIRE_WEBHOOK_SIGNING_SECRET": "whsec_YSBzZWNyZXQgb2YgdHdlbnR5LWZvdXIu",
        "CUEWIRE_PARTNER_TOKEN": "token-of-the-partner",
    }
    made = Crm(folder, fakes, files, settings)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    made.runtime.start()
    yield made
    made.runtime.stop()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[Crm]:
    """Give such a server."""
    with running(tmp_path, FILES) as made:
        yield made


def call(crm: Crm, **more: Any) -> dict[str, Any]:
    """Call ``/api/trigger``, and give what became of it."""
    headers = {**AUTHORISED, **more.pop("headers", {})}
    body = {"user_id": "u1", "trigger_type": "ping", **more}
    answer = crm.client.post("/api/trigger", json=body, headers=headers)
    assert answer.status_code == 202, answer.json
    told: dict[str, Any] = crm.client.get(f"/api/trigger/{answer.json['trigger_id']}", headers=headers).json
    return told


def test_a_trigger_that_fires_itself_by_its_own_webhook_stops(crm: Crm, wait_until: Wait) -> None:
    """Three of our sends may lie before a call; the fourth call is an echo, and says so."""
    call(crm)
    wait_until(lambda: bool(crm.events("echo")))
    (echo,) = crm.events("echo")
    assert echo.reason == "echo: 4 of our own sends led to it, and `hops` of policy.yaml allows 3"
    assert len(crm.events("applied")) == 4
    rows = crm.runtime.store.read.deliveries(Filter(limit=500)).rows
    assert sorted(row.hops for row in rows) == [1, 2, 3, 4]
    shown = crm.client.get(f"/api/trigger/{echo.id}", headers=AUTHORISED).json
    assert shown == {
        "trigger_id": echo.id,
        "decision": None,
        "deliveries": [],
        "converted": False,
        "reason": echo.reason,
    }


def test_a_circle_through_a_source_of_events_stops_too(crm: Crm, wait_until: Wait) -> None:
    """Formulas see the count, and what is an echo changes nobody."""
    body = {"what": "Told", "who": "u1"}
    crm.client.post("/webhooks/partner", json=body, headers={"X-Cuewire-Token": "token-of-the-partner"})
    wait_until(lambda: bool(crm.events("echo")))
    (echo,) = crm.events("echo", "partner")
    assert echo.profile_id == ""
    calls = [json.loads(row.raw) for row in crm.events(source="partner")]
    assert [one.get("count") for one in calls] == [None, 1, 2, 3, 4]


def test_a_count_is_handed_back_as_a_property_and_may_be_none_at_all(tmp_path: Path) -> None:
    """``hops: 0`` lets nothing act that one of our sends led to."""
    with running(tmp_path, {**FILES, "policy.yaml": "hops: 0\n"}) as crm:
        assert call(crm, metadata={"cuewire_hops": "1"})["reason"].startswith("echo: 1 of")
        assert call(crm, headers={"Cuewire-Hops": "1"})["reason"].startswith("echo: 1 of")
        assert call(crm, headers={"Cuewire-Hops": "one"})["decision"]["outcome"] == "fired"
        assert crm.tell("Added", context={"cuewire": {"hops": 1}}) == "echo"
        assert crm.tell("Added", properties={"cuewire_hops": 1}) == "echo"
        assert crm.tell("Added") == "applied"


def test_a_request_to_delete_is_never_an_echo(crm: Crm) -> None:
    """Whoever asks to be forgotten is heard, whatever led to it."""
    assert crm.tell(kind="delete", context={"cuewire": {"hops": 50}}) == "set_aside"
    assert crm.events()[-1].reason.startswith("privacy request")


def test_a_workflow_of_hubspot_is_told_of_an_echo_at_once(crm: Crm) -> None:
    """A step that hands ``cuewire_hops`` back does not wait for a decision that is never made."""
    inputs = {"trigger": "by_workflow", "tier": "high", "cuewire_hops": "4", "wait_until": "delivered"}
    contact = {"objectId": 904, "objectType": "CONTACT", "properties": {"email": "ada@example.com"}}
    told = crm.hubspot({"callbackId": "ap-1", "object": contact, "inputFields": inputs}, ACTION).json
    fields = (told or {})["outputFields"]
    assert (fields["decision"], fields["delivery_status"]) == ("echo", "none")
    assert fields["reason"].startswith("echo: 4 of our own sends")


def test_what_goes_back_to_segment_tells_one_more_than_what_caused_it(
    tmp_path: Path, wait_until: Wait
) -> None:
    """A step cannot set it back."""
    with Sandbox(SandboxSettings()) as fakes, running(tmp_path, FILES, fakes) as crm:
        crm.tell("Signed Up", context={"cuewire": {"hops": 2}})
        wait_until(lambda: bool(fakes.state.ledger.since(0)))
        (sent,) = [one for one in fakes.state.ledger.since(0) if one["vendor"] == "segment_out"]
        (arrived,) = (
            json.loads(sent["body"])["batch"] if isinstance(sent["body"], str) else sent["body"]["batch"]
        )
        assert arrived["context"]["cuewire"] == {"hops": 3}
        # It would be an echo by its mark alone; somebody who takes that off has the count left.
        context = {"cuewire": arrived["context"]["cuewire"]}
        assert crm.tell("Decided", context=context) == "applied"
        assert crm.tell("Decided", context={"cuewire": {"hops": 4}}) == "echo"


def test_a_rehearsal_refuses_what_would_be_an_echo(crm: Crm) -> None:
    """And says why."""
    event = {"type": "track", "event": "Told", "userId": "u1", "context": {"cuewire": {"hops": 4}}}
    answer = crm.client.post("/api/rehearse", json={"event": event}, headers=AUTHORISED)
    assert answer.status_code == 400
    assert "4 of our own sends led to it" in answer.text
