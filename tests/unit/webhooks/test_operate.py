"""Health, readiness and metrics."""

from __future__ import annotations

import pytest
from edge.doubles import BASIC, BEARER, edge

EVENT = {"type": "track", "event": "A", "userId": "u"}


def test_health_and_readiness_are_open() -> None:
    """They need no key."""
    client = edge().client
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json == {"status": "ready", "mode": "live", "sends": "on"}


def test_a_server_that_waits_says_for_what() -> None:
    """503 until everything is there; it lives all the same."""
    client = edge(waiting=["the store opens", "the timers start"]).client
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "the store opens; the timers start" in answer.json["error"]["message"]
    assert answer.headers["Retry-After"]
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/metrics", "/openapi.json", "/docs"])
def test_the_rest_needs_the_key(path: str) -> None:
    """Only health and readiness are open."""
    client = edge().client
    assert client.get(path).status_code == 401
    assert client.get(path, headers=BEARER).status_code == 200


def test_events_are_counted_as_they_are_taken() -> None:
    """Received is stored and duplicate together; refused requests count for neither."""
    app = edge()
    items = [EVENT | {"messageId": "m1"}, EVENT | {"messageId": "m2"}, {"type": "nope"}]
    for _ in range(2):
        app.client.post("/v1/batch", json={"batch": items}, headers=BASIC)
    app.client.post("/v1/track", data=b"{", headers=BASIC)
    text = app.client.get("/metrics", headers=BEARER).text.splitlines()
    assert "cuewire_events_received_total 6.0" in text
    assert "cuewire_events_duplicate_total 2.0" in text
    assert "cuewire_events_stored_total 4.0" in text
    assert "cuewire_events_set_aside_total 2.0" in text
    assert "cuewire_requests_refused_total 1.0" in text


def test_the_stores_gauges_are_shown_by_their_labels() -> None:
    """Outcomes, statuses and lags each have a family; what is none of ours is left out."""
    gauges = {
        "decisions.fired": 2,
        "deliveries.dead": 1,
        "lag_seconds.timers": 0.5,
        "events.applied": 3,
        "other": 1,
    }
    app = edge(gauges=lambda: gauges)
    text = app.client.get("/metrics", headers=BEARER).text.splitlines()
    assert 'cuewire_events{status="applied"} 3.0' in text
    assert 'cuewire_decisions{outcome="fired"} 2.0' in text
    assert 'cuewire_deliveries{status="dead"} 1.0' in text
    assert 'cuewire_lag_seconds{queue="timers"} 0.5' in text
    assert not [line for line in text if "other" in line]


def test_each_app_counts_for_itself() -> None:
    """Two apps in one process share nothing."""
    first, second = edge(), edge()
    first.client.post("/v1/track", json=EVENT, headers=BASIC)
    assert "cuewire_events_received_total 0.0" in second.client.get("/metrics", headers=BEARER).text


def test_an_unknown_route_answers_in_the_shape_of_all_errors() -> None:
    """404 and 405 are JSON too; the latter names the methods."""
    client = edge().client
    assert client.get("/nope").json["error"]["code"] == "not_found"
    answer = client.delete("/api/events")
    assert (answer.status_code, answer.json["error"]["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]
