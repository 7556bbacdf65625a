"""HubSpot's notifications as calls: what changed, in which object, and which contact that is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from core.engine.clean import event_key
from core.engine.digest import derive
from core.engine.instant import iso, parse_time
from core.errors import BadRequest
from webhooks.callbacks.base import Notified

#: Objects of the general subscriptions by the number that HubSpot gives them.
OBJECTS = {
    "0-1": "contact",
    "0-2": "company",
    "0-3": "deal",
    "0-5": "ticket",
    "0-7": "product",
    "0-8": "line_item",
}
CONTACT = "contact"
REDACTED = "REDACTED"

#: Who wrote when an app did, and not a person in HubSpot.
BY_APPS = ("INTEGRATION", "API")

#: What makes a notification the same one; HubSpot's eventId alone is not unique, attemptNumber counts its tries.
KEYS = ("portalId", "subscriptionType", "objectId", "eventId", "occurredAt", "propertyName")

#: Numbers that are names.
IDS = (
    *("eventId", "subscriptionId", "portalId", "appId", "objectId", "primaryObjectId", "newObjectId"),
    *("fromObjectId", "toObjectId", "vid", "id"),
)

#: Where a workflow's webhook says which contact it is about, the surest first.
WORKFLOW_IDS = ("vid", "objectId", "hs_object_id", "id")

WORKFLOW = "workflow"


def read_subscription(item: Mapping[str, Any], apps: Collection[str] = ()) -> Notified:
    """Read one notification of a subscription."""
    kind = item.get("subscriptionType") or item.get("eventType")
    if not isinstance(kind, str) or "." not in kind:
        raise BadRequest("is missing, or not as in contact.creation", field="subscriptionType")
    properties = texts(item)
    owner, _, change = kind.rpartition(".")
    if owner == "object":
        owner = OBJECTS.get(str(item.get("objectTypeId")), str(item.get("objectTypeId")))
    properties |= {"objectType": owner, "change": change}
    properties.pop("attemptNumber", None)
    contact = contact_of(owner, change, properties)
    if contact:
        properties["contactId"] = contact
    at = parse_time(item.get("occurredAt"))
    call: dict[str, Any] = {
        "type": "delete" if change == "privacyDeletion" else "track",
        "event": f"{owner}.{change}",
        "messageId": derive("h", *(str(properties.get(name, "")) for name in KEYS)),
        "properties": properties,
        "traits": changed(item) if owner == CONTACT else {},
    }
    return Notified(call | ({"timestamp": iso(at)} if at is not None else {}), own_write(properties, apps))


def read_workflow(body: Mapping[str, Any], name: str = "") -> Notified:
    """Read what a workflow's webhook says of a contact; ``name`` tells workflows apart."""
    given = body.get("properties")
    inner = {name: plain(value) for name, value in given.items()} if isinstance(given, dict) else {}
    top = {name: value for name, value in texts(body).items() if name != "properties"}
    known = {**top, **inner}
    found = next((event_key(known[name]) for name in WORKFLOW_IDS if known.get(name)), None)
    event = f"{WORKFLOW}.{name}" if name else WORKFLOW
    properties = known | ({"contactId": found} if found else {})
    return Notified({"type": "track", "event": event, "properties": properties, "traits": inner or top})


def texts(item: Mapping[str, Any]) -> dict[str, Any]:
    """Copy a notification with its ids as text, so that none is read as a number."""
    ids = {name: event_key(item[name]) for name in IDS if name in item}
    merged = item.get("mergedObjectIds")
    if isinstance(merged, list):
        ids["mergedObjectIds"] = [event_key(one) for one in merged]  # type: ignore[assignment]
    return {**item, **ids}


def contact_of(owner: str, change: str, properties: Mapping[str, Any]) -> str:
    """Give the contact that a notification is about; empty where it is about none."""
    if change == "associationChange":
        between = str(properties.get("associationType", "")).split("_TO_")
        ends = zip(between, ("fromObjectId", "toObjectId"), strict=False)
        found = next((properties.get(end) for name, end in ends if name == "CONTACT"), None)
        return str(found or (properties.get("objectId", "") if owner == CONTACT else ""))
    if owner != CONTACT:
        return ""
    return str((change == "merge" and properties.get("primaryObjectId")) or properties.get("objectId") or "")


def changed(item: Mapping[str, Any]) -> dict[str, Any]:
    """Give the property that changed, unless HubSpot hides its value."""
    name, value = item.get("propertyName"), item.get("propertyValue")
    is_hidden = item.get("isSensitive") is True or value == REDACTED
    return {name: value} if isinstance(name, str) and name and not is_hidden else {}


def own_write(properties: Mapping[str, Any], apps: Collection[str]) -> str:
    """Say that it was this app, or another of ours, that made the change; empty where it was not."""
    if properties.get("changeSource") not in BY_APPS:
        return ""
    writer = "".join(letter for letter in str(properties.get("sourceId", "")) if letter in "0123456789")
    is_own = writer and (writer == properties.get("appId") or writer in apps)
    return f"HubSpot says that our app {writer} made the change" if is_own else ""


def plain(value: Any) -> Any:
    """Give a property's value, also where HubSpot writes its history beside it."""
    return value.get("value") if isinstance(value, dict) and "value" in value else value
