"""A fake of Salesforce's REST API: sign-in by client credentials, contacts by an external id."""

from __future__ import annotations

import hmac
import re
import secrets
import threading
import time
from typing import Any

import msgspec
from flask import Blueprint, Response, jsonify, request

from cuewire.sandbox.contacts import Contacts, Row
from cuewire.sandbox.faults import Fault
from cuewire.sandbox.settings import SandboxSettings
from cuewire.sandbox.vendor import ALL_METHODS, Desk, answer_as_asked, watch

INSTANCE = "https://sandbox.my.salesforce.com"
CONTACT = "/services/data/v<version>/sobjects/Contact/<field>/<path:value>"

#: Standard fields of a contact; others exist here when they are named as custom fields and relations are.
STANDARD = re.compile(
    "FirstName|LastName|Email|Phone|MobilePhone|Title|Department|LeadSource|Description|Birthdate|Salutation"
    "|MailingStreet|MailingCity|MailingState|MailingPostalCode|MailingCountry|HasOptedOutOfEmail|Account"
)
CUSTOM = re.compile(r"[A-Za-z]\w*__[cr]", re.ASCII)


def new_contacts() -> Contacts:
    """Keep contacts under ids as Salesforce writes them."""
    return Contacts("salesforce", lambda number: f"003{number:012d}AAA")


def error(status: int, code: str, message: str, fields: list[str] | None = None) -> Response:
    """Write an error as Salesforce's REST API does: a list of one."""
    problem = {"message": message, "errorCode": code, **({} if fields is None else {"fields": fields})}
    answer = jsonify([problem])
    answer.status_code = status
    return answer


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


class Sessions:
    """The sessions that were opened and are not over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: set[str] = set()

    def start(self) -> str:
        """Open one, and give its token."""
        token = f"00D{secrets.token_hex(24)}"
        with self._lock:
            self._open.add(token)
        return token

    def end_all(self) -> None:
        """End every session, as an administrator can."""
        with self._lock:
            self._open.clear()

    def is_open(self, token: str) -> bool:
        """Say whether a token is good."""
        with self._lock:
            return token in self._open


def upsert(field: str, value: str, body: Any, contacts: Contacts) -> Response:
    """Create or update the contact with this external id."""
    if not CUSTOM.fullmatch(field):
        return error(
            404, "NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {field}"
        )
    if not isinstance(body, dict):
        return error(400, "JSON_PARSER_ERROR", "The body is not a JSON object")
    unknown = [name for name in body if not STANDARD.fullmatch(name) and not CUSTOM.fullmatch(name)]
    if unknown or field in body:
        name = (unknown or [field])[0]
        return error(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type Contact", [])
    key = f"{field}/{value}"
    known = contacts.get(key)
    if not known and not body.get("LastName"):
        return error(400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", ["LastName"])
    contact, is_new = contacts.upsert(key, {**body, field: value})
    answer = jsonify(id=contact["id"], success=True, errors=[], created=is_new)
    answer.status_code = 201 if is_new else 200
    return answer


def salesforce(settings: SandboxSettings, desk: Desk, contacts: Contacts, sessions: Sessions) -> Blueprint:
    """Build the routes of one organisation that we fake."""
    routes = Blueprint("salesforce", __name__, url_prefix="/salesforce")
    watch(routes, desk, refuse)
    add_sign_in(routes, settings, sessions=sessions)
    add_contacts(routes, contacts)

    @routes.route("/<path:path>", methods=ALL_METHODS)
    def unknown(path: str) -> Response:
        return error(404, "NOT_FOUND", "The requested resource does not exist")

    return routes


def add_sign_in(routes: Blueprint, settings: SandboxSettings, *, sessions: Sessions) -> None:
    """Let nobody past without a session, and open one for who has the consumer's key and secret."""

    @routes.before_request
    def authenticate() -> Response | None:
        given = request.authorization
        if request.path.endswith("/services/oauth2/token"):
            return None
        token = (given.token or "") if given and given.type == "bearer" else ""
        is_good = sessions.is_open(token)
        return None if is_good else error(401, "INVALID_SESSION_ID", "Session expired or invalid")

    @routes.post("/services/oauth2/token")
    def sign_in() -> Response:
        given = request.authorization
        pair = f"{given.username}:{given.password}" if given else ""
        wanted = f"{settings.salesforce_consumer_key}:{settings.salesforce_consumer_secret}"
        if request.form.get("grant_type") != "client_credentials":
            return sign_in_error("unsupported_grant_type", "grant type not supported")
        if not hmac.compare_digest(pair.encode(), wanted.encode()):
            return sign_in_error("invalid_client", "invalid client credentials")
        return signed_in(sessions)


def add_contacts(routes: Blueprint, contacts: Contacts) -> None:
    """Write and read a contact by its external id."""

    @routes.patch(CONTACT)
    def write(version: str, field: str, value: str) -> Response:
        try:
            body = msgspec.json.decode(request.get_data())
        except msgspec.DecodeError:
            body = None
        return upsert(field, value, body, contacts)

    @routes.get(CONTACT)
    def fetch(version: str, field: str, value: str) -> Response:
        contact = contacts.get(f"{field}/{value}")
        if contact is None:
            return error(404, "NOT_FOUND", "The requested resource does not exist")
        return jsonify(Id=contact["id"], **contact["fields"])


def signed_in(sessions: Sessions) -> Response:
    """Open a session, and tell of it as OAuth does."""
    told = {
        "token_type": "Bearer",
        "issued_at": str(time.time_ns() // 1_000_000),
        "id": "https://login.salesforce.com/id/00D000000000001EAA/005000000000001AAA",
        "signature": "sandbox",
        "scope": "api",
    }
    return jsonify(access_token=sessions.start(), instance_url=INSTANCE, **told)


def sign_in_error(code: str, message: str) -> Response:
    """Refuse a sign-in as OAuth writes it."""
    answer = jsonify(error=code, error_description=message)
    answer.status_code = 400
    return answer
