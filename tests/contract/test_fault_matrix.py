"""Every action against every way in which a call can go wrong: the exact outcome, and never a second request.

The request is that of a fixture which is delivered; only its answer is exchanged. Each action meets every eighth
fault, others than the action before it; with ``CUEWIRE_FAULT_EVERY=1`` it meets all of them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from scripted_server import scripted
from test_destinations import CASES, NOW, adapter_of, exchanges, load, make, row

import connectors
import connectors.transport
import connectors.twilio
from core.ports import Repeats
from core.secret import Secret

#: Every so many faults for each action.
EVERY = int(os.environ.get("CUEWIRE_FAULT_EVERY", "8"))

KINDS = ("braze", "hubspot", "salesforce", "segment_out", "sendgrid", "twilio")
DAY = 24 * 3_600_000
HTML = "<html><body>Sign in to the wireless network</body></html>"
ELSEWHERE = {"Location": "https://elsewhere.example.com/"}


def with_status(status: int, **headers: str) -> dict[str, Any]:
    """Write an answer with nothing of the vendor's in it."""
    return {"status": status, "headers": headers}


#: Answers by what they mean: whatever the vendor, unless ``OTHERWISE`` says so.
FAULTS: dict[str, dict[str, dict[str, Any]]] = {
    "lost": {
        "hung up": {"fault": "reset"},
        "hung up before": {"fault": "unread"},
        "silent": {"fault": "silent"},
        "truncated": {"fault": "truncated", "status": 200},
        "truncated 201": {"fault": "truncated", "status": 201},
        "html 200": {"status": 200, "text": HTML},
        "html 201": {"status": 201, "text": HTML},
        "html 202": {"status": 202, "text": HTML},
        "no json": {"status": 200, "text": "{"},
        "a list": {"status": 200, "json": []},
        "a number": {"status": 200, "json": 17},
        "nothing said": {"status": 200, "json": {}},
        "error in 200": {"status": 200, "json": {"error": {"message": "no"}}},
        "408": with_status(408),
        "500": with_status(500),
        "500 html": {"status": 500, "text": HTML},
        "502 html": {"status": 502, "text": HTML},
        "504": with_status(504),
        "520": with_status(520),
    },
    "refused": {
        "400": with_status(400),
        "400 html": {"status": 400, "text": HTML},
        "404": with_status(404),
        "404 html": {"status": 404, "text": HTML},
        "405": with_status(405),
        "409": with_status(409),
        "410": with_status(410),
        "413": with_status(413),
        "422": with_status(422),
        "301": with_status(301, **ELSEWHERE),
        "302": with_status(302, **ELSEWHERE),
        "307": with_status(307, **ELSEWHERE),
        "308": with_status(308, **ELSEWHERE),
    },
    "paused": {"401": with_status(401), "401 html": {"status": 401, "text": HTML}, "403": with_status(403)},
    "throttled": {
        "429": with_status(429),
        "429 soon": with_status(429, **{"Retry-After": "3"}),
        "429 in years": with_status(429, **{"Retry-After": "99999999999999"}),
        "429 before": with_status(429, **{"Retry-After": "-5"}),
        "429 in words": with_status(429, **{"Retry-After": "soon"}),
        "429 on a past day": with_status(429, **{"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}),
        "429 without a reset": with_status(429, **{"X-RateLimit-Reset": ""}),
        "429 reset in years": with_status(429, **{"X-RateLimit-Reset": "99999999999"}),
    },
    "unavailable": {"503": with_status(503), "503 html": {"status": 503, "text": HTML}},
}
ROWS = [(meaning, name) for meaning, faults in FAULTS.items() for name in faults]

#: Actions whose 503 says nothing: something could be done twice.
DOUBTFUL = {
    "braze": {"trigger_campaign", "trigger_canvas", "send_email", "send_push", "send_sms"},
    "hubspot": {"create_task", "merge_contacts"},
    "salesforce": {"create_task", "publish_event"},
    "sendgrid": {"send_email"},
    "twilio": {"send_message", "send_whatsapp", "start_flow"},
}

#: What is taken for success: Segment's answer says it of nearly everything, Salesforce's library shows no empty body
#: apart from none, and HubSpot's status of a subscription may stand beside anything.
TAKEN = {
    ("segment_out", ""): {"no json", "a list", "a number", "nothing said", "error in 200"},
    **{
        ("salesforce", action): {"a list", "nothing said"}
        for action in connectors.catalogue()["salesforce"].actions
        if action != "publish_event"
    },
    ("hubspot", "set_subscription"): {"error in 200"},
}

#: Salesforce signs in once more, which is refused here as well.
TWICE = {"salesforce": {"401", "401 html"}}


def first_of(path: Path) -> list[dict[str, Any]]:
    """Give the answers with which every call of a destination begins."""
    return [one["answer"] for one in adapter_of(path).get("first", [])]


def delivered(kind: str) -> dict[str, Path]:
    """Give for each action the first fixture that one request delivers."""
    found: dict[str, Path] = {}
    for path in CASES:
        is_fine = path.parent.name == kind and load(path)["outcome"]["kind"] == "Delivered"
        if is_fine and len(exchanges(path)) == len(first_of(path)) + 1:
            found.setdefault(load(path)["action"], path)
    return found


ACTIONS = [(kind, action) for kind in KINDS for action in connectors.catalogue()[kind].actions]


def wanted(kind: str, action: str, meaning: str, fault: str) -> str:
    """Say which outcome a fault must have."""
    repeats = connectors.catalogue()[kind].actions[action].repeats
    lost = "RetryLater" if repeats in (Repeats.IDEMPOTENT, Repeats.KEYED) else "Unknown"
    if fault in TAKEN.get((kind, ""), set()) | TAKEN.get((kind, action), set()):
        return "Delivered"
    if meaning == "unavailable":
        return lost if action in DOUBTFUL.get(kind, set()) else "RetryLater"
    return {"lost": lost, "refused": "Rejected"}.get(meaning, "RetryLater")


@pytest.mark.parametrize(("kind", "action"), ACTIONS, ids=lambda one: one)
def test_whatever_goes_wrong_has_its_outcome_and_is_asked_once(
    kind: str, action: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows of the matrix for one action; a failure names its row."""
    monkeypatch.setattr(connectors.transport, "TIMEOUT", (1.0, 0.1))
    monkeypatch.setattr(connectors.twilio, "TIMEOUT", 0.1)
    path = delivered(kind)[action]
    case = load(path)
    settings = vars(make(path, "http://127.0.0.1:1").settings).values()
    secrets = [one.reveal() for one in settings if isinstance(one, Secret) and one]
    found, expected = {}, {}
    for meaning, name in ROWS[ACTIONS.index((kind, action)) % EVERY :: EVERY]:
        with scripted([*first_of(path), FAULTS[meaning][name]]) as server:
            (outcome,) = make(path, server.url).send(action, [row(case)])
        found[name] = (type(outcome).__name__, len(server.requests))
        calls = len(first_of(path)) + (2 if name in TWICE.get(kind, set()) else 1)
        expected[name] = (wanted(kind, action, meaning, name), calls)
        assert not any(secret in outcome.reason for secret in secrets)
        if meaning == "throttled":
            assert getattr(outcome, "throttled", False), name
            assert NOW <= (getattr(outcome, "until", None) or NOW) <= NOW + DAY, name
        if meaning == "paused":
            assert getattr(outcome, "pause", False), name
    assert {name: one for name, one in found.items() if one != expected[name]} == {}, json.dumps(
        case["about"]
    )
