"""What a fake Twilio is told of people's consent, and heeds when it is asked to write to them."""

from __future__ import annotations

import json
import threading
from typing import Any

from flask import Blueprint, Response, jsonify, request

from cuewire.sandbox.twilio_rules import E164, Problem

PATH = "/v1/Consents/Bulk"
STATES = ("opt-in", "opt-out")
REFUSED = 30646


class Consents:
    """The last word of each number to each sender."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said: dict[tuple[str, str], str] = {}

    def take(self, item: dict[str, Any]) -> dict[str, Any]:
        """Take one person's word, and say what became of it."""
        wrong = [
            said
            for said, is_wrong in (
                ("INVALID_CONTACT_ID", not E164.fullmatch(str(item.get("contact_id")))),
                ("INVALID_SENDER_ID", not item.get("sender_id")),
                ("INVALID_STATUS", item.get("status") not in STATES),
            )
            if is_wrong
        ]
        if not wrong:
            with self._lock:
                self._said[item["contact_id"], item["sender_id"]] = item["status"]
        return {
            "correlation_id": item.get("correlation_id"),
            "error_code": REFUSED if wrong else 0,
            "error_messages": wrong,
        }

    def refusal(self, form: dict[str, str]) -> Problem | None:
        """Refuse a message to somebody who wants none from this sender."""
        sender = form.get("MessagingServiceSid") or form.get("From", "")
        with self._lock:
            said = self._said.get((form.get("To", ""), sender))
        return Problem(21610, "Attempt to send to unsubscribed recipient") if said == "opt-out" else None


def add_consents(routes: Blueprint, consents: Consents) -> None:
    """Add the route of accounts.twilio.com that takes what people said."""

    @routes.post(PATH)
    def bulk() -> tuple[Response, int]:
        return jsonify(items=[consents.take(one) for one in items_of(request.form.getlist("Items"))]), 201


def items_of(texts: list[str]) -> list[dict[str, Any]]:
    """Read the items, each a JSON object; what is none is refused as nobody's."""
    found = []
    for text in texts:
        try:
            read = json.loads(text)
        except ValueError:
            read = {}
        found.append(read if isinstance(read, dict) else {})
    return found
