"""Carry notices to those who run the server: by e-mail through SendGrid, to Slack, or to any address as JSON.

Not a destination: nothing of a person goes this way, and no mode keeps it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from connectors.base import Destination, WallClock
from connectors.setting import is_loopback
from core.ports import Clock, Delivered, DeliveryRow, Notice, Outcome, Rejected, RetryLater

SENDGRID = "sendgrid"
PREFIX = "CUEWIRE_"

#: How each way is called in reasons.
TITLES = {"slack": "Slack", "webhook": "the webhook"}


class Notices:
    """Sends notices; ``values`` are the settings by their names without the prefix."""

    def __init__(
        self,
        values: Mapping[str, str],
        mail: Destination | None,
        *,
        insecure_hosts: frozenset[str] = frozenset(),
        clock: Clock | None = None,
    ) -> None:
        self._values = values
        self._mail = mail
        self._insecure_hosts = insecure_hosts
        self._clock = clock or WallClock()

    def missing(self, to: str) -> list[str]:
        """Name the settings without which this recipient cannot be told."""
        kind, _, address = to.partition(":")
        if kind == "email":
            return self._mail.missing_settings() if self._mail else [f"{PREFIX}SENDGRID_API_KEY"]
        return [] if self._values.get(address) else [PREFIX + address]

    def tell(self, to: str, notice: Notice) -> Outcome:
        """Tell it once; whatever goes wrong is an outcome."""
        missing = self.missing(to)
        if missing:
            return RetryLater(f"{' and '.join(missing)} must be set")
        kind, _, address = to.partition(":")
        if kind == "email":
            return self._write(address, notice)
        url = self._values[address]
        wrong = problem_of_url(url, self._insecure_hosts)
        if wrong:
            return Rejected(f"{PREFIX}{address} {wrong}")
        body = {"text": f"*{notice.subject}*\n{notice.text}"} if kind == "slack" else dict(notice.body)
        return self._post(url, body, notice, title=TITLES[kind], setting=PREFIX + address)

    def _write(self, address: str, notice: Notice) -> Outcome:
        """Send a mail by the destination that sends all others."""
        assert self._mail is not None
        now = self._clock.now()
        mail = DeliveryRow(
            id=notice.key,
            decision_id="",
            trigger="",
            step=0,
            destination=self._mail.name,
            action="send_email",
            fields={"to": address, "subject": notice.subject, "text": notice.text},
            profile_id="",
            status="sending",
            due_at=now,
            created_at=now,
        )
        (outcome,) = self._mail.send("send_email", [mail])
        return outcome

    def _post(
        self, url: str, body: Mapping[str, Any], notice: Notice, *, title: str, setting: str
    ) -> Outcome:
        import requests  # slow to import

        from connectors.transport import TIMEOUT, open_session, read_fault

        # The same key at each try, for receivers that know what they have taken.
        headers = {"Idempotency-Key": notice.key}
        try:
            with open_session(url) as session:
                session.post(url, json=body, headers=headers, timeout=TIMEOUT)
        except requests.RequestException as error:
            return read_fault(error, title=title, now=self._clock.now(), keys=setting)
        return Delivered("accepted")


def problem_of_url(url: str, insecure_hosts: frozenset[str]) -> str:
    """Say what is wrong with an address that messages are to go to; never the address, which is a secret."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return "is not an address such as https://example.com/hook"
    if parts.scheme not in ("http", "https") or not host:
        return "is not an address such as https://example.com/hook"
    if parts.scheme == "http" and not is_loopback(url) and host not in insecure_hosts:
        return f"uses http: use https, or name {host} in CUEWIRE_INSECURE_HOSTS"
    return ""
