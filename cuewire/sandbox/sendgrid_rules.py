"""What SendGrid asks of a mail, from its documentation alone."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

MOST_RECIPIENTS = 1000
MOST_CATEGORIES = 10
ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")


class Problem(NamedTuple):
    """Why a request is refused."""

    message: str
    field: str | None = None
    status: int = 400


def addresses(given: Any) -> list[str]:
    """Give the valid addresses of a list of recipients."""
    rows = [row.get("email") for row in given if isinstance(row, dict)] if isinstance(given, list) else []
    return [row for row in rows if isinstance(row, str) and ADDRESS.fullmatch(row)]


def find_problem(body: Any) -> Problem | None:
    """Say what is wrong with a mail; None when it is taken."""
    if not isinstance(body, dict):
        return Problem("Bad Request")
    envelopes = body.get("personalizations")
    if (
        not isinstance(envelopes, list)
        or not envelopes
        or not all(isinstance(one, dict) for one in envelopes)
    ):
        return Problem(
            "The personalizations field is required and must have at least one personalization.",
            "personalizations",
        )
    return (
        problem_of_people(body, envelopes)
        or problem_of_content(body, envelopes)
        or problem_of_rest(body, envelopes)
    )


def problem_of_people(body: dict[str, Any], envelopes: list[dict[str, Any]]) -> Problem | None:
    """Judge sender and recipients: each address stands once in a request."""
    if not addresses([body.get("from")]):
        return Problem("The from object must be provided for every email send.", "from.email")
    known: set[str] = set()
    for index, envelope in enumerate(envelopes):
        to = envelope.get("to")
        found = addresses(to)
        if not isinstance(to, list) or not to or len(found) != len(to):
            return Problem("Does not contain a valid address.", f"personalizations.{index}.to")
        if known & {one.lower() for one in found}:
            return Problem("Each email address must be unique.", f"personalizations.{index}")
        known |= {one.lower() for one in found}
    return Problem("Too many recipients", "personalizations") if len(known) > MOST_RECIPIENTS else None


def problem_of_content(body: dict[str, Any], envelopes: list[dict[str, Any]]) -> Problem | None:
    """Judge subject and body, which a template brings along."""
    if body.get("template_id"):
        return None
    if not body.get("subject") and not all(envelope.get("subject") for envelope in envelopes):
        return Problem("The subject is required.", "subject")
    content = body.get("content")
    if not isinstance(content, list) or not content:
        return Problem("The content field is required.", "content")
    kinds = [one.get("type") if isinstance(one, dict) and one.get("value") else None for one in content]
    if None in kinds:
        return Problem("The content value must be a string at least one character in length.", "content")
    is_ordered = "text/plain" not in kinds or kinds[0] == "text/plain"
    return None if is_ordered else Problem("The text/plain body must come first.", "content")


def problem_of_rest(body: dict[str, Any], envelopes: list[dict[str, Any]]) -> Problem | None:
    """Judge what SendGrid adds to a mail."""
    names = body.get("categories") or []
    are_texts = isinstance(names, list) and all(isinstance(name, str) for name in names)
    if not are_texts or len(names) > MOST_CATEGORIES or len(set(names)) < len(names):
        return Problem("There are too many categories, or one twice.", "categories")
    for part in (body, *envelopes):
        for name in ("headers", "custom_args", "dynamic_template_data"):
            if not isinstance(part.get(name) or {}, dict):
                return Problem(f"{name} must be an object.", name)
    asm = body.get("asm")
    if asm is not None and not (isinstance(asm, dict) and isinstance(asm.get("group_id"), int)):
        return Problem("The asm group_id must be an integer.", "asm.group_id")
    return None
