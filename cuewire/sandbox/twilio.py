"""A fake of Twilio's Messages: it validates as Twilio does, keeps what it accepted and reports its fate."""

from __future__ import annotations

import hmac
import secrets
import threading
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request

from cuewire.sandbox.callbacks import Callbacks
from cuewire.sandbox.faults import Fault
from cuewire.sandbox.settings import SandboxSettings
from cuewire.sandbox.studio import add_studio
from cuewire.sandbox.twilio_consents import Consents, add_consents
from cuewire.sandbox.twilio_rules import Problem, find_problem
from cuewire.sandbox.vendor import ALL_METHODS, Desk, answer_as_asked, current_fault, watch

PREFIX = "/2010-04-01/Accounts/<account_sid>"
FURTHER = ("queued", "sent", "delivered")
OWN = ("callbacks", "status_callback")


def error(problem: Problem) -> Response:
    """Write an error as Twilio's API does."""
    answer = jsonify(
        code=problem.code,
        message=problem.message,
        more_info=f"https://www.twilio.com/docs/errors/{problem.code}",
        status=problem.status,
    )
    answer.status_code = problem.status
    return answer


def refuse(fault: Fault) -> Response:
    """Answer a fault, as a rate limit where that was asked."""
    status = fault.status or 429
    problem = Problem(20429, "Too Many Requests", 429) if status == 429 else Problem(20500, "Fault", status)
    answer = answer_as_asked(fault, error(problem).get_json())
    if fault.rate_limit:
        answer.headers["Retry-After"] = str(round(fault.rate_limit.reset_in_s))
    return answer


class Messages:
    """The messages that were accepted, newest last."""

    def __init__(self, settings: SandboxSettings, callbacks: Callbacks) -> None:
        self._settings = settings
        self._callbacks = callbacks
        self._lock = threading.Lock()
        self._by_sid: dict[str, dict[str, Any]] = {}

    def accept(self, form: dict[str, str], *, hold: float) -> dict[str, Any]:
        """Keep a valid message, tell its fate after ``hold`` seconds, and give it as it stands now."""
        message = new_message(self._settings.twilio_account_sid, form)
        with self._lock:
            self._by_sid[message["sid"]] = message
        accepted = public(message)
        self._callbacks.tell(message, FURTHER, hold=max(hold, seconds_until(form.get("SendAt"))))
        return accepted

    def cancel(self, sid: str) -> Problem | None:
        """Cancel a scheduled message; says why it cannot be cancelled."""
        with self._lock:
            message = self._by_sid.get(sid)
            if message is None:
                return unknown_resource()
            if message["status"] != "scheduled":
                return Problem(30409, "Message is not in a cancelable state.", 409)
            message["status"] = "canceled"
        self._callbacks.tell(message, ("canceled",), hold=self._settings.callback_pace)
        return None

    def delete(self, sid: str) -> Problem | None:
        """Delete a message; says why it cannot be deleted."""
        with self._lock:
            message = self._by_sid.get(sid)
            if message is None:
                return unknown_resource()
            if message["status"] in ("scheduled", "queued", "sending"):
                return Problem(20009, "Cannot delete this resource before it has completed", 409)
            del self._by_sid[sid]
        return None

    def get(self, sid: str) -> dict[str, Any] | None:
        """Find a message by its SID."""
        message = self._by_sid.get(sid)
        return public(message) if message else None

    def matching(self, query: dict[str, str]) -> list[dict[str, Any]]:
        """List the messages by To, From and the dates they were sent, newest first."""
        with self._lock:
            kept = list(self._by_sid.values())
        return [public(message) for message in reversed(kept) if matches(message, query)]

    def ledger(self) -> list[dict[str, Any]]:
        """List every message with its callbacks, in order of acceptance."""
        with self._lock:
            return [{**message, "callbacks": list(message["callbacks"])} for message in self._by_sid.values()]


