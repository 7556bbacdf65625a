"""One AudienceStream visitor in Segment's spelling, its attributes keyed by id or by name."""

from __future__ import annotations

from typing import Any

from core.engine.instant import iso, parse_time
from core.engine.rule import SourceMapping
from webhooks.sources.base import Call
from webhooks.sources.loose import Object, a_map, text_of
from webhooks.sources.tealium.call import NAME_KEYS, TYPES, message_id

#: Groups of attributes that hold one value each: together they are the person's traits.
SINGLE = ("properties", "metrics", "flags", "dates")

#: Groups that hold lists, tallies or parts of the visit.
MANY = (
    "metric_sets",
    "metric_lists",
    "property_lists",
    "property_sets",
    "flag_lists",
    "secondary_ids",
    "sequences",
    "funnels",
    "current_visit",
)

#: An empty list would say nothing; this says that there is none.
NONE = ["none"]


def is_visitor(body: Object) -> bool:
    """Tell a visitor by its groups of attributes; an event's data layer is flat."""
    if isinstance(body.get("visitor"), dict):
        return True
    if any(isinstance(body.get(group), dict) for group in (*SINGLE, *MANY, "audiences", "badges")):
        return True
    return not any(key in body for key in NAME_KEYS) and isinstance(body.get("audiences"), list)


def read_visitor(body: Object, mapping: SourceMapping, beside: Object) -> list[Call]:
    """Give an ``identify`` call, or the event that the address of the action names."""
    visitor = a_map(body.get("visitor")) or body
    name = next((text for key in NAME_KEYS if (text := text_of(beside.get(key)))), "")
    kind = TYPES.get(mapping.events.get(name, name), "track") if name else "identify"
    plain = {key: value for key, value in {**body, **visitor}.items() if not isinstance(value, dict | list)}
    rest = {
        key: value for key, value in visitor.items() if isinstance(value, dict | list) and key not in SINGLE
    }
    call: Object = {
        "type": kind,
        "messageId": message_id({**body, **beside}),
        "properties": {**beside, **plain},
        "traits": traits_of(visitor),
        "context": {"tealium": {"visitor": rest}},
    }
    return [call | {"event": name}] if kind == "track" else [call]


def traits_of(visitor: Object) -> Object:
    """Flatten the single attributes, dates as ISO text, and list the audiences and badges by name or id."""
    traits: Object = {}
    for group in SINGLE:
        traits.update(a_map(visitor.get(group)))
    for key, value in a_map(visitor.get("dates")).items():
        at = parse_time(value)
        if at is not None:
            traits[key] = iso(at)
    if "audiences" in visitor:
        traits["tealium_audiences"] = names_in(visitor["audiences"]) or NONE
    if "badges" in visitor:
        traits["tealium_badges"] = names_in(visitor["badges"]) or NONE
    return traits


def names_in(group: Any) -> list[str]:
    """Read ``["VIP"]``, ``{"acct_main_193": "VIP"}`` and ``{"24935": true}`` alike."""
    if isinstance(group, dict):
        found = [value if isinstance(value, str) else key for key, value in group.items() if value]
    else:
        found = group if isinstance(group, list) else []
    return sorted({name for name in found if isinstance(name, str) and name})
