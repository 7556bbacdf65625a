"""``cuewire audit``: what should have fired and did not, found by judging the stored events anew."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from connectors.setting import is_loopback
from core.engine.duration import parse_duration
from core.engine.rule import RuleSet
from core.errors import OperatorError, StoreError
from core.runners.audit.audit import Audit, Request, Write
from core.secret import Secret
from core.store.database import FILE
from core.store.embedded import open_store
from core.store.lock import is_held
from core.store.migrations import refuse_older
from cuewire.clock import SystemClock
from cuewire.rules import read_rules
from cuewire.settings import read_values

TIMEOUT = 30
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
    report = ask(options) if options.url else look(options)
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


def ask(options: Options) -> Told:
    """Let a running server audit, and wait for its report."""
    import requests  # here, so that reading a folder loads no HTTP client

    url = f"{options.url.rstrip('/')}/api/audit"
    body: dict[str, Any] = {"repair": options.repair, "since": SystemClock().now() - span_of(options.since)}
    body |= {"trigger": options.trigger} if options.trigger else {}
    try:
        with requests.Session() as session:
            session.trust_env = not is_loopback(url)
            session.headers["Authorization"] = f"Bearer {api_key()}"
            began = SystemClock().now()
            checked(session.post(url, json=body, timeout=TIMEOUT), options.url)
            while True:
                state = checked(session.get(url, timeout=TIMEOUT), options.url)
                if not state["running"]:
                    return done(state["last"], began)
                time.sleep(LOOK_EVERY)
    except requests.RequestException as error:
        raise OperatorError(
            f"{options.url} does not answer: {type(error).__name__}.",
            hint="Is `cuewire serve` running there?",
        ) from error


def done(last: Told | None, began: int) -> Told:
    """Give the report of the run that was asked for."""
    from core.engine.instant import parse_time

    if last is None or (parse_time(last["at"]) or 0) < began - TIMEOUT * 1000:
        raise OperatorError("The audit was given up.", hint="The server's log says why.")
    return last


def checked(answer: Any, url: str) -> Any:
    """Give what a server answered, or say why it refused."""
    if not answer.ok:
        error = answer.json().get("error", {}) if "json" in answer.headers.get("Content-Type", "") else {}
        raise OperatorError(
            f"{url} answers {answer.status_code}: {error.get('message', answer.text.strip()[:160])}",
            hint=error.get("hint", ""),
        )
    return answer.json()


def api_key() -> str:
    """Read the server's key from the environment."""
    problems: list[str] = []
    key = Secret(read_values(os.environ, problems).get("API_KEY", "")).reveal()
    if problems or not key:
        raise OperatorError((*problems, "CUEWIRE_API_KEY is not set.")[0], hint="Set it to the server's key.")
    return key


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
