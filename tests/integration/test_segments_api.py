"""Segments over HTTP: sizes and samples as they stand, and what a new one would come to."""

from __future__ import annotations

from typing import Any

import pytest
from edge.described import check
from embedded.published import publish
from embedded.web import Web
from embedded.world import MINUTE, NOW, World

from core.runners.filler import Filler

PROFILE = """
computed:
  orders: {count: {event: Order Completed}}
segments:
  buyers: {count: {event: Order Completed, at_least: 1}}
  regulars: {all: [{in_segment: buyers}, =profile.traits.orders >= 2]}
"""


@pytest.fixture
def web(world: World) -> Web:
    """Give a shop with five buyers, of whom two came again, and the API over it."""
    publish(world, {"profile.yaml": PROFILE})
    for number in range(5):
        world.clock.time = NOW + number * MINUTE
        user = f"u{number}"
        world.send(*(world.call("Order Completed", user) for _ in range(2 if number > 2 else 1)))
    world.send(world.call("Seen", "u9"))
    return Web(world)


def users(sample: list[dict[str, Any]]) -> list[str]:
    """Name the people of a sample."""
    return [one["identifiers"]["user_id"][0] for one in sample]


def test_the_list_gives_sizes_and_samples(web: Web) -> None:
    """In the order in which segments build on each other; of their people the last to enter stand first."""
    page = web.get("segments")
    check("Segments", page)
    assert page["next"] is None
    buyers, regulars = page["segments"]
    assert (buyers["name"], buyers["size"], buyers["filled"]) == ("buyers", 5, True)
    assert users(buyers["sample"]) == ["u4", "u3", "u2"]
    assert (regulars["name"], regulars["size"]) == ("regulars", 2)
    assert regulars["sample"][0]["since"] == "2027-01-15T08:04:00.000Z"


def test_the_list_is_paged_and_narrowed_to_one_person(web: Web) -> None:
    """By their number, and by whoever an identifier leads to."""
    first = web.get("segments?limit=1")
    second = web.get(f"segments?limit=1&cursor={first['next']}")
    assert [one["segments"][0]["name"] for one in (first, second)] == ["buyers", "regulars"]
    assert second["next"] is None
    assert [one["name"] for one in web.get("segments?profile=user_id:u1")["segments"]] == ["buyers"]
    assert web.get("segments?profile=user_id:u9")["segments"] == []
    assert web.get("segments?profile=user_id:nobody")["segments"] == []


def test_one_segment_shows_its_people_page_by_page(web: Web) -> None:
    """Every one of them once."""
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = web.get(f"segments/buyers?limit=2&cursor={cursor}")
        check("SegmentPage", page)
        assert page["size"] == 5
        found += users(page["sample"])
        cursor = page["next"]
    assert found == ["u4", "u3", "u2", "u1", "u0"]
    assert users(web.get("segments/buyers?since=2027-01-15T08:03:00Z")["sample"]) == ["u4", "u3"]


def test_an_unknown_segment_is_refused_with_the_nearest_name(web: Web) -> None:
    """As an unknown parameter is."""
    assert "buyers" in web.get("segments/buyer", 404)["error"]["hint"]
    assert web.get("segments/buyers?trigger=x", 400)["error"]["field"] == "trigger"
    assert web.get("segments?cursor=-1", 400)["error"]["field"] == "cursor"
    assert web.get("segments/buyers?cursor=-1", 400)["error"]["field"] == "cursor"


def test_a_profile_shows_its_segments_and_computed_traits(web: Web) -> None:
    """Also before the sweep has come to it."""
    shown = web.get("profiles/user_id/u4")
    check("Profile", shown)
    assert shown["segments"] == ["buyers", "regulars"]
    assert shown["traits"]["orders"] == 2
    assert web.get("explain/user_id:u4")["profile"] == shown


