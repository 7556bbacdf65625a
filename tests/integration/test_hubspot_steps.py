"""A step of a HubSpot workflow fires a trigger, and the workflow hears what came of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from embedded.crm import Crm
from embedded.hubspot_calls import ACTION, FILES, change, deliveries, step

from cuewire.sandbox import Sandbox

VERSION = "X-HubSpot-Signature-Version"

SAMPLES = Path(__file__).parents[3] / "shared/samples/inbound/hubspot"

Wait = Callable[[Callable[[], bool]], None]


def test_a_step_fires_a_trigger_once_and_hears_what_was_decided(crm: Crm, wait_until: Wait) -> None:
    """A repeat of the same step is the same call."""
    first = crm.hubspot(step(), ACTION)
    assert first.status_code == 200, first.text
    assert first.json is not None
    told = first.json["outputFields"]
    assert (told["decision"], told["reason"], told["hs_execution_state"]) == ("fired", "", "SUCCESS")
    assert told["delivery_status"] in ("scheduled", "sending", "delivered")
    assert crm.hubspot(step(), ACTION).status_code == 200
    wait_until(lambda: [row.status for row in deliveries(crm)] == ["delivered"])
    again = crm.hubspot(step(), ACTION).json
    assert again is not None and again["outputFields"]["delivery_status"] == "delivered"


def test_a_refusal_is_an_answer_and_no_failure(crm: Crm) -> None:
    """A condition that does not hold, and a cap; only a step that is wrong itself fails."""
    low = crm.hubspot(step("low"), ACTION).json
    assert low is not None
    assert low["outputFields"]["decision"] == "not_met"
    assert low["outputFields"]["reason"].startswith("only_if: ")
    assert low["outputFields"]["delivery_status"] == "none"
    crm.hubspot(step(callback="ap-2"), ACTION)
    capped = crm.hubspot(step(callback="ap-3"), ACTION)
    assert capped.status_code == 200 and capped.json is not None
    assert capped.json["outputFields"]["decision"] == "suppressed"
    assert capped.json["outputFields"]["reason"].startswith("limits: ")
    assert crm.hubspot(step(callback="ap-4", trigger="no_such"), ACTION).status_code == 404
    assert crm.hubspot({"callbackId": "ap-5", "inputFields": {}}, ACTION).status_code == 400
    nobody = {**step(callback="ap-6"), "object": {}}
    assert crm.hubspot(nobody, ACTION).status_code == 400


def test_a_step_that_waits_is_told_when_it_is_delivered_also_after_a_restart(
    tmp_path: Path, fakes: Sandbox, wait_until: Wait
) -> None:
    """The server stops while the step waits; what it is told leaves once."""
    first = Crm(tmp_path, fakes, FILES)
    answer = first.hubspot(step(wait_until="delivered"), ACTION).json
    assert answer == {"outputFields": {"hs_execution_state": "BLOCK", "hs_expiration_duration": "P3D"}}
    repeat = first.hubspot(step(wait_until="delivered"), ACTION).json
    assert repeat == answer
    first.runtime.store.close()
    second = Crm(tmp_path, fakes, FILES)
    second.runtime.start()
    wait_until(lambda: len(deliveries(second)) == 2 and deliveries(second)[-1].status == "delivered")
    done = deliveries(second)[-1]
    assert (done.destination, done.action) == ("hubspot", "complete_action")
    assert done.fields == {
        "callback_id": "ap-1-2-3-4",
        "decision": "fired",
        "reason": "",
        "delivery_status": "delivered",
    }
    third = second.hubspot(step(wait_until="delivered"), ACTION).json
    assert third is not None and third["outputFields"]["hs_execution_state"] == "SUCCESS"
    second.runtime.stop()


def test_a_refused_step_never_waits(crm: Crm) -> None:
    """There is nothing to wait for."""
    answer = crm.hubspot(step("low", wait_until="delivered"), ACTION).json
    assert answer is not None and answer["outputFields"]["hs_execution_state"] == "SUCCESS"


@pytest.mark.skipif(not SAMPLES.exists(), reason="the vendors' recorded samples are not here")
def test_the_recorded_step_is_refused_for_the_trigger_that_it_does_not_name(crm: Crm) -> None:
    """Its own fields are another app's."""
    body = msgspec.json.decode((SAMPLES / "workflow-custom-action-request.json").read_bytes())
    assert crm.hubspot(body, ACTION).status_code == 400
    body["inputFields"] |= {"trigger": "by_workflow", "tier": "high"}
    answer = crm.hubspot(body, ACTION).json
    assert answer is not None and answer["outputFields"]["decision"] == "fired"


def test_the_daily_look_finds_nothing_missing_after_callbacks(crm: Crm, wait_until: Wait) -> None:
    """A notification and a step can be told again as they were taken."""
    crm.tell(kind="identify", traits={"email": "ada@example.com"}, context={})
    crm.hubspot([change(propertyName="email", propertyValue="ada@example.com", eventId=9), change()])
    crm.hubspot(step(), ACTION)
    wait_until(lambda: [row.status for row in deliveries(crm)] == ["delivered", "delivered"])
    crm.runtime.auditor.ask(since=0)
    wait_until(lambda: not crm.runtime.auditor.is_running)
    report = crm.runtime.auditor.last()
    assert report is not None and report["checked"] > 0
    assert (report["missing"], report["differs"], report["unreadable"]) == (0, 0, 0)


def test_spoilt_requests_are_refused_and_leave_nothing(tmp_path: Path, fakes: Sandbox) -> None:
    """Sixty of each kind of spoiling, on both routes: never taken, and never a fault of ours."""
    crm, chance = Crm(tmp_path, fakes, FILES), random.Random(11)
    bodies = {"/callbacks/hubspot": [change()], ACTION: step()}
    for path, body in bodies.items():
        raw = msgspec.json.encode(body)
        for number in range(60):
            at = chance.randrange(len(raw))
            spoilt = raw[:at] + bytes([chance.randrange(256)]) + raw[at + 1 - number % 2 :]
            headers = crm.signed(raw, path)
            name = chance.choice(sorted(headers))
            other = {**headers, name: headers[name][:-1] + chance.choice("aA0=")}
            cut = {key: value for key, value in headers.items() if key != "X-HubSpot-Request-Timestamp"}
            for sent, given in ((spoilt, headers), (raw, other), (raw, cut)):
                if (sent, given) == (raw, headers) or (
                    name in ("X-HubSpot-Signature", VERSION) and given is other
                ):
                    continue
                answer = crm.client.post(path, data=sent, headers=given, content_type="application/json")
                assert answer.status_code == 401, (sent, given)
    assert crm.events() == []
    crm.runtime.store.close()
