"""Braze's events as calls: those of Currents, of transactional e-mail, and the body that a webhook step sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.engine.clean import event_key
from core.engine.digest import derive
from core.engine.instant import iso, parse_time
from core.errors import BadRequest
from webhooks.callbacks.base import Notified

WEBHOOK = "webhook"
TRANSACTIONAL = "transactional"

#: What a webhook step says about the person and about itself; everything else belongs into ``properties``.
PERSON = ("braze_id", "email", "phone")
STEP = ("dispatch_id", "message_api_id", "campaign_id", "canvas_id", "campaign", "canvas")


def read_item(item: Mapping[str, Any]) -> Notified:
    """Read one event, whichever way it came."""
    if "event_type" in item:
        return read_current(item)
    if isinstance(item.get("metadata"), dict) and "status" in item:
        return read_transactional(item)
    return read_step(item)


def read_current(item: Mapping[str, Any]) -> Notified:
    """Read one event of Currents."""
    kind = item.get("event_type")
    if not isinstance(kind, str) or not kind:
        raise BadRequest("is missing, or no text", field="event_type")
    user = part_of(item, "user")
    properties = {**part_of(item, "properties"), "braze_id": text(user.get("user_id"))}
    call = {
        "type": "track",
        "event": kind,
        "messageId": text(item.get("id")),
        "userId": text(user.get("external_user_id")),
        "properties": properties,
        "context": {"timezone": user["timezone"]} if user.get("timezone") else {},
    }
    return Notified(timed(call, item.get("time")))


def read_transactional(item: Mapping[str, Any]) -> Notified:
    """Read what Braze posts about a transactional e-mail."""
    status, metadata = text(item["status"]), part_of(item, "metadata")
    if not status:
        raise BadRequest("is missing, or no text", field="status")
    properties = {**metadata, "dispatch_id": text(item.get("dispatch_id")), "status": status}
    call = {
        "type": "track",
        "event": f"{TRANSACTIONAL}.{status}",
        "messageId": derive("b", status, properties["dispatch_id"], text(metadata.get("external_send_id"))),
        "properties": properties,
    }
    return Notified(timed(call, metadata.get(f"{status}_at")))


def read_step(item: Mapping[str, Any]) -> Notified:
    """Read the body that a webhook of a campaign or canvas sends; ``name`` tells several apart."""
    user = text(item.get("user_id"))
    person = {name: text(item.get(name)) for name in PERSON if text(item.get(name))}
    if not user and not person:
        raise BadRequest("names nobody: user_id, braze_id, email and phone are empty", field="user_id")
    name, dispatch = text(item.get("name"))[:80], text(item.get("dispatch_id"))
    told = {name: item[name] for name in STEP if item.get(name)}
    call: dict[str, Any] = {
        "type": "track",
        "event": f"{WEBHOOK}.{name}" if name else WEBHOOK,
        "userId": user,
        "properties": {**part_of(item, "properties"), **told, **person},
        "traits": part_of(item, "traits"),
    }
    if dispatch:
        step = text(item.get("message_api_id"))
        call["messageId"] = derive("b", name, dispatch, step, user, *person.values())
    return Notified(call)


def timed(call: dict[str, Any], at: object) -> dict[str, Any]:
    """Give the call with its time, where there is one that can be read."""
    found = parse_time(at)
    return call if found is None else {**call, "timestamp": iso(found)}


def part_of(item: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Give an object inside an item; absent and null are empty."""
    found = item.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise BadRequest("is no object", field=name)
    return found


def text(value: object) -> str:
    """Give an id as text, also where Liquid has written a number."""
    return (event_key(value) or "") if value is not None and not isinstance(value, dict | list | bool) else ""
