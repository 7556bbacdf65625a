"""Twilio's status callbacks: what became of a message, signed with the Auth Token."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qs, parse_qsl, urlsplit, urlunsplit

import structlog
from flask import Blueprint, Response, request

from core.errors import BadRequest, Unauthorised
from core.ports import Delivered, Rejected
from core.secret import Secret
from webhooks.metrics import Tally
from webhooks.receiver import read_body
from webhooks.services import Services
from webhooks.signatures import hmac_base64, is_same, wrong_signature

log = structlog.get_logger()

PATH = "/callbacks/twilio/status"
HEADER = "X-Twilio-Signature"
SHARED_KEY_HEADER = "X-Twilio-Webhooks-Signature-Settings"
PORTS = {"https": 443, "http": 80}

#: What Twilio says after it has taken the message; none of these needs anything more from us.
TAKEN = frozenset(
    ("accepted", "scheduled", "queued", "sending", "sent", "delivered", "partially_delivered", "read")
)
#: What it says last; callbacks arrive out of order.
REACHED = frozenset(("delivered", "read"))
FAILED = frozenset(("failed", "undelivered", "canceled"))

#: The error of a number that has told Twilio to be left alone.
OPTED_OUT = "21610"


class TwilioCallbacks:
    """Take the word of Twilio on our deliveries."""

    def __init__(self, services: Services, tally: Tally) -> None:
        self.services = services
        self.tally = tally

    def routes(self) -> Blueprint:
        """Give the status route."""
        routes = Blueprint("twilio_callbacks", __name__)
        routes.add_url_rule(PATH, "status", self.status, methods=["POST"])
        return routes

    def status(self) -> Response:
        """Settle the delivery that the address names; repeats and late arrivals change nothing."""
        body = read_body(request.environ, self.services.limits.callback)
        query = request.environ.get("QUERY_STRING", "")
        params = parse_form(body)
        delivery_id = dict(parse_qsl(query)).get("delivery", "")
        self.verify(delivery_id, query, params, body)
        if not delivery_id:
            raise BadRequest("The address names no delivery.", field="delivery", hint="Call ?delivery=ID.")
        self.settle(delivery_id, dict(params))
        return Response(status=200)

    def verify(self, delivery_id: str, query: str, params: list[tuple[str, str]], body: bytes) -> None:
        """Refuse what the Auth Token of the delivery's own Twilio account did not sign."""
        row = self.services.reader.delivery(delivery_id) if delivery_id else None
        instance = row.destination if row else "twilio"
        check_signature(self.services, instance, PATH + (f"?{query}" if query else ""), params, body=body)

    def settle(self, delivery_id: str, params: dict[str, str]) -> None:
        """Hand the vendor's word over; an unknown delivery or status is counted and logged, not refused."""
        self.tally.callbacks.inc()
        status = params.get("MessageStatus") or params.get("SmsStatus", "")
        outcome = outcome_of(status, params.get("ErrorCode", ""))
        if outcome is None:
            log.warning(
                "callback_status_unknown", callback="twilio", status=status[:40], delivery=delivery_id
            )
        elif not self.services.settle(delivery_id, outcome, params.get("MessageSid", ""), status):
            self.tally.strays.inc()
            log.warning("callback_delivery_unknown", callback="twilio", delivery=delivery_id[:80])


def read_signed(services: Services, path: str, instance: str) -> tuple[bytes, dict[str, str]]:
    """Read a form that the Auth Token of a Twilio account has signed."""
    body = read_body(request.environ, services.limits.callback)
    query = request.environ.get("QUERY_STRING", "")
    params = parse_form(body)
    check_signature(services, instance, path + (f"?{query}" if query else ""), params, body=body)
    return body, dict(params)


def check_signature(
    services: Services, instance: str, address: str, params: list[tuple[str, str]], *, body: bytes
) -> None:
    """Refuse what the Auth Token of a Twilio account did not sign; ``address`` is below the public one."""
    if request.headers.get(SHARED_KEY_HEADER):
        raise Unauthorised(
            "This is signed with a shared key.", field=SHARED_KEY_HEADER, hint="Sign with the Auth Token."
        )
    secret = services.secrets(instance, "auth_token")
    if not secret:
        log.warning("callback_without_secret", callback="twilio", setting="CUEWIRE_TWILIO_AUTH_TOKEN")
    url = services.public_url.rstrip("/") + address
    given = request.environ.get("HTTP_X_TWILIO_SIGNATURE", "")
    if not is_signed(secret, url, params, body=body, given=given):
        raise wrong_signature(HEADER)


def outcome_of(status: str, error_code: str) -> Delivered | Rejected | None:
    """Read Twilio's word; None for one that is not in its documentation."""
    if status in TAKEN:
        return Delivered(status, is_final=status in REACHED)
    if status in FAILED:
        reason = f"{status} (error {error_code})" if error_code else status
        return Rejected(reason, opted_out=error_code == OPTED_OUT)
    return None


def parse_form(body: bytes) -> list[tuple[str, str]]:
    """Read the form's pairs as they came: untrimmed, empty ones too."""
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=500)
    except ValueError as error:
        raise BadRequest("This is no form.", field="body", hint="Send the form that Twilio sends.") from error


def is_signed(
    secret: Secret,
    url: str,
    params: Iterable[tuple[str, str]],
    *,
    body: bytes,
    given: str,
    algorithm: str = "sha1",
) -> bool:
    """Tell whether a valid token signed this request, its port written out in the address or not."""
    pairs = list(params)
    digest = parse_qs(urlsplit(url).query).get("bodySHA256", [""])[0]
    if digest:  # a JSON body is covered by its hash in the address, and no parameters are
        if not is_same(hashlib.sha256(body).hexdigest(), digest.lower()):
            return False
        pairs = []
    messages = [message_of(one, pairs) for one in spellings(url)]
    return any(
        is_same(hmac_base64(algorithm, token, message), given)
        for token in secret.accepted()
        for message in messages
    )


def message_of(url: str, params: Iterable[tuple[str, str]]) -> bytes:
    """Give what Twilio signs: the address, then each name and value, sorted, repeated pairs once."""
    return (url + "".join(name + value for name, value in sorted(set(params)))).encode()


def spellings(url: str) -> Iterator[str]:
    """Yield the address with its port and without."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    yield url
    other = host if parts.port else f"{host}:{PORTS.get(parts.scheme, 443)}"
    yield urlunsplit((parts.scheme, other, parts.path, parts.query, ""))
