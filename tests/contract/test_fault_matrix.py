"""Every action against every way in which a call can go wrong: the exact outcome, and never a second request.

The request is that of a fixture which is delivered; only its answer is exchanged. What can be sent only once meets
every fault; the other actions of a destination share them, or meet all of them too with ``CUEWIRE_FAULTS=all``.
Where a vendor means otherwise, ``faults`` in its ``adapter.json`` says so, by action or for all of them (``*``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fault_table import FAULTS, ROWS, injected
from scripted_server import ScriptedServer, scripted
from test_destinations import CASES, NOW, adapter_of, exchanges, load, make, row

import connectors
import connectors.transport
import connectors.twilio
import connectors.webhook.wire
from core.ports import Outcome, Repeats
from core.secret import Secret

DAY = 24 * 3_600_000
KINDS = sorted(connectors.catalogue())
ACTIONS = [(kind, action) for kind in KINDS for action in connectors.catalogue()[kind].actions]

#: Actions whose 503 says nothing: something could be done twice.
DOUBTFUL = {
    "braze": {"trigger_campaign", "trigger_canvas", "send_email", "send_message", "send_sms"},
    "hubspot": {"create_task", "merge_contacts"},
    "salesforce": {"create_task", "publish_event"},
    "sendgrid": {"send_email"},
    "twilio": {"send_message", "send_whatsapp", "start_flow", "cancel_scheduled", "set_consent", "erase"},
}

#: They ask for a new token once, which is refused here as well.
TWICE = ("salesforce", "marketo")


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


def repeats_of(kind: str, action: str) -> Repeats:
    """Say what a second send of an action does."""
    return connectors.catalogue()[kind].actions[action].repeats


def share(kind: str, action: str) -> list[tuple[str, str]]:
    """Give the faults that an action meets: all that can happen to what is sent only once."""
    alike = [one for of, one in ACTIONS if of == kind and repeats_of(kind, one) != Repeats.AT_MOST_ONCE]
    if action not in alike or os.environ.get("CUEWIRE_FAULTS") == "all":
        return ROWS
    return ROWS[alike.index(action) :: len(alike)]


def meaning_of(kind: str, action: str, meaning: str, fault: str) -> str:
    """Say what a fault means where it is this vendor's."""
    if fault.startswith("503") and action in DOUBTFUL.get(kind, set()):
        return "lost"
    # A 403 without a word is Mailchimp's throttle.
    return "throttled" if (kind, fault) == ("mailchimp", "403") else meaning


def wanted(kind: str, action: str, meaning: str, fault: str) -> str:
    """Say which outcome a fault must have."""
    is_safe = repeats_of(kind, action) in (Repeats.IDEMPOTENT, Repeats.KEYED)
    lost = "RetryLater" if is_safe else "Unknown"
    rows = adapter_of(delivered(kind)[action]).get("faults", {})
    otherwise = {**rows.get("*", {}), **rows.get(action, {})}
    if fault in otherwise:
        return otherwise[fault]
    return {"lost": lost, "refused": "Rejected"}.get(meaning, "RetryLater")


def calls(kind: str, meaning: str, fault: str) -> int:
    """Say how many requests a fault may cost, those before it left aside."""
    if meaning == "nobody there":
        return 0
    return 2 if kind in TWICE and fault.startswith("401") else 1


@contextmanager
def patience(monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any]) -> Iterator[None]:
    """Wait a moment only for the one that never answers; whoever is only slow is waited for."""
    with monkeypatch.context() as patched:
        if fault.get("fault") == "silent":
            patched.setattr(connectors.transport, "TIMEOUT", (3.05, 0.1))
            patched.setattr(connectors.webhook.wire, "TIMEOUT", (3.05, 0.1))
            patched.setattr(connectors.twilio, "TIMEOUT", 0.1)
        yield


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    """Serve every script of this file, one after the other."""
    with scripted([{"status": 200}]) as running:
        yield running


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[ScriptedServer]:
    """Serve what redirects point to."""
    with scripted([{"status": 200}]) as running:
        yield running


def test_there_are_forty_faults_and_no_destination_is_left_out() -> None:
    """Nor an action: each has a fixture that one request delivers, and each destination meets every fault."""
    assert len(ROWS) == len(set(ROWS)) >= 40
    assert [one for one in ACTIONS if one[1] not in delivered(one[0])] == []
    for kind in KINDS:
        met = {fault for of, action in ACTIONS if of == kind for fault in share(kind, action)}
        assert met == set(ROWS), kind


@pytest.mark.parametrize(("kind", "action"), ACTIONS, ids=lambda one: one)
def test_whatever_goes_wrong_has_its_outcome_and_is_asked_once(
    kind: str, action: str, monkeypatch: pytest.MonkeyPatch, server: ScriptedServer, elsewhere: ScriptedServer
) -> None:
    """The rows of the matrix for one action; a failure names its rows."""
    path = delivered(kind)[action]
    first, sent = first_of(path), row(load(path))
    found, expected = {}, {}
    for listed, name in share(kind, action):
        fault, meaning = FAULTS[listed][name], meaning_of(kind, action, listed, name)
        with patience(monkeypatch, fault), injected(fault, server, first, elsewhere.url) as url:
            made = make(path, url)
            (outcome,) = made.send(action, [sent])
        found[name] = type(outcome).__name__, max(0, len(server.requests) - len(first))
        expected[name] = wanted(kind, action, meaning, name), calls(kind, meaning, name)
        secrets = [one.reveal() for one in vars(made.settings).values() if isinstance(one, Secret) and one]
        assert not any(secret in outcome.reason for secret in secrets), name
        assert_told(outcome, meaning, name)
    assert {name: one for name, one in found.items() if one != expected[name]} == {}
    assert elsewhere.requests == []


def assert_told(outcome: Outcome, meaning: str, name: str) -> None:
    """Check what else an outcome says: whom it waits for, until when, and whether it may have arrived."""
    if type(outcome).__name__ != "RetryLater":
        return
    told = {one: getattr(outcome, one) for one in ("throttled", "pause", "may_have_arrived")}
    assert told == {
        "throttled": meaning == "throttled",
        "pause": meaning == "paused",
        "may_have_arrived": meaning == "lost",
    }, name
    until = getattr(outcome, "until", None)
    if meaning in ("throttled", "unavailable"):
        assert until is None or NOW <= until <= NOW + DAY, name
    if name == "429 soon":
        assert until == NOW + 3000
