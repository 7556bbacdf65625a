"""A fake of SendGrid: it takes mail as SendGrid does, keeps its lists of those who want none, and forgets people."""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from typing import Any

import msgspec
from flask import Blueprint, Response, jsonify, request

from cuewire.sandbox.faults import Fault
from cuewire.sandbox.ledger import iso_now
from cuewire.sandbox.sendgrid_rules import Problem, addresses, find_problem
from cuewire.sandbox.settings import SandboxSettings
from cuewire.sandbox.vendor import ALL_METHODS, Desk, answer_as_asked, watch

#: The list that keeps every mail away; groups have numbers.
EVERYTHING = "global"
WINDOW_S = 60
WINDOW_LIMIT = 600


class Post:
    """The mails that were taken, and the addresses that get none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mails: list[dict[str, Any]] = []
        self._suppressed: set[tuple[str, str]] = set()

    def accept(self, body: dict[str, Any]) -> str:
        """Keep a mail for each recipient and give the id that all of them share."""
        message_id = secrets.token_urlsafe(16)
        group = str((body.get("asm") or {}).get("group_id", EVERYTHING))
        with self._lock:
            for envelope in body["personalizations"]:
                for to in addresses(envelope.get("to")):
                    self._mails.append({**mail(body, envelope), "to": to, "id": message_id})
                    if {(EVERYTHING, to.lower()), (group, to.lower())} & self._suppressed:
                        self._mails[-1]["status"] = "dropped"
        return message_id

    def suppress(self, group: str, emails: list[str]) -> None:
        """Keep mail of a group away from addresses."""
        with self._lock:
            self._suppressed |= {(group, email.lower()) for email in emails}

    def allow(self, group: str, email: str) -> bool:
        """Take an address off a list; says whether it was there."""
        with self._lock:
            was_there = (group, email.lower()) in self._suppressed
            self._suppressed.discard((group, email.lower()))
            return was_there

    def erase(self, emails: list[str]) -> None:
        """Forget the mails to some addresses."""
        gone = {email.lower() for email in emails}
        with self._lock:
            self._mails = [one for one in self._mails if one["to"].lower() not in gone]

    def mails(self) -> list[dict[str, Any]]:
        """List the mails, oldest first."""
        with self._lock:
            return list(self._mails)

    def suppressed(self) -> list[dict[str, str]]:
        """List the addresses that get no mail, with their group."""
        with self._lock:
            return [{"group": group, "email": email} for group, email in sorted(self._suppressed)]


def mail(body: dict[str, Any], envelope: dict[str, Any]) -> dict[str, Any]:
    """Show what matters of a mail."""
    return {
        "at": iso_now(),
        "from": body["from"]["email"],
        "subject": envelope.get("subject") or body.get("subject") or "",
        "template_id": body.get("template_id") or "",
        "template_data": envelope.get("dynamic_template_data") or {},
        "content": {one["type"]: one["value"] for one in body.get("content") or []},
        "headers": {**(body.get("headers") or {}), **(envelope.get("headers") or {})},
        "custom_args": envelope.get("custom_args") or {},
        "categories": body.get("categories") or [],
        "status": "processed",
    }


def error(problem: Problem) -> Response:
    """Write an error as SendGrid's API does."""
    answer = jsonify(errors=[{"message": problem.message, "field": problem.field, "help": None}])
    answer.status_code = problem.status
    return answer


def rate_headers(remaining: int, reset: int) -> dict[str, str]:
    """Write the three headers; the reset is in epoch seconds."""
    return {
        "X-RateLimit-Limit": str(WINDOW_LIMIT),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(reset),
    }


def refuse(fault: Fault) -> Response:
    """Answer a fault, as a rate limit where that was asked."""
    status = fault.status or 429
    problem = Problem("too many requests" if status == 429 else "internal error", status=status)
    answer = answer_as_asked(fault, error(problem).get_json())
    if fault.rate_limit:
        answer.headers.update(rate_headers(0, fault.rate_limit.reset_at()))
    return answer


def sendgrid(settings: SandboxSettings, desk: Desk, post: Post) -> Blueprint:
    """Build the routes of api.sendgrid.com that we fake."""
    routes = Blueprint("sendgrid", __name__, url_prefix="/sendgrid")
    watch(routes, desk, refuse)

    @routes.before_request
    def authenticate() -> Response | None:
        given = request.authorization
        token = (given.token or "") if given and given.type == "bearer" else ""
        if hmac.compare_digest(token.encode(), settings.sendgrid_api_key.encode()):
            return None
        return error(Problem("The provided authorization grant is invalid, expired, or revoked", status=401))

    @routes.post("/v3/mail/send")
    def send() -> Response:
        body = read_json()
        problem = find_problem(body)
        if problem:
            return error(problem)
        reset = (int(time.time()) // WINDOW_S + 1) * WINDOW_S
        headers = {"X-Message-Id": post.accept(body), **rate_headers(WINDOW_LIMIT - 1, reset)}
        return Response(status=202, headers=headers)

    add_lists(routes, post)

    @routes.route("/<path:path>", methods=ALL_METHODS)
    def unknown(path: str) -> Response:
        return error(Problem(f"There is no endpoint /{path} here", status=404))

    return routes


def add_lists(routes: Blueprint, post: Post) -> None:
    """Add the routes of those who want no mail, and of those who are forgotten."""

    @routes.post("/v3/asm/suppressions/global", defaults={"group": EVERYTHING})
    @routes.post("/v3/asm/groups/<int:group>/suppressions")
    def suppress(group: int | str) -> tuple[Response, int] | Response:
        emails = emails_of(read_json(), "recipient_emails")
        if isinstance(emails, Problem):
            return error(emails)
        post.suppress(str(group), emails)
        return jsonify(recipient_emails=emails), 201

    @routes.delete("/v3/asm/suppressions/global/<email>", defaults={"group": EVERYTHING})
    @routes.delete("/v3/asm/groups/<int:group>/suppressions/<email>")
    def allow(group: int | str, email: str) -> Response:
        if post.allow(str(group), email):
            return Response(status=204)
        return error(Problem("The address is not on this list", status=404))

    @routes.post("/v3/recipients/erasejob")
    def erase() -> tuple[Response, int] | Response:
        emails = emails_of(read_json(), "email_addresses")
        if isinstance(emails, Problem):
            return error(emails)
        post.erase(emails)
        return jsonify(job_id=secrets.token_hex(13)), 202


def emails_of(body: Any, name: str) -> list[str] | Problem:
    """Read a list of addresses."""
    emails = body.get(name) if isinstance(body, dict) else None
    if not isinstance(emails, list) or not emails:
        return Problem(f"{name} is required and must hold an address", field=name)
    found = addresses([{"email": email} for email in emails])
    return found if len(found) == len(emails) else Problem("invalid email address", field=name)


def read_json() -> Any:
    """Read the request's body; nothing where it is no JSON."""
    try:
        return msgspec.json.decode(request.get_data())
    except msgspec.DecodeError:
        return None
