"""Note of each request from outside what became of it, and why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from uuid import uuid4

from flask import Flask, Response, has_request_context, request

from core.errors import CuewireError, Forbidden, Unauthorised
from core.ports.verdict import AMISS, TURNED_AWAY, Kind, RequestRow
from webhooks.holding import ROWS, held, is_proof
from webhooks.services import Services

#: Whose routes a blueprint has: a kind of source or of callback, by its name.
Owners = Mapping[str, tuple[Kind, str]]

#: Under this key a request's environment has what was said of it.
TOLD = "cuewire.told"

#: The endpoint of ``/webhooks/NAME``.
WEBHOOK = "webhook"

#: Which verdict stands for a request that held several: what most needs to be looked at comes first.
WEIGHT = ("set_aside", "unmapped", "no_such_person", "accepted", "echo", "duplicate", "ignored")

#: Values of a sender stand in these; they belong to people, and a request is kept after they were erased.
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
SCHEMA = re.compile(r"(?P<field>[^:]*): .* \(schema (?P<rule>[^()]*)\)$", re.DOTALL)
LONGEST = 200

NO_HEADER = "It came without the header {field}."
UNSIGNED = "Let the sender sign: give it the secret. If it does sign, something in between drops the header."


@dataclass
class Told:
    """What a view said of the request that it is about to answer."""

    name: str = ""
    items: Counter[str] = field(default_factory=Counter)
    reasons: dict[str, str] = field(default_factory=dict)
    error: CuewireError | None = None


def told() -> Told:
    """Give what is known of the request so far."""
    # Not in Flask's ``g``: a request that is judged again shares it with the one that asks for it.
    found: Told = request.environ.setdefault(TOLD, Told())
    return found


def note_items(name: str, statuses: Sequence[str]) -> None:
    """Note what became of a request's items, and why where they are ``Judged``."""
    if not has_request_context():
        return
    found = told()
    found.name = name
    for status in statuses:
        reason = getattr(status, "reason", "")
        verdict = verdict_of(status, reason)
        found.items[verdict] += 1
        found.reasons.setdefault(verdict, reason)


def note_word(name: str, verdict: str, reason: str = "") -> None:
    """Note what became of a request that holds one word only, unless its event is amiss."""
    found = told()
    found.name = name
    if not any(one in AMISS for one in found.items):
        found.items = Counter((verdict,))
        found.reasons = {verdict: reason}


def note_refusal(error: CuewireError) -> None:
    """Note why a request is refused."""
    if has_request_context():
        told().error = error


def verdict_of(status: str, reason: str) -> str:
    """Word an item's status; what was set aside is told apart by what its sender or a file can change."""
    if reason.startswith("no such person"):
        return "no_such_person"
    if status == "set_aside" and reason.startswith("`events` of callbacks/"):
        return "unmapped"
    # A request about somebody's data is listed for a person, and nothing about it has failed.
    return "accepted" if status == "applied" or reason.startswith("privacy request") else status


def plain(reason: str) -> str:
    """Take the sender's values out of a reason; of a broken schema the field and the rule are left."""
    found = SCHEMA.match(reason)
    if found:
        return f"{found['field']} breaks the schema of {found['rule']}"[:LONGEST]
    return QUOTED.sub("'...'", reason)[:LONGEST]


class Recorder:
    """Writes a row for every request that a source or a callback is called with."""

    def __init__(self, services: Services, owners: Owners) -> None:
        self._services = services
        self._owners = owners

    def install(self, app: Flask) -> None:
        """Look at every answer."""
        app.after_request(self.record)

    def record(self, answer: Response) -> Response:
        """Note the request where it came to a source or a callback."""
        is_webhook = request.endpoint == WEBHOOK
        if request.method in ("OPTIONS", "HEAD") or not (is_webhook or request.blueprint in self._owners):
            return answer
        found = told()
        kind, name = self._sender(found.name, is_webhook=is_webhook)
        verdict, reason, hint = judged(found, answer.status_code)
        row = RequestRow(
            id=f"q_{uuid4().hex[:16]}",
            name=name,
            kind=kind,
            at=self._services.clock.now(),
            method=request.method,
            path=path_of(request.url_rule.rule if request.url_rule else "", name),
            answer=answer.status_code,
            verdict=verdict,
            reason=reason,
            hint=hint,
            items=dict(found.items),
            size=request.content_length or 0,
        )
        self._keep(row)
        return answer

    def _keep(self, row: RequestRow) -> None:
        """Write a row down, and hold the request where it may be believed later; one that is held already is not."""
        again: list[RequestRow] | None = request.environ.get(ROWS)
        if again is not None:
            again.append(row)
        if again is None or row.verdict not in TURNED_AWAY:
            self._services.requests.note(row)
        if again is None and row.kind != "unknown" and (found := held(row)) is not None:
            self._services.requests.hold(found)

    def _sender(self, name: str, *, is_webhook: bool) -> tuple[Kind, str]:
        """Tell whose request it is; names that nobody has given are not kept, for anyone could make them up."""
        rules = self._services.rules()
        of_webhooks: tuple[Kind, str] = ("source", "")
        kind, owner = of_webhooks if is_webhook else self._owners[str(request.blueprint)]
        args: Mapping[str, str] = request.view_args or {}
        name = name or args.get("name", "") or request.args.get("destination", "")
        if not name:
            uses = {one.uses: one.name for one in reversed([*rules.sources.values()])}
            name = uses.get(owner, owner) if kind == "source" else owner
        if name == owner or name in (rules.sources if kind == "source" else rules.callbacks):
            return kind, name
        is_account = kind == "callback" and name in self._services.destinations()
        return (kind, name) if is_account else ("unknown", "")


def path_of(rule: str, name: str) -> str:
    """Give a route's path without what may be a secret in it."""
    return rule.replace("<name>", name or "NAME").replace("<token>", "TOKEN")


def judged(found: Told, answer: int) -> tuple[str, str, str]:
    """Give the verdict of a request with its reason, and what to do about it."""
    error = found.error
    if error is not None:
        verdict = refused_as(error, answer)
        if verdict == "bad_signature" and not request.headers.get(getattr(error, "field", "")):
            return verdict, NO_HEADER.format(field=getattr(error, "field", "")), UNSIGNED
        return verdict, plain(error.message), error.hint
    if answer >= 400:
        return ("refused" if answer < 500 else "not_stored"), HTTPStatus(answer).phrase, ""
    verdict = next((one for one in WEIGHT if found.items[one]), "accepted")
    return verdict, plain(found.reasons.get(verdict, "")), HINTS.get(verdict, "")


def refused_as(error: CuewireError, answer: int) -> str:
    """Word a refusal."""
    if answer == 429 or answer >= 500:
        return "not_stored"
    if not isinstance(error, Unauthorised | Forbidden):
        return "refused"
    if not error.field:
        return "closed"
    return "bad_signature" if is_proof(error.field) else "bad_key"


#: What to do about what was taken and had no effect.
HINTS = {
    "set_aside": "GET /api/events?status=set_aside has each with its reason; mend it, then POST /api/events/replay.",
    "unmapped": "Name it in the callback's `events`, as null if it is of no interest; then POST /api/events/replay.",
    "no_such_person": "`unknown: create` would make a profile; what is parked takes effect when somebody turns up.",
}
