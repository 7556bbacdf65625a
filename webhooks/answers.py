"""How answers look: JSON, and one shape for every error."""

from __future__ import annotations

from typing import Any

import msgspec
import structlog
from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from core.errors import Busy, CuewireError, OperatorError, SenderError, Unauthorised
from webhooks.metrics import Tally
from webhooks.verdicts import note_refusal

log = structlog.get_logger()

_encoder = msgspec.json.Encoder()

CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type"}
MESSAGES = {404: "There is no such route.", 405: "This route does not take this method."}
HINTS = {404: "/docs lists every route.", 405: "The Allow header names the methods."}

#: Seconds after which a sender may come again when the store cannot be written.
STORE_PAUSE = 5


def json_answer(value: Any, status: int = 200) -> Response:
    """Give a value as JSON."""
    return Response(_encoder.encode(value), status=status, mimetype="application/json")


def error_answer(status: int, *, code: str, message: str, field: str = "", hint: str = "") -> Response:
    """Give an error in the one shape that all errors have."""
    error = {"code": code, "message": message}
    error |= {name: text for name, text in (("field", field), ("hint", hint)) if text}
    return json_answer({"error": error}, status)


def answer_errors(app: Flask, tally: Tally) -> None:
    """Turn every error into its answer: the sender's own, the operator's, the framework's and bugs."""

    def refuse(error: SenderError) -> Response:
        if error.status < 500:
            tally.refused.inc()
        return refusal(error)

    app.register_error_handler(SenderError, refuse)
    app.register_error_handler(OperatorError, unavailable)
    app.register_error_handler(HTTPException, of_framework)
    app.register_error_handler(CuewireError, bug)
    app.register_error_handler(500, bug)


def refusal(error: SenderError) -> Response:
    """Say what the sender must change, or when to come again."""
    note_refusal(error)
    answer = error_answer(
        error.status, code=error.code, message=error.message, field=error.field, hint=error.hint
    )
    if isinstance(error, Busy):
        answer.headers["Retry-After"] = str(error.retry_after)
    elif isinstance(error, Unauthorised):
        answer.headers["WWW-Authenticate"] = 'Bearer realm="cuewire"'
    return answer


def unavailable(error: OperatorError) -> Response:
    """Ask the sender to come again: what is wrong here is not the sender's to mend."""
    log.error("request_not_stored", code=error.code, reason=error.message)
    note_refusal(error)
    answer = error_answer(
        503, code=error.code, message="Nothing can be stored at the moment.", hint="Send it again."
    )
    answer.headers["Retry-After"] = str(STORE_PAUSE)
    return answer


def of_framework(error: HTTPException) -> Response:
    """Word the framework's own errors as ours; its headers (``Allow``) stay."""
    status = error.code or 500
    code = CODES.get(status, "bad_request" if status < 500 else "internal")
    answer = error_answer(
        status,
        code=code,
        message=MESSAGES.get(status, error.description or error.name),
        hint=HINTS.get(status, ""),
    )
    for name, value in error.get_response().headers:
        if name.lower() not in ("content-type", "content-length"):
            answer.headers[name] = value
    return answer


def bug(error: Exception) -> Response:
    """Answer without details; the log has them."""
    cause = getattr(error, "original_exception", None) or error
    log.error("request_failed", exc_info=cause)
    return error_answer(
        500,
        code="internal",
        message="Something is wrong on this side.",
        hint="Send it again; the log has the details.",
    )
