"""Every error the product raises on purpose, sorted by who must act.

CuewireError
├── SenderError          the caller sent something wrong: a 4xx with its field
│   ├── BadRequest           400
│   ├── Unauthorised         401
│   ├── Forbidden            403
│   ├── NotFound             404
│   ├── TooSlow              408
│   ├── Conflict             409
│   ├── TooLarge             413
│   ├── WrongMediaType       415
│   └── Busy                 503, with Retry-After
│       └── Throttled            429, with Retry-After
├── AdminError           a mapping file is wrong: file, line, column and hint
│   └── FormulaError         a formula or template does not compile
└── OperatorError        settings or the store: what to set or repair
    └── StoreError           the store cannot be opened or written
"""

from __future__ import annotations


class CuewireError(Exception):
    """Carry a stable code, one sentence saying what is wrong, and one saying what to do."""

    code = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class SenderError(CuewireError):
    """Say that the caller must change the request."""

    status = 400

    def __init__(self, message: str, *, field: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.field = field


class BadRequest(SenderError):
    """Refuse a body that is not JSON, not the route's shape, or has a bad field."""

    code = "bad_request"


class Unauthorised(SenderError):
    """Refuse a missing or wrong key or signature."""

    code = "unauthorised"
    status = 401


class Forbidden(SenderError):
    """Refuse a key that is good, but not for this."""

    code = "forbidden"
    status = 403


class NotFound(SenderError):
    """Say that nothing by that name or id is known here."""

    code = "not_found"
    status = 404


class TooSlow(SenderError):
    """Refuse a body that does not come to its end."""

    code = "too_slow"
    status = 408


class Conflict(SenderError):
    """Refuse a repeated Idempotency-Key that carries another body."""

    code = "conflict"
    status = 409


class TooLarge(SenderError):
    """Refuse a body over the limit of its route."""

    code = "too_large"
    status = 413


class WrongMediaType(SenderError):
    """Refuse an encoding that cannot be read here."""

    code = "unsupported_media_type"
    status = 415


class Busy(SenderError):
    """Ask the caller to come back after ``retry_after`` seconds."""

    code = "busy"
    status = 503

    def __init__(self, message: str, *, retry_after: int = 1, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class Throttled(Busy):
    """Ask the holder of a key to send more slowly."""

    code = "too_many_requests"
    status = 429


class AdminError(CuewireError):
    """Point at the place in a mapping file that must change."""

    code = "mapping"


class FormulaError(AdminError):
    """Say at which column (from 1) of its text a formula or template is wrong."""

    code = "formula"

    def __init__(self, message: str, *, column: int = 1, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.column = column


class OperatorError(CuewireError):
    """Say what the person who runs the server must set or repair."""

    code = "operator"


class StoreError(OperatorError):
    """Say why the store cannot be opened or written."""

    code = "store"
