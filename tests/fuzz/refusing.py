"""What a refusal is: a clear 4xx that shows nothing of our inside."""

from __future__ import annotations

import time

from fuzz.place import Headers, Place
from werkzeug.test import TestResponse


def refused(place: Place, path: str, body: bytes, headers: Headers) -> float:
    """Send what must be refused, and see that it is; give the seconds of the processor that it took."""
    begun = time.thread_time()
    answer = place.client.post(path, data=body, headers=headers)
    taken = time.thread_time() - begun
    about = (path, body[:100], answer.status, answer.text[:300])
    assert 400 <= answer.status_code < 500, about
    assert is_clear(answer), about
    assert not any(word in answer.text for word in ("Traceback", 'File "', "site-packages")), about
    return taken


def is_clear(answer: TestResponse) -> bool:
    """Tell whether a refusal says what is wrong, in the shape of all errors or in that of its vendor."""
    if answer.mimetype != "application/json":
        return answer.mimetype in ("text/xml", "text/html") and len(answer.text) > 20
    told = answer.get_json()
    if "errors" in told:
        return all(one["code"] and one["message"] for one in told["errors"])
    if "errorMessage" in told:
        return len(told["errorMessage"]) > 10
    if "returnCode" in told:
        return bool(told["message"])
    return bool(told["error"]["code"]) and len(told["error"]["message"]) > 5
