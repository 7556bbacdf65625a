"""Every fixture of every source, sent to the real app and read by the shipped mapping.

A source's folder holds ``source.json`` with its settings, and one file for each recorded request: what it is
answered with, the calls that reach the intake (``expect``), what the mapping makes of them (``events``), and why
other items were set aside (``reasons``). A source that is not shipped brings its ``source.yaml`` too, and
``fetches``: what is answered at the addresses that the server asks meanwhile.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from edge.reader import NOW
from recorded_sources import (
    FIXTURES,
    SOURCES,
    about,
    is_taken,
    mapping_of,
    name_of,
    opened,
    rules_of,
    send,
    shipped,
)

from core.engine.event import Event
from core.engine.instant import iso
from core.engine.mapping import map_event
from core.errors import BadRequest
from core.ports import RawEvent
from core.secret import Secret
from webhooks.sources import kinds
from webhooks.sources.custom.envelopes import ENVELOPES


def is_whole(path: Path) -> bool:
    """Tell the requests whose body is one JSON document, all of it good, with nothing beside it."""
    recorded = json.loads(path.read_text())
    is_json = recorded["body"][:1] in ("{", "[") and "}\n{" not in recorded["body"]
    is_alone = "?" not in recorded["path"] and "reasons" not in recorded
    is_segments = path.parent.name == "segment" and (
        recorded["body"][:1] == "[" or "/v1/" in recorded["path"]
    )
    is_bare = not about(path.parent.name).get("is_wrapped") and not recorded.get("is_wrapped")
    return is_json and is_alone and is_bare and is_taken(path) and not is_segments


def holds(expected: Any, found: Any) -> bool:
    """Tell whether everything that is expected is there; maps may hold more, lists may not."""
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(
            holds(value, found.get(name)) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(found, list)
            and len(found) == len(expected)
            and all(holds(one, other) for one, other in zip(expected, found, strict=True))
        )
    return bool(expected == found)


def described(event: Event) -> dict[str, Any]:
    """Give a mapped event as fixtures write it."""
    return {
        "name": event.name,
        "type": event.type,
        "timestamp": iso(event.timestamp),
        "identifiers": {one.namespace: one.value for one in event.identifiers},
        "traits": event.traits,
        "properties": event.data.get("properties", {}),
        "consent": {f"{one.purpose}/{one.channel}": one.granted for one in event.consent},
    }


@pytest.mark.parametrize("path", FIXTURES, ids=name_of)
def test_a_request_is_answered_as_its_sender_expects(path: Path) -> None:
    """The status, and where the fixture says so the body and the headers."""
    recorded, app = opened(path)
    answer = send(app, recorded)
    assert answer.status_code == recorded.get("status", 200), answer.text
    if "answer" in recorded:
        assert answer.text == recorded["answer"]
    if recorded.get("gif"):
        assert (answer.mimetype, len(answer.data), answer.data[:6]) == ("image/gif", 43, b"GIF89a")
    assert answer.headers.get("X-Error") == recorded.get("x_error")


@pytest.mark.parametrize("path", FIXTURES, ids=name_of)
def test_a_request_becomes_calls_in_segments_spelling(path: Path) -> None:
    """Each call arrives with the bytes it came as; a bad item costs the others nothing."""
    recorded, app = opened(path)
    send(app, recorded)
    assert len(app.intake.events) == len(recorded["expect"]), app.intake.items
    for call, expected in zip(app.intake.events, recorded["expect"], strict=True):
        assert holds(expected, call), f"{expected}\nis not in\n{call}"
        assert "writeKey" not in call
        assert not [text for text in recorded.get("absent", ()) if text in json.dumps(call)]
    reasons = recorded.get("reasons", [])
    assert len(app.intake.reasons) == len(reasons), app.intake.reasons
    for reason, start in zip(app.intake.reasons, reasons, strict=True):
        assert reason.startswith(start)
    taken = [item for item in app.intake.items if isinstance(item, RawEvent)]
    is_wrapped = recorded.get("is_wrapped") or about(path.parent.name).get("is_wrapped")
    if recorded["body"].lstrip()[:1] in ("{", "[") and not is_wrapped:
        assert all(item.raw in recorded["body"].encode() for item in app.intake.items)
    assert {item.is_public for item in taken} <= {recorded.get("is_public", False)}
    assert {item.is_history for item in taken} <= {recorded.get("is_history", False)}


@pytest.mark.parametrize("path", FIXTURES, ids=name_of)
def test_the_shipped_mapping_reads_the_calls(path: Path) -> None:
    """Names, identifiers, traits and consent are found where the sender put them."""
    recorded, app = opened(path)
    send(app, recorded)
    mapping, identity = mapping_of(path.parent.name), rules_of(path.parent.name).identity
    events = [
        map_event(call, mapping, identity, seq=0, received_at=NOW, raw_id=f"raw-{i}")
        for i, call in enumerate(app.intake.events)
    ]
    assert len({event.id for event in events}) == len(events)
    if "events" not in recorded:
        return
    assert len(events) == len(recorded["events"])
    for event, expected in zip(events, recorded["events"], strict=True):
        found = described(event)
        assert holds(expected, found), f"{expected}\nis not in\n{found}"


@pytest.mark.parametrize("path", FIXTURES, ids=name_of)
def test_a_repeated_request_has_the_same_ids(path: Path) -> None:
    """What a sender repeats is known as what it was."""
    recorded, app = opened(path)
    send(app, recorded)
    first = [call.get("messageId") for call in app.intake.events]
    send(app, recorded)
    assert [call.get("messageId") for call in app.intake.events] == first * 2


@pytest.mark.parametrize("source", sorted({*SOURCES, *shipped().sources}))
def test_every_source_has_fixtures_that_use_its_settings(source: str) -> None:
    """A source brings what proves it, and its settings are those that its kind or its file asks for."""
    assert len([path for path in FIXTURES if path.parent.name == source]) >= 3
    mapping = mapping_of(source)
    settings = {setting.name for setting in kinds()[mapping.uses].settings_of(mapping)}
    given = set(about(source)["settings"])
    assert given == settings if source in shipped().sources else given <= settings


def test_every_kind_of_source_is_shipped() -> None:
    """A source that is found by its module brings its mapping, and every envelope its fixtures."""
    assert {one.uses for one in shipped().sources.values()} == set(kinds())
    described = [mapping_of(source).receive for source in SOURCES]
    assert {one.envelope for one in described if one} == {"", *ENVELOPES}


@pytest.mark.parametrize("path", [path for path in FIXTURES if is_taken(path)], ids=name_of)
def test_a_source_signs_as_its_sender_does(path: Path) -> None:
    """What ``sign`` makes opens the door; without it a webhook stays closed."""
    recorded, app = opened(path)
    told = about(path.parent.name)
    if told.get("is_signed_elsewhere"):
        pytest.skip("only the sender itself has the key")
    kept = ("Content-Type", "Content-Encoding")
    plain = {name: text for name, text in recorded["headers"].items() if name in kept}
    if told.get("is_proven_by_address"):
        plain, recorded["path"] = recorded["headers"], recorded["path"].partition("?")[0]
    if recorded["path"].startswith("/webhooks/"):
        assert send(app, recorded | {"headers": plain}).status_code == 401
    mapping = mapping_of(path.parent.name)
    signed = kinds()[mapping.uses].proof(
        recorded["path"],
        recorded["body"].encode(),
        lambda name: Secret(told["settings"][name]),
        mapping=mapping,
        now=NOW,
    )
    assert send(app, recorded | {"headers": plain | signed}).status_code == recorded.get("status", 200)


@pytest.mark.parametrize("path", [path for path in FIXTURES if is_whole(path)], ids=name_of)
def test_a_body_reads_alike_without_a_request(path: Path) -> None:
    """The tests in a mapping see the events that the receiver would make of the same body."""
    recorded, app = opened(path)
    send(app, recorded)
    body = json.loads(recorded["body"])
    mapping = mapping_of(path.parent.name)
    source = kinds()[mapping.uses]
    assert source.read(body, mapping) == app.intake.events
    with pytest.raises(BadRequest):
        source.read("no object", mapping)
