"""A sender without code: its events, ids, names and times sit where its file says, and mistakes are told."""

from __future__ import annotations

import gzip
import json
from importlib import import_module
from typing import Any

import pytest
from described_source import opened, post
from edge.bad_bodies import DOCUMENTS, VENDOR
from edge.doubles import edge
from edge.reader import NOW

from core.engine.mapping import map_event
from core.engine.rule import RuleSet
from cuewire.wiring import PRESETS, load_mappings
from webhooks.sources.custom.documents import PATIENCE

BUY = {"name": "Bought", "who": 42, "at": 1767323000}


def error_of(answer: Any) -> tuple[int, str, str]:
    """Give an error's status, field and hint."""
    error = answer.json["error"]
    return answer.status_code, error.get("field", ""), error.get("hint", "")


def test_one_event_by_the_smallest_file() -> None:
    """The whole body is its properties, its content its id."""
    app = opened("{event: =item.name}")
    assert post(app, BUY).json == {"success": True}
    post(app, json.dumps(BUY, indent=3))
    first, again = app.intake.events
    assert (first["type"], first["event"], first["properties"]) == ("track", "Bought", BUY)
    assert first == again and first["messageId"].startswith("e_")


@pytest.mark.parametrize(
    "at",
    [
        1767323000,
        1767323000000,
        "1767323000",
        1767323000.0,
        "2026-01-02T03:03:20Z",
        "2026-01-02T04:03:20.000+01:00",
        "2026-01-02 03:03:20.000000",
    ],
)
def test_a_time_comes_in_any_usual_form(at: Any) -> None:
    """Seconds, milliseconds, ISO with or without an offset."""
    app = opened("{event: =item.name, timestamp: =item.at}")
    assert post(app, {**BUY, "at": at}).status_code == 200
    rules = shipped()
    event = map_event(
        app.intake.events[0], rules.sources["heap"], rules.identity, seq=0, received_at=NOW, raw_id="r"
    )
    assert event.timestamp == 1767323000000


@pytest.mark.parametrize("at", [0, "0", "", None])
def test_no_time_is_the_moment_of_arrival(at: Any) -> None:
    """Senders write 0 or nothing where they know none."""
    app = opened("{event: =item.name, timestamp: =item.at}")
    post(app, {**BUY, "at": at})
    assert app.intake.events[0]["timestamp"] is None


def test_an_entry_an_exit_and_an_entry_are_three_events() -> None:
    """What stands around the list makes its items distinct; the same request again makes none."""
    app = opened("{events: members, event: =body.action}")
    bodies = [{"action": action, "sync": sync, "members": [{"id": 1}]} for action, sync in ("a1", "b2", "a3")]
    for body in [*bodies, bodies[0]]:
        post(app, body)
    ids = [call["messageId"] for call in app.intake.events]
    assert len(set(ids)) == 3 and ids[3] == ids[0]


def test_two_lists_of_the_same_person_are_two_events() -> None:
    """The list's place is part of what makes an item known again."""
    app = opened("{events: [data.in, data.out], event: =place}")
    post(app, {"data": {"in": [{"id": 1}], "out": [{"id": 1}]}})
    assert [call["event"] for call in app.intake.events] == ["data.in", "data.out"]
    assert len({call["messageId"] for call in app.intake.events}) == 2


def test_what_stands_around_a_list_is_read_without_the_list() -> None:
    """A long list is not looked at again for each of its items."""
    app = opened("{events: rows, event: =item.n, properties: {others: =body.rows, batch: =body.batch}}")
    post(app, {"batch": 7, "rows": [{"n": "A"}, {"n": "B"}]})
    assert [call["properties"] for call in app.intake.events] == [{"batch": 7}, {"batch": 7}]


def test_a_file_without_a_name_tells_of_a_person() -> None:
    """An identify call; a name of ours makes a page."""
    app = opened("{user_id: =item.who, traits: =item.traits}")
    post(app, {"who": 42, "traits": {"plan": "pro"}})
    named = opened("{event: =item.name}")
    post(named, {"name": "Page Viewed"})
    assert app.intake.events[0]["type"] == "identify" and app.intake.events[0]["userId"] == "42"
    assert named.intake.events[0]["type"] == "page"


