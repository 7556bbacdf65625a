"""The command: gather deliveries, let the adapter send them to this machine, and tell each request."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from core.config.loader import Loaded
from core.config.nearest import did_you_mean
from core.engine.instant import iso
from core.engine.rule import RuleSet
from core.errors import OperatorError
from core.ports import Delivered, DeliveryRow
from cuewire.leaving.gathering import Found, Wanted, of_history, of_tests
from cuewire.leaving.showing import is_sign_in, shown
from cuewire.leaving.stand_in import StandIn, known_settings, make_stand_in
from cuewire.leaving.wire import Wire
from cuewire.rules import refuse_missing
from cuewire.sandbox.settings import SandboxSettings
from cuewire.settings import read_values, variable
from cuewire.simulate.version import check_name

#: Reasons that are nobody's mistake begin so.
GATES = ("group:", "consent:", "caps:", "quiet_hours:", "exit_on:")


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    destination: str
    files: Sequence[Path]
    mappings: Path
    trigger: str = ""
    as_json: bool = False


def run(options: Options) -> int:
    """Print the requests; gives 1 when there are none, or a delivery of a trigger would not leave."""
    loaded, rules = read(options.mappings)
    wanted = wanted_of(options, loaded)
    check_name(options.trigger, [rules])
    if options.files:
        found = of_history(options.files, options.mappings, rules, wanted)
    else:
        found = of_tests(loaded, rules, wanted)
    told = told_of(found, wanted, loaded)
    if options.as_json:
        click.echo(json.dumps(told, ensure_ascii=False, default=str))
    else:
        click.echo("\n".join(lines_of(told, options)))
    return 0 if is_well(told) else 1


def is_well(told: Mapping[str, Any]) -> bool:
    """Tell whether all that triggers want to send would leave, as far as people's own word and the policy let it."""
    lacking = [one for one in told["kept_back"] if not one["reason"].startswith(GATES)]
    # What a destination's own test describes lacks the fields that a step adds.
    lost = [one for one in told["deliveries"] if one["decision_id"] and not one["requests"]]
    return any(one["requests"] for one in told["deliveries"]) and not lacking and not lost


def read(folder: Path) -> tuple[Loaded, RuleSet]:
    """Read the mappings, or say what is wrong with them."""
    from cuewire.wiring import load_mappings  # loads the whole server

    refuse_missing(folder)
    loaded = load_mappings(folder)
    if loaded.rules is None:
        raise OperatorError(
            f"The mappings in {folder} have errors.",
            hint=f"Ask `cuewire check {folder}` and mend them first.",
        )
    return loaded, loaded.rules


def wanted_of(options: Options, loaded: Loaded) -> Wanted:
    """Read DESTINATION or DESTINATION.ACTION; a name that is not there is refused with what is."""
    name, _, action = options.destination.partition(".")
    if name not in loaded.destinations:
        hint = (
            did_you_mean(name, loaded.destinations) or f"There are {', '.join(sorted(loaded.destinations))}."
        )
        raise OperatorError(f"There is no destination {name!r}.", hint=hint)
    actions = loaded.specs[name].actions
    if action and action not in actions:
        hint = did_you_mean(action, actions) or f"It has {', '.join(actions)}."
        raise OperatorError(f"{name} has no action {action!r}.", hint=hint)
    return Wanted(name, action, options.trigger)


def told_of(found: Found, wanted: Wanted, loaded: Loaded) -> dict[str, Any]:
    """Let the adapter send each delivery, and give what left of it."""
    values = read_values(os.environ, [])
    name, kind = wanted.destination, loaded.destinations[wanted.destination]
    prefix = variable(name, "")
    given = {one[len(prefix) :].lower(): text for one, text in values.items() if one.startswith(prefix)}
    with Wire(SandboxSettings.accepting(known_settings(kind, given))) as wire:
        stand_in = make_stand_in(
            name, kind, given, wire, public_url=values.get("PUBLIC_URL", ""), spec=loaded.specs[name]
        )
        deliveries = [send(row, told, stand_in, wire) for row, told in found.rows]
    return {
        "destination": name,
        "assumed": dict(stand_in.assumed),
        "counts": dict(found.counts),
        "kept_back": [
            {"action": action, "reason": reason, "number": number}
            for (action, reason), number in found.kept_back.items()
        ],
        "deliveries": deliveries,
    }


def send(row: DeliveryRow, told: str, stand_in: StandIn, wire: Wire) -> dict[str, Any]:
    """Send one delivery, and tell every request that it came to."""
    before = len(wire.sent)
    (outcome,) = stand_in.destination.send(row.action, [row])
    sent = wire.sent[before:]
    return {
        "id": row.id,
        "decision_id": row.decision_id or None,
        "from": told,
        "action": row.action,
        "message": row.message or None,
        "profile_id": row.profile_id,
        "due_at": iso(row.due_at),
        "requests": [shown(one, stand_in) for one in sent if not is_sign_in(one)],
        "sandbox": "taken" if isinstance(outcome, Delivered) else "not taken",
        "reason": outcome.reason,
    }


def lines_of(told: Mapping[str, Any], options: Options) -> Iterator[str]:
    """Write everything down for people."""
    for setting, value in told["assumed"].items():
        yield f"{setting} is not set: {value} stands in its place"
    if not told["deliveries"]:
        where = "this history" if options.files else "the files' tests (give EVENTS to use history)"
        yield f"nothing would leave for {options.destination} in {where}"
    for one in told["deliveries"]:
        yield ""
        yield f"{told['destination']}.{one['action']} at {one['due_at']}, from {one['from']}"
        for request in one["requests"]:
            yield from request_lines(request)
        if not one["requests"]:
            yield f"  nothing would leave: {one['reason']}"
        elif one["sandbox"] != "taken":
            yield f"  the sandbox, which knows nobody yet, answers: {one['reason']}"
    shown_of = [one["action"] for one in told["deliveries"]]
    for action, number in told["counts"].items():
        if number > shown_of.count(action):
            yield f"\n{told['destination']}.{action}: {number - shown_of.count(action)} more are not shown"
    for one in told["kept_back"]:
        yield f"\n{told['destination']}.{one['action']}: {one['number']} would not leave: {one['reason']}"


def request_lines(request: Mapping[str, Any]) -> Iterator[str]:
    """Write one request down."""
    yield f"  {request['method']} {request['url']}"
    for name, text in request["headers"].items():
        yield f"  {name}: {text}"
    body = request["body"]
    if body is not None:
        text = body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False)
        yield from (f"    {line}" for line in text.splitlines())