def test_what_is_new_is_not_filled_until_everyone_is(world: World, web: Web) -> None:
    """Yet a profile that is asked for shows it at once."""
    publish(world, {"profile.yaml": PROFILE + "  seen: {count: {event: Seen, at_least: 1}}\n"})
    assert web.get("segments/seen")["filled"] is False
    assert web.get("profiles/user_id/u9")["segments"] == ["seen"]
    Filler(world.store, world.pipeline).sweep()
    one = web.get("segments/seen")
    assert (one["filled"], one["size"], users(one["sample"])) == (True, 1, ["u9"])


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"condition": {"in_segment": "regulars"}}, {"u3", "u4"}),
        ({"condition": "=profile.traits.orders == 1"}, {"u0", "u1", "u2"}),
        ({"condition": {"count": {"event": "Seen", "at_least": 1, "within": "1h"}}}, {"u9"}),
        ({"yaml": "all:\n  - in_segment: buyers\n  - not: {in_segment: regulars}"}, {"u0", "u1", "u2"}),
        ({"yaml": "=has(profile.identifiers.email)"}, set()),
    ],
)
def test_a_condition_is_tried_before_it_is_saved(
    world: World, web: Web, body: dict[str, Any], found: set[str]
) -> None:
    """Over everyone, with the counts that only it needs, and without any effect."""
    before = [web.get("segments"), web.get("profiles/user_id/u9"), world.store.read.counts()]
    shown = web.post("segments/preview", body)
    check("SegmentPreview", shown)
    assert (shown["size"], shown["scanned"], shown["is_whole"]) == (len(found), 6, True)
    assert shown["estimate"] == len(found)
    assert set(users(shown["sample"])) == found
    assert [web.get("segments"), web.get("profiles/user_id/u9"), world.store.read.counts()] == before


def test_a_preview_stops_at_its_bound_and_estimates(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the share of those it has looked at."""
    from core.runners import survey

    monkeypatch.setattr(survey, "LONGEST", -1.0)
    shown = web.post("segments/preview", {"condition": {"in_segment": "buyers"}})
    assert (shown["scanned"], shown["is_whole"], shown["size"], shown["estimate"]) == (0, False, 0, 0)


@pytest.mark.parametrize(
    ("condition", "line", "word"),
    [
        ("in_segment: buyer", 1, "buyers"),
        ("all:\n  - in_segment: buyers\n  - count: {event: Seen}", 3, "at_least"),
        ("=properties.price > 1", 1, "properties"),
        ("={", 1, ""),
        ("count: {trigger: nothing, at_least: 1}", 1, "nothing"),
    ],
)
def test_a_condition_with_errors_is_refused_with_their_places(
    web: Web, condition: str, line: int, word: str
) -> None:
    """Within the condition as it was sent."""
    refused = web.post("segments/preview", {"yaml": condition}, 400)
    check("Error", {"error": refused["error"]})
    (problem, *_) = refused["problems"]
    check("Problem", problem)
    assert problem["line"] == line
    assert word in problem["message"] + problem["hint"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "condition"),
        ({"condition": "=true", "yaml": "=true"}, "condition"),
        ({"yaml": " "}, "yaml"),
        ({"yaml": 1}, "yaml"),
        ({"condition": "=true", "limit": 101}, "limit"),
        ({"condition": "=true", "limit": True}, "limit"),
        ({"conditions": "=true"}, "conditions"),
    ],
)
def test_a_preview_of_another_shape_is_refused(web: Web, body: dict[str, Any], field: str) -> None:
    """With its field."""
    assert web.post("segments/preview", body, 400)["error"]["field"] == field


def test_a_preview_of_two_conditions_is_told_to_send_one(web: Web) -> None:
    """Neither is passed over in silence."""
    refused = web.post("segments/preview", {"condition": "=true", "yaml": "=true"}, 400)
    assert refused["error"]["message"] == "Exactly one of condition and yaml is needed."


def test_how_identifiers_joined_is_listed_newest_first(world: World, web: Web) -> None:
    """With what was kept apart, page by page."""
    world.send({"type": "track", "event": "Seen", "anonymousId": "a1", "messageId": "x1"})
    world.send({"type": "identify", "userId": "u1", "anonymousId": "a1", "messageId": "x2"})
    world.send({"type": "identify", "userId": "u2", "anonymousId": "a1", "messageId": "x3"})
    page = web.get("profiles/user_id/u1/merges")
    check("Merges", page)
    assert [(one["kind"], one["event_id"]) for one in page["merges"]][:2] == [
        ("merged", "x2"),
        ("linked", "x1"),
    ]
    first = web.get("profiles/user_id/u1/merges?limit=1")
    second = web.get(f"profiles/user_id/u1/merges?limit=5&cursor={first['next']}")
    assert first["merges"] + second["merges"] == page["merges"]
    (kept,) = web.get("profiles/user_id/u2/merges?status=shared_device")["merges"]
    assert (kept["namespace"], kept["value"], kept["event_id"]) == ("anonymous_id", "a1", "x3")
    assert web.get("profiles/user_id/u1/merges?status=nonsense", 400)["error"]["field"] == "status"
    assert web.get("profiles/user_id/nobody/merges", 404)["error"]["field"] == "user_id"