@pytest.mark.parametrize(
    ("receive", "body", "expected"),
    [
        (
            "{event: =item.what.name}",
            BUY,
            (400, "what.name", "Send it as what.name, or correct `receive.event`"),
        ),
        ("{event: =item.name, type: =item.kind}", BUY, (400, "kind", "Send it as kind")),
        ("{event: =item.name, type: =item.name}", BUY, (400, "name", "Use one of track")),
        ("{event: =item.name, timestamp: =item.name}", BUY, (400, "name", "Send ISO such as")),
        ("{event: =item.name, properties: =item.name}", BUY, (400, "name", "Send {...}")),
        ("{type: alias}", BUY, (400, "item", "Say in `receive.previous_id`")),
        ("{type: alias, previous_id: =item.old}", BUY, (400, "old", "Send it as old")),
        ("{event: =item.name}", b"{", (400, "body", "Send one JSON document")),
        ("{event: =item.name}", b"", (400, "body", "")),
        ("{event: =item.name}", b"7", (400, "body", "Send {...}")),
        ("{event: =item.name}", b'{"name": NaN}', (400, "body", "NaN and Infinity")),
    ],
)
def test_a_strangers_mistake_is_named_with_what_to_do(receive: str, body: Any, expected: Any) -> None:
    """The field as the sender knows it, and the key of the file."""
    app = opened(receive)
    status, field, hint = error_of(post(app, body))
    assert (status, field) == expected[:2]
    assert expected[2] in hint
    assert not app.intake.items


def test_one_bad_item_is_set_aside_and_costs_the_others_nothing() -> None:
    """In a list, an array and in lines, with the reason."""
    app = opened("{events: rows, event: =item.n}")
    good, bad = {"n": "A"}, {"m": "B"}
    post(app, {"rows": [good, bad]})
    post(app, [good, bad])
    post(app, b'{"n":"A"}\n{"m":"B"}\n{"n":')
    assert [call["event"] for call in app.intake.events] == ["A", "A", "A"]
    assert [one.partition(" is")[0] for one in app.intake.reasons] == ["n: The event's name"] * 3 + [
        "item: This"
    ]


