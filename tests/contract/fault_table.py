"""Ways in which a call can go wrong, by what they mean, and the harness that makes sure that they happened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fault_lines import LINES
from scripted_server import ScriptedServer

Answer = dict[str, Any]

HTML = "<html><body>Sign in to the wireless network</body></html>"

#: Stands for the address of another server, to which redirects point.
ELSEWHERE = "ELSEWHERE"


def with_status(status: int, **headers: str) -> Answer:
    """Write an answer with nothing of the vendor's in it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"status": status, "headers": named}


#: Answers by what they mean, whatever the vendor.
FAULTS: dict[str, dict[str, Answer]] = {
    "nobody there": {
        "connection refused": {"line": "refused"},
        "name unknown": {"line": "unknown name"},
        "certificate untrusted": {"line": "untrusted"},
    },
    "lost": {
        "reset after the request": {"fault": "reset"},
        "reset before the request is read": {"fault": "unread"},
        "silent": {"fault": "silent"},
        "truncated": {"fault": "truncated", "status": 200},
        "truncated 201": {"fault": "truncated", "status": 201},
        "html 200": {"status": 200, "text": HTML},
        "html 201": {"status": 201, "text": HTML},
        "html 202": {"status": 202, "text": HTML},
        "no json": {"status": 200, "text": "{"},
        "a list": {"status": 200, "json": []},
        "a number": {"status": 200, "json": 17},
        "nothing said": {"status": 200, "json": {}},
        "error in 200": {"status": 200, "json": {"error": {"message": "no"}}},
        "408": with_status(408),
        "500": with_status(500),
        "500 html": {"status": 500, "text": HTML},
        "502 html": {"status": 502, "text": HTML},
        "504": with_status(504),
        "520": with_status(520),
    },
    "refused": {
        "400": with_status(400),
        "400 html": {"status": 400, "text": HTML},
        "404": with_status(404),
        "404 html": {"status": 404, "text": HTML},
        "405": with_status(405),
        "409": with_status(409),
        "410": with_status(410),
        "413": with_status(413),
        "422": with_status(422),
        "301 elsewhere": with_status(301, Location=ELSEWHERE),
        "302 elsewhere": with_status(302, Location=ELSEWHERE),
        "303 elsewhere": with_status(303, Location=ELSEWHERE),
        "307 elsewhere": with_status(307, Location=ELSEWHERE),
        "308 elsewhere": with_status(308, Location=ELSEWHERE),
    },
    "paused": {"401": with_status(401), "401 html": {"status": 401, "text": HTML}, "403": with_status(403)},
    "throttled": {
        "429": with_status(429),
        "429 soon": with_status(429, Retry_After="3"),
        "429 in years": with_status(429, Retry_After="99999999999999"),
        "429 before": with_status(429, Retry_After="-5"),
        "429 in words": with_status(429, Retry_After="soon"),
        "429 on a past day": with_status(429, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"),
        "429 without a reset": with_status(429, X_RateLimit_Reset=""),
        "429 reset in years": with_status(429, X_RateLimit_Reset="99999999999"),
    },
    "unavailable": {
        "425": with_status(425),
        "503": with_status(503),
        "503 html": {"status": 503, "text": HTML},
    },
}
ROWS = [(meaning, name) for meaning, faults in FAULTS.items() for name in faults]


def pointing_to(answer: Answer, url: str) -> Answer:
    """Let a redirect point to an address."""
    headers = {name: url if one == ELSEWHERE else one for name, one in answer.get("headers", {}).items()}
    return {**answer, "headers": headers}


@contextmanager
def injected(fault: Answer, server: ScriptedServer, first: list[Answer], other: str) -> Iterator[str]:
    """Make a fault happen; give the address to call, and afterwards fail where nobody met the fault."""
    server.play([*first, answer := pointing_to(fault, other)])
    if "line" in fault:
        with LINES[fault["line"]]() as address:
            yield address
        assert server.served == [], "the request found its way to a server"
        return
    yield server.url
    assert server.served[len(first) : len(first) + 1] == [answer], "the fault was never met"
