"""Show what became of the last requests from outside, and since when each sender is silent."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request

from core.engine.duration import format_duration
from core.engine.instant import iso
from core.errors import BadRequest
from core.ports.verdict import AMISS, TURNED_AWAY, VERDICTS, HeldRequest, RequestRow, SenderRow
from webhooks.answers import json_answer
from webhooks.api.delivering import read_ids, read_text
from webhooks.api.query import read_args, read_limit, read_since
from webhooks.api.trigger import check_fields
from webhooks.holding import judged_again
from webhooks.payload import read_object
from webhooks.receiver import read_body
from webhooks.services import Services

#: Stands for every verdict that somebody should look at.
FAILED = "failed"
MINUTE = 60_000


class RequestsApi:
    """Tells of requests; they are kept by the number, and not for a time."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def requests(self) -> Response:
        """List requests, the newest first, and the senders."""
        given = read_args(("name", "verdict", "since", "limit"))
        rows = self.services.requests.requests(
            name=given.get("name", ""),
            verdicts=read_verdicts(given.get("verdict", "")),
            since=read_since(given.get("since", "")),
            limit=read_limit(given.get("limit", "")),
        )
        now = self.services.clock.now()
        senders = [sender_shape(one, now) for one in self.services.requests.senders()]
        held = {one.id for one in self.services.requests.held()}
        shown = [request_shape(row, is_held=row.id in held) for row in rows]
        return json_answer({"requests": shown, "senders": senders})

    def replay_requests(self) -> Response:
        """Judge requests again that were not believed, and let those in whose signature fits now."""
        body = read_object(read_body(request.environ, self.services.limits.batch))
        check_fields(body, ("name", "ids"))
        ids = read_ids(body.get("ids"), hint="GET /api/requests lists them.")
        app = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy itself ends with this request
        found = []
        for one in self.services.requests.held(name=read_text(body, "name"), ids=ids):
            row = judged_again(app, one)
            if row is not None and row.verdict not in TURNED_AWAY:
                self.services.requests.let_go(one)
            found.append(again_shape(one, row))
        accepted = sum(one["answer"] is not None and one["answer"] < 300 for one in found)
        return json_answer({"matched": len(found), "accepted": accepted, "requests": found})


def read_verdicts(text: str) -> tuple[str, ...]:
    """Read one verdict, or the word for all that somebody should look at."""
    if text == FAILED:
        return AMISS
    if text and text not in VERDICTS:
        raise BadRequest(
            f"There is no verdict {text[:40]!r}.",
            field="verdict",
            hint=f"Use {FAILED}, or one of {', '.join(VERDICTS)}.",
        )
    return (text,) if text else ()


def again_shape(one: HeldRequest, row: RequestRow | None) -> dict[str, Any]:
    """Show what became of a request that was judged again."""
    return {
        "id": one.id,
        "name": one.name,
        "at": iso(one.at),
        "answer": None if row is None else row.answer,
        "verdict": "refused" if row is None else row.verdict,
        "reason": "there is no such route any more" if row is None else row.reason or None,
        "hint": None if row is None else row.hint or None,
    }


def request_shape(row: RequestRow, *, is_held: bool) -> dict[str, Any]:
    """Show one request."""
    return {
        "held": is_held,
        "id": row.id,
        "name": row.name or None,
        "kind": row.kind,
        "at": iso(row.at),
        "method": row.method,
        "path": row.path,
        "answer": row.answer,
        "verdict": row.verdict,
        "reason": row.reason or None,
        "hint": row.hint or None,
        "items": dict(row.items),
        "size": row.size,
    }


def sender_shape(row: SenderRow, now: int) -> dict[str, Any]:
    """Show when a source or callback was last heard, and last believed."""
    return {
        "name": row.name or None,
        "kind": row.kind,
        "last_at": iso(row.last_at),
        "accepted_at": None if row.accepted_at is None else iso(row.accepted_at),
        "accepted": "never" if row.accepted_at is None else ago(now - row.accepted_at),
        "verdict": row.verdict,
    }


def ago(span: int) -> str:
    """Word how long ago something was, as a person would: by its largest unit."""
    if span < MINUTE:
        return "just now"
    unit = next(one for one in (24 * 60 * MINUTE, 60 * MINUTE, MINUTE) if span >= one)
    return f"{format_duration(span // unit * unit)} ago"
