"""HTTP as every destination speaks it: one kind of session, and how its failures are read.

Kept apart from ``base`` because ``requests`` is slow to import and the loader only needs descriptions.
"""

from __future__ import annotations

import io
import json
import ssl
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
import urllib3
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from connectors.setting import is_loopback
from core.ports import Outcome, Rejected, RetryLater, Unknown
from core.trace import place_of

#: Seconds to connect, and to wait for each part of the answer.
TIMEOUT = (3.05, 10.0)
LONGEST_WAIT = 24 * 3_600_000

#: What is less is no moment in milliseconds (this one is in 2001) but a length of time.
EARLIEST_MOMENT = 1_000_000_000_000


class Bearer(requests.auth.AuthBase):
    """Send a bearer token; as a plain header, requests would let ~/.netrc replace it."""

    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the token on the request."""
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class OneHost(requests.adapters.HTTPAdapter):
    """Carry requests for one host to a base URL, and refuse any other, for SDKs with built-in addresses.

    A host that begins with a dot stands for every host below it; without a base URL, addresses stay as they are.
    """

    def __init__(self, host: str, base_url: str) -> None:
        super().__init__()
        self.host = host
        self.base = urlsplit(base_url)

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Put the request's path behind the base URL; no request is without a timeout."""
        asked = urlsplit(request.url or "")
        if not self.is_ours(asked.hostname or ""):
            raise requests.exceptions.InvalidURL(f"this destination has no business at {asked.hostname}")
        if self.base.netloc:
            path = self.base.path.rstrip("/") + asked.path
            request.url = urlunsplit((self.base.scheme, self.base.netloc, path, asked.query, ""))
        options["timeout"] = options.get("timeout") or TIMEOUT
        return super().send(request, *args, **options)

    def is_ours(self, host: str) -> bool:
        """Say whether this destination may talk to a host."""
        return host == self.host or (self.host.startswith(".") and host.endswith(self.host))


def open_session(base_url: str) -> requests.Session:
    """Open a session that raises for every answer but 2xx; proxies are not asked about this machine."""
    session = requests.Session()
    session.trust_env = not is_loopback(base_url)
    session.hooks["response"].append(only_success)
    return session


def only_success(response: requests.Response, *_args: Any, **_options: Any) -> None:
    """Raise for every answer but 2xx, with its headers: a redirect is not followed with credentials."""
    if not 200 <= response.status_code < 300:
        _ = response.content  # read to the end, or the connection cannot be used again
        raise requests.HTTPError(f"status {response.status_code}", response=response)


def read_fault(error: Exception, *, title: str, now: int, keys: str) -> Outcome:
    """Say what a failure means; ``Unknown`` where the request may have been carried out."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return read_status(error.response, title=title, now=now, keys=keys)
    # SDKs raise the plain one.
    if isinstance(error, json.JSONDecodeError | requests.exceptions.JSONDecodeError):
        return Unknown(f"{title} gave an answer that cannot be read")
    if isinstance(error, requests.exceptions.InvalidJSONError):
        return Rejected("a field holds a number that JSON cannot carry")
    if never_sent(error):
        return RetryLater(f"no connection to {title}: {type(error).__name__}")
    # SDKs that are built on urllib3 let its errors through as they are.
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return Unknown(f"{title} did not answer in time")
    if isinstance(error, requests.RequestException | urllib3.exceptions.HTTPError):
        return Unknown(f"the connection to {title} broke before the answer: {type(error).__name__}")
    return Unknown(f"the adapter of {title} failed: {place_of(error)}")


def read_status(response: requests.Response, *, title: str, now: int, keys: str) -> Outcome:
    """Say what a status other than 2xx means."""
    status = response.status_code
    said = vendor_message(response)
    answered = f"{title} answered {status}" + (f": {said}" if said else "")
    if status < 400:
        return Rejected(f"{answered} (a redirect, which credentials never follow: check the base URL)")
    if status in (401, 403):
        # A key that is wrong stops everything; one that lacks a right stops what needs it.
        return RetryLater(f"{answered} (check {keys})", pause=True, alone=status == 403)
    if status == 429:
        until = retry_after(response, now) or reset_time(response, now)
        return RetryLater(answered, until=until, throttled=True)
    if status in (425, 503):
        return RetryLater(answered, until=retry_after(response, now))
    if status == 408 or status >= 500:
        return Unknown(answered)
    return Rejected(answered)


def never_sent(error: Exception) -> bool:
    """Say whether a failure came before a byte of the request was written."""
    early = (
        requests.ConnectTimeout | requests.exceptions.ProxyError | NewConnectionError | ConnectTimeoutError
    )
    if isinstance(error, early):
        return True
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    if isinstance(reason, NewConnectionError | ConnectTimeoutError):
        return True
    return any(isinstance(part, ssl.SSLCertVerificationError) for part in getattr(reason, "args", ()))


def retry_after(response: requests.Response, now: int) -> int | None:
    """Read ``Retry-After``, seconds or a date, as a time at most 24 hours away."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return clamp(now + int(text[:9]) * 1000, now)
    try:
        return clamp(int(parsedate_to_datetime(text).timestamp() * 1000), now)
    except (ValueError, OverflowError):
        return None


def reset_time(response: requests.Response, now: int) -> int | None:
    """Read ``X-RateLimit-Reset``: seconds since 1970, or seconds from now; some answers leave it empty."""
    text = response.headers.get("X-RateLimit-Reset", "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 15):
        return None
    at = int(text) * 1000
    return clamp(at if at >= EARLIEST_MOMENT else now + at, now)


def clamp(until: int, now: int) -> int:
    """Keep a time that a destination named within the next 24 hours."""
    return min(max(until, now), now + LONGEST_WAIT)


def as_response(status: int, headers: Mapping[str, str], body: str) -> requests.Response:
    """Write an answer that another library got as ``requests`` would have given it."""
    response = requests.Response()
    response.status_code = status
    response.headers.update(headers)
    response.encoding = "utf-8"
    response.raw = io.BytesIO(body.encode())
    return response


def vendor_message(response: requests.Response) -> str:
    """Find the vendor's own words in a refusal; pages of HTML are nobody's words."""
    body = json_object(response)
    said = body.get("message")
    return said if isinstance(said, str) else "; ".join(listed_messages(body))


def listed_messages(body: Mapping[str, Any]) -> list[str]:
    """Read the messages of a list of errors, each with the field it is about."""
    errors = body.get("errors")
    return [
        f"{error['field']}: {error['message']}" if error.get("field") else str(error["message"])
        for error in (errors if isinstance(errors, list) else ())
        if isinstance(error, Mapping) and error.get("message")
    ]


def json_object(response: requests.Response) -> dict[str, Any]:
    """Read a JSON object, or nothing where the body is something else."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
