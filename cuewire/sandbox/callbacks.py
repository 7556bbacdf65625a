"""Status callbacks: told to the sender's server in the background, again while it is down."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

import requests

from cuewire.sandbox.ledger import iso_now
from cuewire.sandbox.settings import SandboxSettings
from cuewire.sandbox.signature import sign

WORKERS = 4
TIMEOUT = 5.0
CANCELLED = "canceled"


class Agenda:
    """Jobs with a time, run by a few threads; a job may put further jobs on it."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []
        self._changed = threading.Condition()
        self._order = itertools.count()
        self._is_closed = False
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(WORKERS)]
        for thread in self._threads:
            thread.start()

    def after(self, seconds: float, job: Callable[[], None]) -> None:
        """Run a job this much later."""
        with self._changed:
            heapq.heappush(self._waiting, (time.monotonic() + seconds, next(self._order), job))
            self._changed.notify()

    def close(self) -> None:
        """Run nothing more and wait for what runs."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while job := self._next():
            job()

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._is_closed:
                wait = self._waiting[0][0] - time.monotonic() if self._waiting else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._waiting)[2]
                self._changed.wait(wait)
        return None


class Callbacks:
    """Tells each message's further statuses to its StatusCallback, one after the other."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._settings = settings
        self._agenda = Agenda()

    def close(self) -> None:
        """Stop telling."""
        self._agenda.close()

    def tell(self, message: dict[str, Any], statuses: tuple[str, ...], *, hold: float) -> None:
        """Move a message through these statuses, the first after ``hold`` seconds."""
        if statuses:
            self._agenda.after(hold, lambda: self._advance(message, statuses))

    def _advance(self, message: dict[str, Any], statuses: tuple[str, ...]) -> None:
        if message["status"] == CANCELLED and statuses[0] != CANCELLED:
            return
        message["status"] = statuses[0]
        record = {"status": statuses[0], "tries": 0, "answer": None, "at": None}
        message["callbacks"].append(record)
        self._try(message, statuses, record)

    def _try(self, message: dict[str, Any], statuses: tuple[str, ...], record: dict[str, Any]) -> None:
        if message["status_callback"]:
            record["tries"] += 1
            record["at"] = iso_now()
            record["answer"] = self._post(message["status_callback"], fields_of(message, statuses[0]))
            if is_down(record["answer"]) and record["tries"] < self._settings.callback_tries:
                wait = min(self._settings.callback_retry * 2 ** (record["tries"] - 1), 2.0)
                self._agenda.after(wait, lambda: self._try(message, statuses, record))
                return
        self.tell(message, statuses[1:], hold=self._settings.callback_pace)

    def _post(self, url: str, fields: dict[str, str]) -> int | None:
        headers = {
            "X-Twilio-Signature": sign(self._settings.twilio_auth_token, url, fields.items()),
            "User-Agent": "TwilioProxy/1.1",
        }
        with requests.Session() as session:
            session.trust_env = False  # a proxy of the machine must not see loopback traffic
            try:
                return session.post(url, data=fields, headers=headers, timeout=TIMEOUT).status_code
            except requests.RequestException:
                return None


def is_down(answer: int | None) -> bool:
    """Say whether the receiver gave no answer or a passing fault."""
    return answer is None or answer >= 500


def fields_of(message: dict[str, Any], status: str) -> dict[str, str]:
    """Give a status callback's form fields, as Twilio names them."""
    fields = {
        "AccountSid": message["account_sid"],
        "ApiVersion": "2010-04-01",
        "From": message["from"] or "",
        "To": message["to"],
        "MessageSid": message["sid"],
        "MessageStatus": status,
        "SmsSid": message["sid"],
        "SmsStatus": status,
    }
    if message["messaging_service_sid"]:
        fields["MessagingServiceSid"] = message["messaging_service_sid"]
    return fields
