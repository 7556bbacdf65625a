"""Events that were set aside are read again, after somebody has mended what they failed by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import structlog
from flask import Response, request

from core.config.nearest import did_you_mean
from core.errors import BadRequest
from core.pipeline.replaying import APPLIED, STATUSES, Replayed
from core.ports import Aside
from webhooks.answers import json_answer
from webhooks.api.delivering import read_ids, read_text, read_truth
from webhooks.api.query import read_since
from webhooks.api.shapes import Shape
from webhooks.api.trigger import check_fields
from webhooks.payload import read_object
from webhooks.receiver import read_body
from webhooks.services import Services

FIELDS = ("source", "status", "since", "ids", "dry_run", "limit", "cursor")
LIMIT, MOST = 200, 1_000

log = structlog.get_logger()


class ReplayApi:
    """Hands what is to be read again over to the pipeline."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def replay(self) -> Response:
        """Read what matches again, and tell what came of each."""
        body = read_object(read_body(request.environ, self.services.limits.batch))
        check_fields(body, FIELDS)
        wanted = read_wanted(body)
        rules = self.services.rules()
        known = (*rules.sources, *rules.callbacks)
        if wanted.source and wanted.source not in known:
            hint = did_you_mean(wanted.source[:80], known) or f"There are {', '.join(known)}."
            raise BadRequest("There is no such source or callback.", field="source", hint=hint)
        is_dry_run = read_truth(body, "dry_run")
        told = replayed_shape(self.services.replays.run(wanted, is_dry_run=is_dry_run), is_dry_run=is_dry_run)
        if told["applied"] and not is_dry_run:
            log.info("events_replayed", number=told["applied"], source=wanted.source)
        return json_answer(told)


def read_wanted(body: Mapping[str, Any]) -> Aside:
    """Read which events are to be looked at again."""
    status = read_text(body, "status") or STATUSES[0]
    if status not in STATUSES:
        raise BadRequest(
            "status names none that can be replayed.", field="status", hint=f"Use {' or '.join(STATUSES)}."
        )
    return Aside(
        source=read_text(body, "source"),
        status=status,
        since=read_since(str(body["since"])) if body.get("since") is not None else None,
        ids=read_ids(body.get("ids"), hint="GET /api/events?status=set_aside lists them."),
        limit=read_limit(body.get("limit")),
        cursor=read_text(body, "cursor"),
    )


def read_limit(value: object) -> int:
    """Read how many events to look at in this call."""
    if value is None:
        return LIMIT
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST:
        raise BadRequest(
            f"limit is no number from 1 to {MOST}.", field="limit", hint=f"The default is {LIMIT}."
        )
    return value


def replayed_shape(found: Replayed, *, is_dry_run: bool) -> Shape:
    """Show what came of a replay, or what would: what is left, by its reasons, and each event."""
    left = Counter(one.reason or one.status for one in found.items if one.status != APPLIED)
    return {
        "matched": len(found.items),
        "applied": sum(one.status == APPLIED for one in found.items),
        "left": [{"reason": reason, "number": number} for reason, number in left.most_common()],
        "events": [
            {
                "id": one.row.id,
                "source": one.row.source,
                "event": one.row.event,
                "status": one.status,
                "reason": one.reason or None,
            }
            for one in found.items
        ],
        "next": found.next,
        "dry_run": is_dry_run,
    }
