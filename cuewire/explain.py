"""``cuewire explain``: what happened, gate by gate, with the values that were seen."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from core.errors import OperatorError
from core.store.database import FILE
from core.store.reader import EmbeddedReader
from cuewire.asking import call_server, refused
from webhooks.api.explaining import Story, explain, of_profile

LONGEST = 160

#: Deliveries that will leave at a time that is known.
WAITING = ("scheduled", "retrying")


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    subject: str
    url: str
    data: Path
    as_json: bool = False


def run(options: Options) -> int:
    """Print the story of an id; gives 1 when nothing has it."""
    story = ask(options) if options.url else look_up(options)
    if story is None:
        click.echo(
            f"Nothing here has the id {options.subject}. Give that of an event, a decision, a delivery or a profile, "
            "or NAMESPACE:VALUE.",
            err=True,
        )
        return 1
    click.echo(json.dumps(story, ensure_ascii=False) if options.as_json else "\n".join(lines_of(story)))
    return 0


def look_up(options: Options) -> Story | None:
    """Read the data folder; a server that runs on it is not disturbed."""
    path = options.data / FILE
    if not path.exists():
        raise OperatorError(
            f"There is no store in {options.data}.",
            hint="Name the data folder with --data, or a running server with --url.",
        )
    reader = EmbeddedReader(path)
    try:
        story = explain(reader, options.subject)
        namespace, colon, value = options.subject.partition(":")
        if story is None and colon:
            spellings = dict.fromkeys((value, value.lower()))
            owners = filter(None, (reader.owner(namespace, one) for one in spellings))
            story = of_profile(reader, next(owners, ""))
        return story
    finally:
        reader.close()


def ask(options: Options) -> Story | None:
    """Ask a running server."""
    answer = call_server(options.url, "GET", f"/api/explain/{quote(options.subject, safe='')}")
    if answer.status_code == HTTPStatus.NOT_FOUND:
        return None
    if not answer.ok:
        raise refused(answer, options.url)
    story: Story = answer.json()
    return story


def lines_of(story: Story) -> Iterator[str]:
    """Write a story down for people."""
    if story["profile"]:
        yield from person(story["profile"])
    for event in story["events"]:
        yield from happened(event)
    for link in story["links"]:
        yield f"  {joined(link)}"
    for decision in story["decisions"]:
        yield ""
        yield from decided(decision)
        for delivery in story["deliveries"]:
            if delivery["decision_id"] == decision["id"]:
                yield from sent(delivery)
        for conversion in story["conversions"]:
            if conversion["decision_id"] == decision["id"]:
                yield converted(conversion)
    for one in story["waiting"]:
        key = f" [{one['key']}]" if one["key"] else ""
        yield f"  waits: {one['trigger']}{key} until {one['until']}"
    is_silent = not story["decisions"] and not story["waiting"]
    if story["kind"] == "event" and is_silent and story["events"][0]["status"] == "applied":
        yield (
            "  no decision: no published trigger names this event, or only as a part of something longer"
            " (a case, a sequence, a visit, a stay), or what was looked at is older than 7 days"
        )


def person(profile: Mapping[str, Any]) -> Iterator[str]:
    """Tell who it is."""
    yield f"profile {profile['id']}, first seen {profile['first_seen']}, last seen {profile['last_seen']}"
    for namespace, values in profile["identifiers"].items():
        yield f"  {namespace}: {', '.join(values)}"
    for name, value in profile["traits"].items():
        yield f"  trait {name}: {shown(value)}"
    for purpose, value in profile["consent"].items():
        yield f"  consent {purpose}: {shown(value)}"
    if profile["segments"]:
        yield f"  in segments: {', '.join(profile['segments'])}"
    for name, value in profile["scores"].items():
        yield f"  score {name}: {shown(value)}"
    if profile["merged_from"]:
        yield f"  merged from {', '.join(profile['merged_from'])}"


def joined(link: Mapping[str, Any]) -> str:
    """Tell one step of how identifiers joined."""
    what = f"{link['namespace']} {link['value']}" if link["namespace"] else f"profile {link['other_id']}"
    if link["kind"] == "split":
        return f"split by hand: {what} left; the other one is {link['other_id']} (at {link['at']})"
    kept = f", which stays with {link['other_id']}" if link["namespace"] and link["other_id"] else ""
    return f"{link['kind'].replace('_', ' ')}: {what}{kept} ({link['event_id']} at {link['at']})"


def happened(event: Mapping[str, Any]) -> Iterator[str]:
    """Tell an event."""
    name = f' "{event["event"]}"' if event["event"] else ""
    yield f"event {event['id']}: {event['type']}{name} from {event['source']}, {event['status'].replace('_', ' ')}"
    if event.get("reason"):
        yield f"  because {event['reason']}"
    yield f"  happened {event['timestamp']}, arrived {event['received_at']}"
    if event["profile_id"]:
        known = "; ".join(f"{ns} {', '.join(values)}" for ns, values in event["identifiers"].items())
        yield f"  profile {event['profile_id']} ({known})"


def decided(decision: Mapping[str, Any]) -> Iterator[str]:
    """Tell a decision, each gate with what it asked, saw and needed."""
    shadow = " (shadow: nothing is sent)" if decision.get("shadow") else ""
    key = f" for {decision['key']}" if decision["key"] else ""
    yield f"decision {decision['id']}: {decision['trigger']} {decision['outcome']}{key}{shadow}"
    yield f"  at {decision['at']}, rules {decision['version']}"
    for reason in decision["reasons"]:
        mark = "passed" if reason["passed"] else "FAILED"
        step = f" (step {reason['step'] + 1})" if reason.get("step") is not None else ""
        yield f"  {mark} {reason['gate']}{step}: {reason['expression']}"
        if reason.get("parts"):
            for part in reason["parts"]:
                yield from condition(part, 6)
        else:
            yield f"      saw {shown(reason['saw'])}; needed {shown(reason['needed'])}"


def condition(part: Mapping[str, Any], indent: int) -> Iterator[str]:
    """Tell a condition and its parts."""
    truth = {True: "true", False: "FALSE", None: "UNKNOWN"}[part.get("truth")]
    head = part["expression"] if not part.get("parts") else part["kind"]
    yield f"{' ' * indent}{truth}: {head}{seen(part)}"
    for inner in part.get("parts", ()):
        yield from condition(inner, indent + 2)


def seen(part: Mapping[str, Any]) -> str:
    """Tell what one condition saw: a count with its bounds, or why it could not be told."""
    saw = part.get("saw")
    if saw in (None, {}):
        return ""
    if part["kind"] == "count":
        return f"; saw {shown(saw['count'])}, needed {saw['needed']}"
    if isinstance(saw, dict) and "unknown" in saw:
        rest = {name: value for name, value in saw.items() if name != "unknown"}
        return f"; {saw['unknown']}" + (f"; saw {shown(rest)}" if rest else "")
    return f"; saw {shown(saw)}"


def sent(delivery: Mapping[str, Any]) -> Iterator[str]:
    """Tell a delivery and its attempts."""
    name = f"{delivery['destination']}.{delivery['action']}"
    due = f", due {delivery['due_at']}" if delivery["status"] in WAITING else ""
    because = f": {delivery['reason']}" if delivery["reason"] else ""
    yield f"  delivery {delivery['id']}: {name} {delivery['status']}{due}{because}"
    for attempt in delivery["attempts"]:
        why = f": {attempt['reason']}" if attempt["reason"] else ""
        outcome = attempt["outcome"] or "under way"
        yield f"      attempt {attempt['number']} at {attempt['started_at']}: {outcome}{why}"


def converted(conversion: Mapping[str, Any]) -> str:
    """Tell what a decision led to."""
    worth = "" if conversion["value"] is None else f", worth {conversion['value']:g}"
    event = conversion["event_id"] or "an event that was erased"
    return f"  converted by {event} at {conversion['at']}, {conversion['seconds']:g} s later{worth}"


def shown(value: Any) -> str:
    """Write a value in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{name} = {shown(one)}" for name, one in value.items()) or "nothing"
    text = (
        value
        if isinstance(value, str)
        else "nothing"
        if value is None
        else json.dumps(value, ensure_ascii=False)
    )
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
