"""What Salesforce's failures mean: its codes, alike in an answer and in a row, and those of a sign-in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.ports import Outcome, Rejected, RetryLater

if TYPE_CHECKING:
    import requests

TOKEN_PATH = "/services/oauth2/token"  # noqa: S105  # an address, not a secret
SOAP_PATH = "/services/Soap/u/"

#: The daily allowance is a rolling one, so some of it is back before it is all back.
PARKED = 3_600_000

PASSING = {"SERVER_UNAVAILABLE", "PLATFORM_EVENT_PUBLISHING_UNAVAILABLE"}

#: What stands in the way of some records alone: somebody else writes to them, or has much to do for each.
LOCKED = "UNABLE_TO_LOCK_ROW"
LOCKED_WORDS = "Too many SOQL"

#: Limits of the organisation: of its requests, and of its platform events by the hour.
LIMITS = {"REQUEST_LIMIT_EXCEEDED", "LIMIT_EXCEEDED"}
SEVERAL = "several records in Salesforce have this external id; merge them there"

#: SOAP's words for a sign-in that may well succeed later.
SOAP_CODE = re.compile(r"<(?:\w+:)?exceptionCode>(\w+)<")
SOAP_PASSING = {"SERVER_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "UNKNOWN_EXCEPTION"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One of Salesforce's problems; ``matches`` are the records that a duplicate rule found."""

    code: str
    message: str
    matches: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def problems_of(found: Any) -> list[Problem]:
    """Read a list of problems, as an answer or a row of one writes it; anything else is none."""
    return [
        Problem(
            str(one.get("errorCode") or one["statusCode"]), str(one.get("message")), tuple(matches_in(one))
        )
        for one in (found if isinstance(found, list) else ())
        if isinstance(one, Mapping) and ("errorCode" in one or "statusCode" in one)
    ]


def problems_in(response: requests.Response) -> list[Problem]:
    """Read the problems of an answer."""
    try:
        return problems_of(response.json())
    except ValueError:
        return []


def read_problems(found: Sequence[Problem], now: int) -> Outcome | None:
    """Say what problems mean that are more than a plain refusal."""
    said, codes = "; ".join(map(str, found)), {one.code for one in found}
    if codes & LIMITS:
        return RetryLater(f"Salesforce: {said}", until=now + PARKED, throttled=True)
    locked = [one for one in found if one.code == LOCKED or LOCKED_WORDS in one.message]
    if found and all(one.code in PASSING or one in locked for one in found):
        return RetryLater(f"Salesforce asks to try again: {said}", alone=len(locked) == len(found))
    if "DUPLICATE_EXTERNAL_ID" in codes:
        return Rejected(SEVERAL)
    if "DUPLICATES_DETECTED" in codes:
        return Rejected(duplicates(found))
    if any(code.startswith("INSUFFICIENT_ACCESS") for code in codes):
        return Rejected(f"Salesforce refused it: {said}")
    return None


def read_row_problems(found: Sequence[Problem], now: int) -> Outcome:
    """Say what the problems of one row mean."""
    return read_problems(found, now) or Rejected(f"Salesforce refused it: {'; '.join(map(str, found))}")


def read_answer_problems(response: requests.Response, outcome: Outcome, now: int) -> Outcome:
    """Say what an answer's problems mean; ``outcome`` is what its status says."""
    if response.status_code == 300:
        return Rejected(SEVERAL)
    found = problems_in(response)
    said = "; ".join(map(str, found))
    otherwise = replace(outcome, reason=f"{outcome.reason} ({said})" if said else outcome.reason)
    return read_problems(found, now) or otherwise


def duplicates(found: Sequence[Problem]) -> str:
    """Explain a duplicate rule's refusal by the records it found."""
    ids = ", ".join(dict.fromkeys(match for one in found for match in one.matches))
    return (
        f"a duplicate rule of Salesforce found the same person in {ids or 'records it does not name'}: "
        "write this external id there, or merge them"
    )


def matches_in(value: Any) -> Iterator[str]:
    """Give the ids of the records that a duplicate rule names, wherever the answer keeps them."""
    if isinstance(value, list):
        for one in value:
            yield from matches_in(one)
    elif isinstance(value, Mapping):
        record = value.get("record")
        if isinstance(record, Mapping) and record.get("Id"):
            yield str(record["Id"])
        for one in value.values():
            yield from matches_in(one)


def is_sign_in(response: requests.Response) -> bool:
    """Say whether an answer is one to the sign-in."""
    path = urlsplit(response.request.url or "").path
    return path.endswith(TOKEN_PATH) or SOAP_PATH in path


def read_sign_in(response: requests.Response, outcome: Outcome, names: str) -> Outcome:
    """Tell an outage of the sign-in from credentials that are refused."""
    from connectors.transport import json_object  # requests is slow to import

    status, code = response.status_code, SOAP_CODE.search(response.text)
    refused = code is not None and code[1] not in SOAP_PASSING
    if not refused and (status >= 500 or status in (408, 425, 429)):
        return outcome if isinstance(outcome, RetryLater) else RetryLater(f"{outcome.reason} at the sign-in")
    body = json_object(response)
    said = f"{body.get('error')}: {body.get('error_description')}" if body else f"status {status}"
    return RetryLater(
        f"Salesforce refused the sign-in with {code[1] if code else said} (check {names})", pause=True
    )