def test_a_long_broken_body_is_not_looked_through_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document that breaks off at its end costs a few looks, not one for each of its lines."""
    looked: list[int] = []

    class Counting(json.JSONDecoder):
        def raw_decode(self, s: str, idx: int = 0) -> tuple[Any, int]:
            looked.append(idx)
            return super().raw_decode(s, idx)

    monkeypatch.setattr(import_module("webhooks.sources.custom.documents"), "_lenient", Counting())
    app = opened("{event: =item.n}")
    broken = b'{"n":"A"}\n[\n' + b'{"n":"B"},\n' * 40_000
    assert post(app, broken).status_code in (200, 413)
    assert 0 < sum(looked) < 4 * PATIENCE * len(broken)


def test_sizes_are_bounded() -> None:
    """One event of 32 KB, one request of 4,000 events."""
    app = opened("{events: rows, event: =item.n}")
    assert error_of(post(app, {"n": "A", "x": "y" * 40_000}))[0] == 413
    assert error_of(post(app, {"rows": [{"n": str(i)} for i in range(4001)]}))[0] == 413
    assert post(app, {"rows": [{"n": str(i)} for i in range(4000)]}).status_code == 200
    assert len(app.intake.items) == 4000


def test_the_answer_is_the_files() -> None:
    """A status, a text, a type, or JSON with what the body said."""
    assert post(opened("{event: =item.name, answer: {status: 204, body: ''}}"), BUY).status_code == 204
    text = post(opened("{event: =item.name, answer: {body: OK}}"), BUY)
    assert (text.text, text.mimetype) == ("OK", "text/plain")
    told = post(opened("{event: =item.name, answer: {body: {id: =body.who, all: [=body.no, yes]}}}"), BUY)
    assert told.json == {"id": 42, "all": "yes"}
    typed = post(opened("{event: =item.name, answer: {content_type: application/vnd.shop+json}}"), BUY)
    assert (typed.json, typed.mimetype) == ({"success": True}, "application/vnd.shop+json")


@pytest.mark.parametrize(
    ("form", "properties"),
    [
        ("name=Bought&who=42&name=Sold", {"name": "Bought", "who": "42"}),
        ("payload=%7B%22name%22%3A%22Bought%22%7D", {"name": "Bought"}),
        ('{"name": "Bought"}', {"name": "Bought"}),
    ],
)
def test_a_form_is_read_as_its_fields_or_as_the_json_in_it(form: str, properties: dict[str, Any]) -> None:
    """A form that is JSON by its looks is JSON."""
    app = opened("{event: =item.name}")
    headers = {"X-Cuewire-Token": "t", "Content-Type": "application/x-www-form-urlencoded"}
    assert post(app, form, headers).status_code == 200
    assert app.intake.events[0]["properties"] == properties
    for bad in ("a=%ff", "&".join("a=1" for _ in range(600)), b"\xff"):
        assert post(app, bad, headers).status_code == 400


def test_the_route_takes_post_and_put_alone() -> None:
    """And an unknown name is told how to become known."""
    app = opened("{event: =item.name}")
    put = app.client.put("/webhooks/shop", json=BUY, headers={"X-Cuewire-Token": "t"})
    assert put.status_code == 200
    assert app.client.get("/webhooks/shop").status_code == 405
    assert "with `receive:`" in error_of(app.client.post("/webhooks/shopp", json=BUY))[2]


def shipped() -> RuleSet:
    """Load the shipped mappings."""
    rules = load_mappings(PRESETS).rules
    assert rules is not None
    return rules


ODD: list[Any] = [
    None,
    "",
    0,
    -1,
    1.5,
    10**30,
    True,
    [],
    {},
    [[]],
    [None],
    {"a": None},
    "\u0000",
    "x",
    "$device:",
]
BODIES = [
    json.dumps(document).encode()
    for value in ODD
    for document in (
        {"action": value, "parameters": {"members": [value]}},
        {
            "action": "members",
            "parameters": {"mixpanel_cohort_name": value, "members": [{"email": value}, value]},
        },
        {"action": "members", "parameters": value},
        {"event": value, "properties": value},
        {
            "event": "A",
            "properties": {"time": value, "$insert_id": value, "distinct_id": value, "$user_id": value},
        },
        {"event": "A", "time": value, "user_id": value, "identity": value, "event_id": value, "email": value},
        {"users": [value], "in_cohort": value, "cohort_name": value, "computed_time": value},
        {"users": value, "events": value},
        {
            "events": [
                {"event_type": value, "event_time": value, "insert_id": value, "user_properties": value}
            ]
        },
        {"event_type": "A", "device_id": value, "event_properties": value, "user_properties": {"a": value}},
        {"data": value, "action_type": value},
        {"data": {"add": [value, {"id": value}], "remove": value, "segment": value}},
    )
]


@pytest.mark.parametrize("source", ["mixpanel", "amplitude", "heap"])
@pytest.mark.parametrize("way", ["post", "array", "lines", "gzip"])
def test_no_body_makes_the_shipped_files_fail(source: str, way: str) -> None:
    """2xx, or 4xx in the shape of all errors; what is taken is an event to the mapping."""
    rules = shipped()
    names = ("user", "password", "token", "secret")
    app = edge(secrets={(source, name): "t" for name in names}, rule_set=rules)
    headers = {"Authorization": "Basic dDp0"}
    for body in [*DOCUMENTS, *VENDOR, *BODIES]:
        sent, more = body, {}
        if way == "array":
            sent = b"[%s,%s]" % (body, body)
        elif way == "lines":
            sent = b"%s\n%s%s" % (body, body, body)
        elif way == "gzip":
            sent, more = gzip.compress(body, 1), {"Content-Encoding": "gzip"}
        answer = app.client.post(f"/webhooks/{source}", data=sent, headers=headers | more)
        assert answer.status_code < 500, (body, answer.text)
        if answer.status_code >= 400:
            assert set(answer.json["error"]) <= {"code", "message", "field", "hint"}
    assert len(app.intake.events) > 10
    for call in app.intake.events:
        event = map_event(call, rules.sources[source], rules.identity, seq=0, received_at=NOW, raw_id="r")
        assert event.timestamp <= NOW
