"""What is stored reads in the promised shapes, and bad questions are told their field."""

from __future__ import annotations

from typing import Any

import pytest
from edge.doubles import BEARER, Edge, edge
from edge.reader import NOW, fill

AT = "2026-01-02T03:04:05.000Z"


@pytest.fixture
def app() -> Edge:
    """Give an app whose store holds one person's story."""
    built = edge()
    fill(built.reader)
    return built


def get(app: Edge, path: str) -> Any:
    """Ask with the key."""
    return app.client.get(path, headers=BEARER)


def test_events_read_as_promised(app: Edge) -> None:
    """A set aside one says why."""
    first, second = get(app, "/api/events").json["events"]
    assert first == {
        "id": "t_1",
        "source": "api",
        "type": "trigger",
        "event": "",
        "timestamp": AT,
        "received_at": AT,
        "profile_id": "p_1",
        "identifiers": {"user_id": ["u1"]},
        "status": "applied",
    }
    assert (second["status"], second["reason"]) == ("set_aside", "type: The type is missing.")
    assert second["profile_id"] is None


def test_decisions_read_as_promised(app: Edge) -> None:
    """Each reason has all its parts, those without a value too."""
    assert get(app, "/api/decisions").json == {
        "decisions": [
            {
                "id": "d_1",
                "trigger": "welcome",
                "outcome": "fired",
                "reasons": [
                    {"gate": "anchor", "passed": True, "expression": "api", "saw": None, "needed": None}
                ],
                "at": AT,
                "event_id": "t_1",
                "profile_id": "p_1",
                "key": None,
                "version": "v1",
            }
        ],
        "next": None,
    }


def test_deliveries_read_as_promised(app: Edge) -> None:
    """Each attempt has its beginning, its end and what came of it."""
    (delivery,) = get(app, "/api/deliveries").json["deliveries"]
    promised = {"id", "decision_id", "destination", "action", "status", "attempts", "due_at", "profile_id"}
    assert promised <= set(delivery)
    assert (delivery["status"], delivery["due_at"]) == ("unknown", AT)
    assert delivery["fields"] == {"to": "+4915112345678", "body": "Hi"}
    assert delivery["attempts"] == [
        {
            "number": 1,
            "started_at": AT,
            "ended_at": "2026-01-02T03:04:05.020Z",
            "outcome": "unknown",
            "reason": "the answer was lost",
        },
        {
            "number": 2,
            "started_at": "2026-01-02T03:04:05.030Z",
            "ended_at": None,
            "outcome": "",
            "reason": "",
        },
    ]


@pytest.mark.parametrize("path", ["user_id/u1", "email/ada@example.com", "email/%20ADA@Example.com"])
def test_a_profile_reads_as_promised(app: Edge, path: str) -> None:
    """It is found by any identifier, in any spelling that means the same."""
    assert get(app, f"/api/profiles/{path}").json == {
        "id": "p_1",
        "identifiers": {"user_id": ["u1"], "email": ["ada@example.com"]},
        "traits": {"first_name": "Ada"},
        "consent": {"marketing": {"all": True, "sms": False}},
        "segments": [],
        "scores": {},
        "merged_from": ["p_9"],
        "first_seen": AT,
        "last_seen": "2026-01-02T03:04:05.005Z",
    }


@pytest.mark.parametrize("path", ["user_id/nobody", "shoe_size/43", "email/not-an-address", "user_id/a%2Fb"])
def test_an_unknown_person_is_not_found(app: Edge, path: str) -> None:
    """404 names the namespaces there are."""
    answer = get(app, f"/api/profiles/{path}")
    assert answer.status_code == 404
    assert "user_id, email" in answer.json["error"]["hint"]


def test_an_identifier_may_hold_a_slash(app: Edge) -> None:
    """Identifiers are any text."""
    app.reader.owners["user_id", "a/b"] = "p_1"
    assert get(app, "/api/profiles/user_id/a%2Fb").json["id"] == "p_1"


def test_segments_are_an_empty_list(app: Edge) -> None:
    """No mapping defines any."""
    assert get(app, "/api/segments").json == {"segments": [], "next": None}


@pytest.mark.parametrize("name", ["events", "decisions", "deliveries"])
def test_filters_reach_the_store(app: Edge, name: str) -> None:
    """Every filter of the address is handed on, the profile by its id."""
    status = {"events": "applied", "decisions": "fired", "deliveries": "dead"}[name]
    get(
        app,
        f"/api/{name}?profile=email:ADA@example.com&trigger=welcome&status={status}&since={NOW}&limit=7&cursor=0",
    )
    narrow = app.reader.asked[-1]
    assert (narrow.profile, narrow.trigger, narrow.status) == ("p_1", "welcome", status)
    assert (narrow.since, narrow.limit, narrow.cursor) == (NOW, 7, "0")


@pytest.mark.parametrize(
    "since", [str(NOW), "2026-01-02T03:04:05Z", "2026-01-02T04:04:05+01:00", "2026-01-02T03:04:05.000Z"]
)
def test_a_time_may_be_iso_or_milliseconds(app: Edge, since: str) -> None:
    """Also with a plus sign that nobody escaped."""
    assert get(app, f"/api/events?since={since}").status_code == 200
    assert app.reader.asked[-1].since == NOW


def test_a_profile_filter_takes_an_id(app: Edge) -> None:
    """Text without a colon is an id."""
    assert len(get(app, "/api/events?profile=p_1").json["events"]) == 1


def test_a_person_nobody_knows_has_no_rows(app: Edge) -> None:
    """The list is empty, not everybody's."""
    assert get(app, "/api/events?profile=user_id:nobody").json == {"events": [], "next": None}


def test_pages_follow_each_other(app: Edge) -> None:
    """The next of one page is the cursor of the following."""
    first = get(app, "/api/events?limit=1").json
    second = get(app, f"/api/events?limit=1&cursor={first['next']}").json
    assert [row["id"] for row in first["events"] + second["events"]] == ["t_1", "e_2"]
    assert second["next"] is None


def test_a_list_has_fifty_rows_unless_told(app: Edge) -> None:
    """The default is that of the contract."""
    get(app, "/api/events")
    assert app.reader.asked[-1].limit == 50


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=x", "limit"),
        ("limit=-1", "limit"),
        ("limit=000000100999999", "limit"),
        ("limit=" + "9" * 5_000, "limit"),
        ("limit=٣", "limit"),
        ("since=yesterday", "since"),
        ("since=" + "9" * 40, "since"),
        ("status=nope", "status"),
        ("cursor=nope", "cursor"),
        ("profile=shoe_size:43", "profile"),
        ("colour=red", "colour"),
        ("limit=1&limit=2", "limit"),
    ],
)
def test_a_bad_question_is_told_its_field(app: Edge, query: str, field: str) -> None:
    """Nothing in the address is silently ignored."""
    answer = get(app, f"/api/events?{query}")
    assert (answer.status_code, answer.json["error"]["field"]) == (400, field)


def test_a_misspelt_filter_is_told_the_right_one(app: Edge) -> None:
    """The hint is the nearest name."""
    assert "status" in get(app, "/api/deliveries?statsu=dead").json["error"]["hint"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic " + BEARER["Authorization"][7:]},
    ],
)
@pytest.mark.parametrize(
    "path", ["events", "decisions", "deliveries", "segments", "profiles/user_id/u1", "trigger/t_1"]
)
def test_nothing_reads_without_the_key(app: Edge, path: str, headers: dict[str, str]) -> None:
    """401 comes before any answer."""
    answer = app.client.get(f"/api/{path}", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