def new_message(account_sid: str, form: dict[str, str]) -> dict[str, Any]:
    """Write a message resource as Twilio's specification has it, and what only we need."""
    sid = f"SM{secrets.token_hex(16)}"
    uri = f"/2010-04-01/Accounts/{account_sid}/Messages/{sid}"
    now = format_datetime(datetime.now(UTC))
    body = form.get("Body") or f"{form.get('ContentSid', '')} {form.get('ContentVariables', '')}".strip()
    is_scheduled = "SendAt" in form
    return {
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "body": body,
        "date_created": now,
        "date_sent": None if is_scheduled else now,
        "date_updated": now,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": form.get("From"),
        "messaging_service_sid": form.get("MessagingServiceSid"),
        "num_media": "1" if "MediaUrl" in form else "0",
        "num_segments": str(len(body) // 153 + 1),
        "price": None,
        "price_unit": "USD",
        "sid": sid,
        "status": "scheduled" if is_scheduled else "queued",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": form["To"],
        "uri": f"{uri}.json",
        "status_callback": form.get("StatusCallback", ""),
        "callbacks": [],
    }


def seconds_until(at: str | None) -> float:
    """Say how long a scheduled message waits."""
    return (datetime.fromisoformat(at) - datetime.now(UTC)).total_seconds() if at else 0.0


def public(message: dict[str, Any]) -> dict[str, Any]:
    """Give a message without what Twilio would not show."""
    return {name: value for name, value in message.items() if name not in OWN}


def matches(message: dict[str, Any], query: dict[str, str]) -> bool:
    """Say whether a message answers a list's filters; dates compare as GMT days."""
    is_between = query.get("To", message["to"]) == message["to"]
    is_between = is_between and query.get("From", message["from"]) == message["from"]
    if message["date_sent"] is None:
        return is_between and not any(name.startswith("DateSent") for name in query)
    day = parsedate_to_datetime(message["date_sent"]).date().isoformat()
    return (
        is_between
        and query.get("DateSent", day)[:10] == day
        and day <= query.get("DateSent<", day)[:10]
        and day >= query.get("DateSent>", day)[:10]
    )


def page_of(found: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
    """Cut one page out of a list, with the addresses of its neighbours."""
    size = min(max(request.args.get("PageSize", 50, type=int), 1), 1000)
    number = max(request.args.get("Page", 0, type=int), 0)
    path = request.path.removeprefix("/twilio")
    rows = found[number * size : (number + 1) * size]

    def uri(page: int) -> str:
        return f"{path}?{urlencode({**query, 'PageSize': size, 'Page': page})}"

    return {
        "end": number * size + max(len(rows) - 1, 0),
        "first_page_uri": uri(0),
        "messages": rows,
        "next_page_uri": uri(number + 1) if len(found) > (number + 1) * size else None,
        "page": number,
        "page_size": size,
        "previous_page_uri": uri(number - 1) if number else None,
        "start": number * size,
        "uri": uri(number),
    }


def twilio(settings: SandboxSettings, desk: Desk, messages: Messages) -> Blueprint:
    """Build the routes of api.twilio.com that we fake."""
    routes = Blueprint("twilio", __name__, url_prefix="/twilio")
    watch(routes, desk, refuse)
    consents = Consents()

    @routes.before_request
    def authenticate() -> Response | None:
        given = request.authorization
        pair = f"{given.username}:{given.password}" if given else ""
        wanted = f"{settings.twilio_account_sid}:{settings.twilio_auth_token}"
        is_ours = hmac.compare_digest(pair.encode(), wanted.encode())
        return None if is_ours else error(Problem(20003, "Authenticate", 401))

    @routes.post(f"{PREFIX}/Messages.json")
    def create(account_sid: str) -> Response:
        form = request.form.to_dict()
        problem = not_found(account_sid) or find_problem(form) or consents.refusal(form)
        if problem:
            return error(problem)
        fault = current_fault()
        hold = settings.hold_after_drop if fault and fault.drop else settings.callback_pace
        answer = jsonify(messages.accept(form, hold=hold))
        answer.status_code = 201
        return answer

    @routes.get(f"{PREFIX}/Messages.json")
    def list_(account_sid: str) -> Response:
        problem = not_found(account_sid)
        query = request.args.to_dict()
        return error(problem) if problem else jsonify(page_of(messages.matching(query), query))

    @routes.get(f"{PREFIX}/Messages/<sid>.json")
    def fetch(account_sid: str, sid: str) -> Response:
        message = None if not_found(account_sid) else messages.get(sid)
        return jsonify(message) if message else error(unknown_resource())

    @routes.post(f"{PREFIX}/Messages/<sid>.json")
    def change(account_sid: str, sid: str) -> Response:
        if request.form.get("Status") != "canceled":
            return error(Problem(20001, "Status must be 'canceled'"))
        problem = not_found(account_sid) or messages.cancel(sid)
        return error(problem) if problem else jsonify(messages.get(sid))

    @routes.delete(f"{PREFIX}/Messages/<sid>.json")
    def delete(account_sid: str, sid: str) -> Response:
        problem = not_found(account_sid) or messages.delete(sid)
        return error(problem) if problem else Response(status=204)

    add_studio(routes, settings, error)
    add_consents(routes, consents)

    @routes.route("/<path:path>", methods=ALL_METHODS)
    def unknown(path: str) -> Response:
        return error(unknown_resource())

    def not_found(account_sid: str) -> Problem | None:
        return None if account_sid == settings.twilio_account_sid else unknown_resource()

    return routes


def unknown_resource() -> Problem:
    """Say that there is nothing at this address."""
    path = request.path.removeprefix("/twilio")
    return Problem(20404, f"The requested resource {path} was not found", 404)
