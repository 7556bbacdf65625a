"""Triggers fired by name, repeated safely, and told of afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from edge.doubles import BEARER, Edge, edge
from edge.reader import fill

CALL = {"trigger_type": "welcome", "user_id": "u1", "metadata": {"plan": "pro"}}


def fire(app: Edge, body: Any, **headers: str) -> Any:
    """Fire a trigger."""
    return app.client.post("/api/trigger", json=body, headers=BEARER | headers)


def test_a_trigger_fires_for_a_person() -> None:
    """202 with the id to ask by."""
    app = edge()
    answer = fire(app, CALL)
    assert (answer.status_code, answer.json) == (202, {"trigger_id": "t_1"})
    assert app.triggers.fired == [("welcome", {"user_id": "u1"}, {"plan": "pro"})]


@pytest.mark.parametrize(
    ("change", "identifiers"),
    [
        ({"user_id": 7}, {"user_id": "7"}),
        ({"user_id": None, "identifiers": {"email": "a@b.de"}}, {"email": "a@b.de"}),
        ({"identifiers": {"email": "a@b.de"}}, {"email": "a@b.de", "user_id": "u1"}),
        ({"identifiers": {"user_id": "u1"}}, {"user_id": "u1"}),
    ],
)
def test_a_person_is_named_by_any_identifiers(change: dict[str, Any], identifiers: dict[str, str]) -> None:
    """The user id is one of them; a number is text."""
    app = edge()
    fire(app, CALL | change)
    assert app.triggers.fired[0][1] == identifiers


def test_metadata_may_be_left_out() -> None:
    """Then there are no properties."""
    app = edge()
    fire(app, {"trigger_type": "welcome", "user_id": "u1"})
    assert app.triggers.fired[0][2] == {}


def test_a_repeated_key_fires_once() -> None:
    """The same key and body give the same id; another body under that key is a conflict."""
    app = edge()
    key = {"Idempotency-Key": "k-1"}
    assert [fire(app, CALL, **key).json["trigger_id"] for _ in range(2)] == ["t_1", "t_1"]
    assert len(app.triggers.fired) == 1
    answer = fire(app, CALL | {"metadata": {}}, **key)
    assert (answer.status_code, answer.json["error"]["field"]) == (409, "Idempotency-Key")


@pytest.mark.parametrize("key", ["", " ", "k" * 256, "ké", "a\tb"])
def test_a_key_that_is_no_key_is_refused(key: str) -> None:
    """Silently firing twice would be worse."""
    answer = fire(edge(), CALL, **{"Idempotency-Key": key})
    assert (answer.status_code, answer.json["error"]["field"]) == (400, "Idempotency-Key")


def test_an_unknown_trigger_is_not_found() -> None:
    """What the core refuses is passed on with its field."""
    answer = fire(edge(), CALL | {"trigger_type": "nope"})
    assert (answer.status_code, answer.json["error"]["field"]) == (404, "trigger_type")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "trigger_type"),
        ({"trigger_type": 7, "user_id": "u"}, "trigger_type"),
        ({"trigger_type": "", "user_id": "u"}, "trigger_type"),
        ({"trigger_type": "welcome"}, "user_id"),
        (CALL | {"user_id": ""}, "user_id"),
        (CALL | {"user_id": True}, "user_id"),
        (CALL | {"user_id": ["u"]}, "user_id"),
        (CALL | {"identifiers": []}, "identifiers"),
        (CALL | {"identifiers": {"email": None}}, "identifiers.email"),
        (CALL | {"identifiers": {"user_id": "other"}}, "user_id"),
        (CALL | {"metadata": "x"}, "metadata"),
        (CALL | {"metdata": {}}, "metdata"),
        ([], "body"),
        ("x", "body"),
    ],
)
def test_a_bad_call_is_told_its_field(body: Any, field: str) -> None:
    """400 with the field and a hint, and nothing fired."""
    app = edge()
    answer = fire(app, body)
    assert (answer.status_code, answer.json["error"]["field"]) == (400, field)
    assert answer.json["error"]["hint"]
    assert not app.triggers.fired


@pytest.mark.parametrize("path", ["/api/trigger/t_1", "/api/trigger/status?trigger_id=t_1"])
def test_its_status_tells_decision_and_deliveries(path: str) -> None:
    """Both spellings answer the same."""
    app = edge()
    fill(app.reader)
    told = app.client.get(path, headers=BEARER).json
    assert set(told) == {"trigger_id", "decision", "deliveries", "converted"}
    assert (told["trigger_id"], told["decision"]["outcome"]) == ("t_1", "fired")
    assert [delivery["status"] for delivery in told["deliveries"]] == ["unknown"]


def test_a_call_that_was_not_judged_has_no_decision() -> None:
    """The decision is null and the list empty."""
    app = edge()
    fill(app.reader)
    app.reader.decision_rows.clear()
    told = app.client.get("/api/trigger/t_1", headers=BEARER).json
    assert (told["decision"], told["deliveries"]) == (None, [])


@pytest.mark.parametrize("trigger_id", ["t_9", "e_2", "%00"])
def test_what_is_no_call_is_not_found(trigger_id: str) -> None:
    """An event of a source is not a call of the API."""
    app = edge()
    fill(app.reader)
    for path in (f"/api/trigger/{trigger_id}", f"/api/trigger/status?trigger_id={trigger_id}"):
        assert app.client.get(path, headers=BEARER).status_code == 404


def test_the_status_needs_an_id() -> None:
    """400 names it."""
    answer = edge().client.get("/api/trigger/status", headers=BEARER)
    assert (answer.status_code, answer.json["error"]["field"]) == (400, "trigger_id")


def test_firing_needs_the_key() -> None:
    """401 before the body is read."""
    app = edge()
    assert app.client.post("/api/trigger", json=CALL).status_code == 401
    assert not app.triggers.fired
