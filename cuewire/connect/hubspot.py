"""The definitions of a HubSpot app that calls back in: its workflow step and its subscriptions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.engine.callback import CallbackMapping
from core.engine.rule import RuleSet
from webhooks.callbacks.hubspot import ACTION_PATH, PATH
from webhooks.callbacks.hubspot.action import DELIVERED, TRIGGER, WAIT

#: What a workflow may branch on.
OUTPUTS = {
    "decision": ("Decision", "fired, held, suppressed or not_met."),
    "reason": ("Reason", "Why it was refused; empty where it fired."),
    "delivery_status": ("Delivery", "What became of the message, none where there is none."),
}

#: Properties that are asked for with every contact, beside those that the file renames.
ALWAYS = ("email", "phone", "lifecyclestage", "hs_email_optout")

CHANGE = "contact.propertyChange"

#: Calls at the same time; HubSpot wants more than five.
CONCURRENT = 10


def definitions(
    rules: RuleSet, callback: CallbackMapping, public_url: str, more: Iterable[str] = ()
) -> dict[str, Any]:
    """Give everything that the app's settings hold about us."""
    query = "" if callback.name == callback.uses else f"?destination={callback.name}"
    names = sorted({*ALWAYS, *callback.plain.traits_rename, *more})
    return {
        "action": step(rules, f"{public_url}{ACTION_PATH}{query}", names),
        "webhooks": {
            "targetUrl": f"{public_url}{PATH}{query}",
            "throttling": {"maxConcurrentRequests": CONCURRENT},
        },
        "subscriptions": subscriptions(callback, names),
    }


def step(rules: RuleSet, address: str, properties: Sequence[str]) -> dict[str, Any]:
    """Define the step of a workflow that fires a trigger."""
    live = sorted(name for name, one in rules.triggers.items() if one.status != "draft")
    return {
        "actionUrl": address,
        "published": False,
        "objectTypes": ["CONTACT"],
        "objectRequestOptions": {"properties": list(properties)},
        "inputFields": [
            field(TRIGGER, is_required=True, options=live),
            field(WAIT, is_required=False, options=("decided", DELIVERED)),
            field("note", is_required=False),
        ],
        "outputFields": [{"typeDefinition": {"name": name, "type": "string"}} for name in OUTPUTS],
        "labels": {"en": labels()},
    }


def field(name: str, *, is_required: bool, options: Sequence[str] = ()) -> dict[str, Any]:
    """Define one field of the step; every one that is added reaches the trigger as a property."""
    kind: dict[str, Any] = {"name": name, "type": "string", "fieldType": "text"}
    if options:
        kind |= {"type": "enumeration", "fieldType": "select"}
        kind["options"] = [{"value": one, "label": one} for one in options]
    values = ["STATIC_VALUE"] if options else ["STATIC_VALUE", "OBJECT_PROPERTY"]
    return {"typeDefinition": kind, "supportedValueTypes": values, "isRequired": is_required}


def labels() -> dict[str, Any]:
    """Word the step for whoever builds a workflow."""
    return {
        "actionName": "Fire a Cuewire trigger",
        "actionDescription": "Lets Cuewire decide whether to write to this contact, and tells the workflow.",
        "appDisplayName": "Cuewire",
        "actionCardContent": f"Fire {{{{{TRIGGER}}}}}",
        "inputFieldLabels": {TRIGGER: "Trigger", WAIT: "Go on when", "note": "Note"},
        "inputFieldDescriptions": {
            TRIGGER: "Its conditions, limits and consent apply.",
            WAIT: "It is decided, or what it sends is delivered.",
            "note": "The trigger reads it as properties.note.",
        },
        "outputFieldLabels": {name: label for name, (label, _) in OUTPUTS.items()},
    }


def subscriptions(callback: CallbackMapping, properties: Sequence[str]) -> list[dict[str, Any]]:
    """Name what HubSpot must tell for the events of the file, changes of one property each."""
    wanted: list[dict[str, Any]] = []
    for name, notices in callback.notices.items():
        if not notices or name.startswith("workflow"):
            continue
        if name.endswith(".propertyChange"):
            asked = properties if name == CHANGE else ()
            wanted += [{"eventType": name, "propertyName": one, "active": True} for one in asked]
        else:
            wanted.append({"eventType": name, "active": True})
    return wanted


def is_there(wanted: Mapping[str, Any], found: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether the app has a subscription already."""
    names = ("eventType", "propertyName")
    return any(all(one.get(name) == wanted.get(name) for name in names) for one in found)
