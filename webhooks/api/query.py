"""Read a list's filters from the address, refusing what would be silently ignored."""

from __future__ import annotations

from collections.abc import Iterable

from flask import request

from core.config.nearest import did_you_mean
from core.engine.instant import parse_time
from core.errors import BadRequest
from core.ports import Filter

#: A list of few rows is cut by their number.
MOST_ROWS = 1_000_000
DAYS, MOST_DAYS = 30, 366

FILTERS = ("profile", "trigger", "status", "since", "limit", "cursor")
LIMIT, MOST = 50, 500


def read_filter(statuses: Iterable[str], more: Iterable[str] = ()) -> Filter:
    """Read the filters of a list whose rows have these statuses; ``more`` are filters that other lists lack."""
    given = read_args((*FILTERS, *more))
    return Filter(
        profile=given.get("profile", ""),
        trigger=given.get("trigger", ""),
        status=read_status(given.get("status", ""), statuses),
        since=read_since(given.get("since", "")),
        limit=read_limit(given.get("limit", "")),
        cursor=given.get("cursor", ""),
        destination=given.get("destination", ""),
    )


def read_args(known: Iterable[str]) -> dict[str, str]:
    """Give the address's parameters; unknown and repeated ones are refused."""
    names = tuple(known)
    for name, values in request.args.lists():
        if name not in names:
            raise BadRequest(f"There is no parameter {name!r}.", field=name, hint=did_you_mean(name, names))
        if len(values) > 1:
            raise BadRequest(f"{name} is given more than once.", field=name, hint="Give it once.")
    return request.args.to_dict()


def read_status(text: str, statuses: Iterable[str]) -> str:
    """Read a status of this list."""
    known = tuple(statuses)
    if text and text not in known:
        raise BadRequest(
            f"There is no status {text!r} here.", field="status", hint=f"Use one of {', '.join(known)}."
        )
    return text


def read_since(text: str) -> int | None:
    """Read the time from which to list."""
    if not text:
        return None
    # In an address a plus sign stands for a space: +02:00 arrives as " 02:00".
    since = parse_time(text.replace(" ", "+") if "T" in text else text)
    if since is None:
        raise BadRequest(
            "since is no time.", field="since", hint="Use 2026-01-02T03:04:05Z, or milliseconds since 1970."
        )
    return since


def read_limit(text: str) -> int:
    """Read how many rows to list."""
    return read_number(text, "limit", default=LIMIT, most=MOST)


def read_days(text: str) -> int:
    """Read how many days to look back, today among them."""
    return read_number(text, "days", default=DAYS, most=MOST_DAYS)


def read_number(text: str, name: str, *, default: int, most: int) -> int:
    """Read a whole number from 1 on."""
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise BadRequest(
            f"{name} is not a number from 1 to {most}.", field=name, hint=f"The default is {default}."
        )
    return int(text)


def read_offset(text: str) -> int:
    """Read the cursor of a list that is cut by the number of its rows."""
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= MOST_ROWS):
        raise BadRequest(
            "The cursor is not one that this list gave out.",
            field="cursor",
            hint="Send the `next` of the page before unchanged, or leave it out to start anew.",
        )
    return int(text)
