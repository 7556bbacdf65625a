"""A fake of Twilio Studio: it starts flows, and lists what it started."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request

from cuewire.sandbox.settings import SandboxSettings
from cuewire.sandbox.twilio_rules import Problem, flow_problem

PATH = "/v2/Flows/<flow>/Executions"


def add_studio(routes: Blueprint, settings: SandboxSettings, error: Callable[[Problem], Response]) -> None:
    """Add the routes of studio.twilio.com that start a flow and list its executions."""
    lock = threading.Lock()
    started: list[dict[str, Any]] = []

    @routes.post(PATH)
    def start(flow: str) -> Response:
        form = request.form.to_dict()
        problem = flow_problem(flow, form)
        if problem:
            return error(problem)
        execution = new_execution(settings.twilio_account_sid, flow, form["To"])
        with lock:
            started.append(execution)
        answer = jsonify(execution)
        answer.status_code = 201
        return answer

    @routes.get(PATH)
    def executions(flow: str) -> Response:
        since, until = (request.args.get(name, "") for name in ("DateCreatedFrom", "DateCreatedTo"))
        with lock:
            mine = [one for one in reversed(started) if one["flow_sid"] == flow]
        rows = [one for one in mine if since <= one["date_created"] <= (until or one["date_created"])]
        size = request.args.get("PageSize", 50, type=int)
        return jsonify(executions=rows[:size], meta=meta(request.url, size))


def new_execution(account_sid: str, flow: str, to: str) -> dict[str, Any]:
    """Write an execution as Studio shows it."""
    sid = f"FN{secrets.token_hex(16)}"
    return {
        "sid": sid,
        "account_sid": account_sid,
        "flow_sid": flow,
        "contact_channel_address": to,
        "context": {},
        "status": "active",
        "date_created": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "date_updated": None,
        "url": f"https://studio.twilio.com/v2/Flows/{flow}/Executions/{sid}",
        "links": {},
    }


def meta(url: str, size: int) -> dict[str, Any]:
    """Write what stands beside a list: here there is one page."""
    return {
        "key": "executions",
        "page": 0,
        "page_size": size,
        "url": url,
        "first_page_url": url,
        "next_page_url": None,
        "previous_page_url": None,
    }
