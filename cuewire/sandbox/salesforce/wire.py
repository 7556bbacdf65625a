"""How the fake Salesforce writes: its errors, alike in an answer and in a row of one, and its limit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
from flask import Response, jsonify, request

from cuewire.sandbox.contacts import Book, Contacts, Row
from cuewire.sandbox.faults import Fault
from cuewire.sandbox.vendor import answer_as_asked

#: What ids of an object begin with; those that are not named here are an organisation's own.
PREFIXES = {"Contact": "003", "Lead": "00Q", "Task": "00T", "CampaignMember": "00v", "Campaign": "701"}
OWN_OBJECT = "a00"


@dataclass(frozen=True)
class Problem:
    """Why Salesforce refuses a record."""

    code: str
    message: str
    fields: tuple[str, ...] = ()
    status: int = 400
    more: dict[str, Any] = field(default_factory=dict)

    def as_answer(self) -> Response:
        """Write it as an answer of its own."""
        named = {"fields": list(self.fields)} if self.status == 400 else {}
        answer = jsonify([{"message": self.message, "errorCode": self.code, **named, **self.more}])
        answer.status_code = self.status
        return answer

    def as_row(self) -> Row:
        """Write it as the row of a collection."""
        told = {"statusCode": self.code, "message": self.message, "fields": list(self.fields), **self.more}
        return {"success": False, "errors": [told]}


def new_contacts() -> Contacts:
    """Keep contacts under ids as Salesforce writes them."""
    return Contacts("salesforce", lambda number: new_id("Contact", number))


def new_book() -> Book:
    """Keep every other object under ids of its own."""
    return Book("salesforce", new_id)


def new_id(kind: str, number: int) -> str:
    """Write an id of 18 characters."""
    return f"{PREFIXES.get(kind, OWN_OBJECT)}{number:012d}AAA"


def not_found() -> Response:
    """Say that there is no such address or record."""
    return Problem("NOT_FOUND", "The requested resource does not exist", status=404).as_answer()


def read_json() -> Any:
    """Read the request's body; nothing where it is no JSON."""
    try:
        return msgspec.json.decode(request.get_data())
    except msgspec.DecodeError:
        return None


def refuse(fault: Fault) -> Response:
    """Answer a fault; its limit is a 403, as Salesforce knows no 429."""
    if not fault.rate_limit:
        return answer_as_asked(fault, problem_list("UNKNOWN_EXCEPTION", "An unexpected error occurred"))
    answer = answer_as_asked(fault, problem_list("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."))
    answer.status_code = fault.status or 403
    return answer


def problem_list(code: str, message: str) -> list[Row]:
    """Write a list of one problem."""
    return [{"message": message, "errorCode": code}]
