"""Actions that a mapping file describes for a destination of its own, and what it says of those that are there."""

from __future__ import annotations

from dataclasses import replace

from core.config.kinds.preset import DESCRIBED, with_action
from core.config.schema import Fields, Reading
from core.ports import DestinationSpec, Repeats

#: What may be said of an action that is there already.
_OF_ANY = ("repeats", "channel")


def own_action(spec: DestinationSpec, name: str, found: Fields, reading: Reading) -> DestinationSpec:
    """Add the action that is described, or change how often one that is there may be sent."""
    told = [key for key in DESCRIBED if key in found]
    if not told:
        return spec
    if not spec.is_open:
        return _reaching(spec, name, found, reading, told=told)
    if "request" in found:
        return with_action(spec, name, found, reading)
    for key in (key for key in told if key not in _OF_ANY):
        reading.error(found.place(key), f"`{key}` belongs to an action of your own", "add `request:`")
    return _changed(spec, name, found) if name in spec.actions else spec


def _reaching(
    spec: DestinationSpec, name: str, found: Fields, reading: Reading, *, told: list[str]
) -> DestinationSpec:
    """Take it that an action which is code reaches people: a campaign does, and only its owner knows by what."""
    if told != ["channel"]:
        hint = "use a destination with `uses: webhook` for requests of your own"
        reading.error(found.place(told[0]), f"the actions of {spec.title} are code", hint)
        return spec
    if name not in spec.actions:
        return spec
    channel = spec.actions[name].channel
    if channel and channel != found.get("channel"):
        reading.error(found.place("channel"), f"{name} reaches people by {channel}", "leave out `channel`")
        return spec
    return _changed(spec, name, found)


def _changed(spec: DestinationSpec, name: str, found: Fields) -> DestinationSpec:
    action = spec.actions[name]
    if "repeats" in found:
        action = replace(action, repeats=Repeats(found.get("repeats")))
    if "channel" in found:
        action = replace(action, channel=found.get("channel"))
    return replace(spec, actions={**spec.actions, name: action})
