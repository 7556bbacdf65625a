"""``cuewire audit``: what should have fired and did not, found by judging the stored events anew."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from core.engine.duration import parse_duration
from core.engine.rule import RuleSet
from core.errors import OperatorError, StoreError
from core.runners.audit.audit import Audit, Request, Write
from core.store.database import FILE
from core.store.embedded import open_store
from core.store.lock import is_held
from core.store.migrations import refuse_older
from cuewire.asking import TIMEOUT, ask_server
from cuewire.clock import SystemClock
from cuewire.rules import read_rules

ROUTE = "/api/audit"
#: A server that was asked is asked again this often, in seconds, whether it is done.
LOOK_EVERY = 1.0

#: What each kind of finding is called where people read it.
WORDS = {
    "decision": "no decision",
    "delivery": "no delivery",
    "timer": "lost timer",
    "next_due": "timer that is never looked at",
    "overdue": "timer that was not drained",
}

Told = Mapping[str, Any]


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    data: Path
    mappings: Path
    since: str
    trigger: str = ""
    url: str = ""
    repair: bool = False
    as_json: bool = False


def run(options: Options) -> int:
    """Audit a data folder or ask a running server; gives 1 when something is missing still."""
    report = ask_running(options) if options.url else look(options)
    click.echo(
        json.dumps(report, ensure_ascii=False) if options.as_json else "\n".join(lines_of(report, options))
    )
    return 1 if report["left"] else 0


def look(options: Options) -> Told:
    """Read the data folder, also beside a running server; repair only where none runs."""
    path = options.data / FILE
    if not path.exists():
        raise OperatorError(
            f"There is no store in {options.data}.",
            hint="Name the data folder with --data, or a running server with --url.",
        )
    rules = rules_of(options)
    since = SystemClock().now() - span_of(options.since)
    is_live = is_held(options.data)
    if options.repair and is_live:
        raise StoreError(
            f"A server runs on {options.data}.",
            hint="Let it repair by itself: add --url with its address, or stop it first.",
        )
    request = Request(since, options.trigger, options.repair, is_live=is_live)
    refuse_older(path)
    with writing(options) as write:
        return Audit(path, rules, SystemClock(), write=write).run(request).shape()


@contextmanager
def writing(options: Options) -> Iterator[Write | None]:
    """Give a way to repair, where that is asked for."""
    if not options.repair:
        yield None
        return
    store = open_store(options.data, clock=SystemClock(), patience=0.5)
    try:
        yield store.write
    finally:
        store.close()


def rules_of(options: Options) -> RuleSet:
    """Load the mappings; those with errors cannot say what should have fired."""
    rules = read_rules(options.mappings)
    if options.trigger and options.trigger not in rules.triggers:
        raise OperatorError(
            f"There is no trigger {options.trigger!r} in {options.mappings}.",
            hint=f"Known: {', '.join(sorted(rules.triggers))}.",
        )
    return rules


def span_of(text: str) -> int:
    """Read how far back to look."""
    span = parse_duration(text)
    if not span:
        raise OperatorError(f"{text!r} is no duration.", hint="Use one such as 24h or 30d.")
    return span


def ask_running(options: Options) -> Told:
    """Let a running server audit, and wait for its report."""
    body: dict[str, Any] = {"repair": options.repair, "since": SystemClock().now() - span_of(options.since)}
    body |= {"trigger": options.trigger} if options.trigger else {}
    began = SystemClock().now()
    ask_server(options.url, "POST", ROUTE, body=body)
    while (state := ask_server(options.url, "GET", ROUTE))["running"]:
        time.sleep(LOOK_EVERY)
    return done(state["last"], began)


def done(last: Told | None, began: int) -> Told:
    """Give the report of the run that was asked for."""
    from core.engine.instant import parse_time

    if last is None or (parse_time(last["at"]) or 0) < began - TIMEOUT * 1_000:
        raise OperatorError("The audit was given up.", hint="The server's log says why.")
    return last


def lines_of(report: Told, options: Options) -> Iterator[str]:
    """Write a report down for people."""
    yield (
        f"Judged {report['events']} events of {report['people']} people anew in {report['seconds']} s; "
        f"{report['checked']} firings since {report['since']} were looked for."
    )
    for finding in report["findings"]:
        yield from finding_lines(finding)
    if report["left_off"]:
        yield f"  and {report['left_off']} more"
    for reason, number in sorted(report["reasons"].items()):
        yield f"{number} differ and are no loss: {reason}"
    if report["unreadable"]:
        yield f"{report['unreadable']} groups of people could not be judged: their events cannot be read back"
    if not report["missing"]:
        yield "Nothing is missing."
    elif report["left"]:
        hint = "" if options.repair else "; --repair puts it back"
        yield f"{report['missing']} missing, {report['repaired']} put back{hint}."
    else:
        yield f"{report['missing']} missing, all put back."


def finding_lines(finding: Told) -> Iterator[str]:
    """Write what is missing; what only differs is told in numbers."""
    if finding["verdict"] != "missing":
        return
    what = finding["trigger"] or "any trigger"
    key = f" [{finding['key']}]" if finding["key"] else ""
    state = "put back" if finding["repaired"] else "missing"
    yield f"  {state}: {WORDS[finding['kind']]} of {what}{key} at {finding['at']}: {finding['reason']}"
    yield f"      {finding['id']}, event {finding['event_id'] or '-'}, profile {finding['profile_id']}"
