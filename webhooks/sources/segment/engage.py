"""Segment's Engage: audiences, computed traits and journeys, told of one person in two forms."""

from __future__ import annotations

from typing import Any

from webhooks.sources.loose import a_map, text_of

ENTERED, EXITED = "Audience Entered", "Audience Exited"
COMPUTED = "Trait Computed"
AUDIENCE, TRAIT = "audience", "trait"

#: Traits that stand beside what was computed, to say who it is.
IDENTITY = frozenset(("email", "phone", "id", "anonymous_id", "user_id"))

#: Journeys write their state as text.
_TEXTS = {"true": True, "false": False}


def computed(call: dict[str, Any]) -> dict[str, Any]:
    """Let what Engage computed be a trait and an event, whichever of its two forms tells it."""
    personas = a_map(a_map(call.get("context")).get("personas"))
    kind, named = personas.get("computation_class"), text_of(personas.get("computation_key"))
    if call.get("type") == "identify" and kind in (AUDIENCE, TRAIT):
        return identified(call, str(kind), named)
    if call.get("type") != "track":
        return call
    if call.get("event") in (ENTERED, EXITED):
        return membership(call, named)
    if call.get("event") == COMPUTED or kind == TRAIT:
        return trait(call)
    return membership(call, "") if kind == AUDIENCE else call


def identified(call: dict[str, Any], kind: str, named: str) -> dict[str, Any]:
    """Give an identify call as the event that Segment's other form would be; with both on, the first one counts.

    Where it does not say which of its traits was computed it stays what it is.
    """
    traits = a_map(call.get("traits"))
    if kind == AUDIENCE:
        traits = {name: as_state(value) for name, value in traits.items()}
    call = {**call, "traits": traits}
    key = named if traits.get(named) is not None else only_one(traits, kind)
    value = traits.get(key)
    if value is None or (kind == AUDIENCE and not isinstance(value, bool)):
        return call
    name, told = (COMPUTED, "trait_key") if kind == TRAIT else (ENTERED if value else EXITED, "audience_key")
    return {**call, "type": "track", "event": name, "properties": {told: key, key: value}}


def only_one(traits: dict[str, Any], kind: str) -> str:
    """Name the only trait that can have been computed; empty where there are several."""
    found = [
        name
        for name, value in traits.items()
        if (isinstance(value, bool) if kind == AUDIENCE else name.lower() not in IDENTITY)
    ]
    return found[0] if len(found) == 1 else ""


def membership(call: dict[str, Any], computation_key: str) -> dict[str, Any]:
    """Say under the audience's own key whether the person is in it; a journey may name it nowhere else."""
    properties = {name: as_state(value) for name, value in a_map(call.get("properties")).items()}
    told = text_of(properties.get("audience_key"))
    states = [name for name, value in properties.items() if isinstance(value, bool)]
    key = told if told in states or not states else states[0]
    key = key or computation_key
    if not key:
        return call
    state = properties.get(key)
    properties |= {
        "audience_key": key,
        key: state if isinstance(state, bool) else call.get("event") != EXITED,
    }
    return {**call, "properties": properties, "traits": {**a_map(call.get("traits")), key: properties[key]}}


def trait(call: dict[str, Any]) -> dict[str, Any]:
    """Let the computed value be the trait that it is."""
    properties = a_map(call.get("properties"))
    key = text_of(properties.get("trait_key"))
    if not key or properties.get(key) is None:
        return call
    return {**call, "traits": {**a_map(call.get("traits")), key: properties[key]}}


def as_state(value: Any) -> Any:
    """Give the yes or no that a text stands for; anything else as it is."""
    return _TEXTS.get(value.strip().lower(), value) if isinstance(value, str) else value
