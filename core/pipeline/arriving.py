"""From what a sender wrote to the event it is, or to why it is none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import structs

from core.engine.callback import CallbackMapping, Reading, read_notice
from core.engine.digest import derive
from core.engine.event import Event
from core.engine.mapping import map_event
from core.engine.rule import RuleSet, SourceMapping
from core.engine.stranger import as_stranger
from core.errors import BadRequest, NotFound
from core.pipeline.item import ECHO, IGNORED, SET_ASIDE, Item, echo, unusable
from core.pipeline.retelling import kept_call
from core.ports import RawEvent, SetAside

BY_FILE = "`echo` of callbacks/{name}.yaml holds for it"
OFF = "callbacks/{name}.yaml makes no event of this one"
SERVER_ONLY = "`server_only` of sources/{source}.yaml names {name}, and this came with a browser's key"
UNMAPPED = "`events` of callbacks/{name}.yaml does not name `{event}`"


def all_arrived(
    source: str, items: Sequence[RawEvent | SetAside], rules: RuleSet, arrivals: Iterable[int]
) -> list[Item]:
    """Read the items of a request to a source or a callback, each with its time of arrival."""
    if source not in rules.sources and source not in rules.callbacks:
        raise NotFound(f"there is no source {source!r}", hint="name it in mappings/sources/")
    return [arrived(source, item, rules, at) for item, at in zip(items, arrivals, strict=False)]


def arrived(source: str, item: RawEvent | SetAside, rules: RuleSet, received_at: int) -> Item:
    """Read one item of a request to a source or a callback."""
    if isinstance(item, SetAside):
        return Item(item.raw, reason=item.reason)
    mapping = rules.sources.get(source)
    try:
        if mapping is None:
            return _notified(rules.callbacks[source], item, rules, received_at)
        event = _mapped(item, mapping, rules, received_at)
    except BadRequest as problem:
        return Item(item.raw, reason=f"{problem.field}: {problem.message}")
    if item.is_public and event.name in mapping.server_only:
        reason = SERVER_ONLY.format(name=event.name, source=source)
        return Item(item.raw, event, reason, is_public=True, told=item.call)
    return _usable(item, as_stranger(event, rules.identity) if item.is_public else event, mapping, rules)


def _notified(callback: CallbackMapping, item: RawEvent, rules: RuleSet, received_at: int) -> Item:
    """Read a notification; what our own writes caused, and what no event is made of, is kept and has no effect."""
    read = Reading(callback.plain, "echo") if item.echo else read_notice(callback, item.call)
    event = _mapped(item, read.mapping, rules, received_at)
    names = {"name": callback.name, "event": str(item.call.get("event"))[:80]}
    if event.type == "delete":
        return _usable(item, event, read.mapping, rules)
    if read.verdict == "echo":
        return Item(item.raw, event, f"echo: {item.echo or BY_FILE.format(**names)}", ECHO)
    if read.verdict:
        if read.verdict == "off":
            return Item(item.raw, event, OFF.format(**names), IGNORED)
        return Item(item.raw, event, UNMAPPED.format(**names), SET_ASIDE, told=item.call)
    found = _usable(item, event, read.mapping, rules)
    found.unknown = read.unknown
    return found


def _mapped(item: RawEvent, mapping: SourceMapping, rules: RuleSet, received_at: int) -> Event:
    raw_id = derive("e", item.raw.decode("utf-8", "replace"))
    event = map_event(item.call, mapping, rules.identity, seq=0, received_at=received_at, raw_id=raw_id)
    return structs.replace(event, quiet=True) if item.is_history else event


def _usable(item: RawEvent, event: Event, mapping: SourceMapping, rules: RuleSet) -> Item:
    caused = echo(event, rules.policy.hops)
    if caused:
        return Item(item.raw, event, caused, ECHO)
    reason = unusable(event, is_public=item.is_public) or broken_rule(event, mapping)
    call = kept_call(item.raw, item.call)
    return Item(item.raw, event, reason, call=call, is_public=item.is_public, told=item.call)


def broken_rule(event: Event, mapping: SourceMapping) -> str:
    """Name the rule of its schema that an event breaks; empty where it has none or keeps it."""
    check = mapping.schemas.get(event.name)
    if check is None:
        return ""
    place = "traits" if event.type in ("identify", "group") else "properties"
    return check(event.data.get(place, {}), event.name, place)
