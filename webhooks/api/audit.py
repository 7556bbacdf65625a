"""Show the last audit, and begin one."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from core.config.nearest import did_you_mean
from core.engine.instant import parse_time
from core.errors import BadRequest, NotFound
from webhooks.answers import json_answer
from webhooks.api.query import read_args
from webhooks.payload import read_object
from webhooks.receiver import read_body
from webhooks.services import Services

FIELDS = ("repair", "since", "trigger")


class AuditApi:
    """Tell what should have fired and did not."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def audit(self) -> Response:
        """Show the last run, and whether one is under way."""
        read_args(())
        auditor = self.services.auditor
        return json_answer({"running": auditor.is_running, "last": auditor.last()})

    def begin_audit(self) -> Response:
        """Begin a run, with ``repair`` one that puts back what is missing."""
        body = read_object(read_body(request.environ, self.services.limits.event) or b"{}")
        for name in body:
            if name not in FIELDS:
                raise BadRequest(
                    f"There is no field {name[:80]!r}.",
                    field=name[:80],
                    hint=did_you_mean(name[:80], FIELDS),
                )
        self.services.auditor.ask(
            since=read_since(body.get("since")),
            trigger=self.read_trigger(body.get("trigger")),
            repair=read_repair(body.get("repair", False)),
        )
        return json_answer({"running": True}, 202)

    def read_trigger(self, name: Any) -> str:
        """Read which trigger alone to look at."""
        if name is None:
            return ""
        triggers = self.services.rules().triggers
        if not isinstance(name, str) or name not in triggers:
            raise NotFound(
                "There is no such trigger.",
                field="trigger",
                hint=did_you_mean(str(name)[:80], triggers) or "Name a file of mappings/triggers.",
            )
        return name


def read_repair(value: Any) -> bool:
    """Read whether to put back what is missing."""
    if not isinstance(value, bool):
        raise BadRequest("repair is not true or false.", field="repair", hint="Send true or leave it out.")
    return value


def read_since(value: Any) -> int | None:
    """Read the time from which on decisions are looked for."""
    since = None if value is None else parse_time(value)
    if value is not None and since is None:
        raise BadRequest(
            "since is no time.", field="since", hint="Use 2026-01-02T03:04:05Z, or milliseconds since 1970."
        )
    return since
