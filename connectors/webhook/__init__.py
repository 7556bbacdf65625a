"""Any address that takes HTTP, and every vendor that a file describes: see ``presets``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

import msgspec

from connectors.base import Destination
from connectors.notice import problem_of_url
from connectors.rows import Together, send_together
from connectors.setting import check_address, is_loopback, setting_specs
from connectors.webhook.sign import read_keys
from core.engine.instant import iso, parse_time
from core.errors import OperatorError
from core.ports import ActionSpec, DeliveryRow, DestinationSpec, Outcome
from core.ports.request import Preset
from core.secret import Secret

if TYPE_CHECKING:
    from connectors.webhook.talk import Talk

#: Fields of the shipped actions that are times; the first says when something happened.
TIME = "timestamp"
TIMES = (TIME, "created_at")


class Webhook(Destination):
    """Send what a file describes; only its subclasses, one for each file, are kinds of destinations."""

    title = "Webhook"
    preset: ClassVar[Preset]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Whoever holds the description sees what a file says later.
        self._actions, self._requests = dict(self.spec.actions), dict(self.spec.requests)
        self.spec = replace(self.spec, actions=self._actions, requests=self._requests)

    def follow(self, spec: DestinationSpec) -> None:
        """Take over actions as mapping files describe them now; those that are gone stay, for what is under way."""
        self._requests.update(spec.requests)
        self._actions.update(spec.actions)

    def check_settings(self, insecure_hosts: frozenset[str]) -> None:
        """Refuse addresses and secrets of the wrong form; one that is missing is only waited for."""
        self.address = self._address()
        setting = self.variable("base_url")
        if self.base_url:
            check_address(self.base_url, setting=setting, insecure_hosts=insecure_hosts)
        elif self.address:
            setting = self.variable("url")
            wrong = problem_of_url(self.address, insecure_hosts)
            if wrong:
                raise OperatorError(
                    f"{setting} {wrong}.", hint=f"Set {setting} to the whole address of the hook."
                )
        self.keys_of_signature = (
            read_keys(self.settings.signing_secret, setting=self.variable("signing_secret"))
            if self.preset.signed
            else ()
        )
        self.allowed_hosts = self._allowed(insecure_hosts)
        self.redirect_hosts = _listed(getattr(self.settings, "redirect_hosts", ""))
        self.insecure_hosts = insecure_hosts

    def _address(self) -> str:
        """Give the address that paths follow: the secret one, at another host where one is set."""
        if not self.preset.has_url:
            return self.base_url
        url = ",".join(self.settings.url.accepted())  # a comma in an address separates nothing
        if not (url and self.base_url):
            return url or self.base_url
        base, parts = urlsplit(self.base_url), urlsplit(url)
        return urlunsplit((base.scheme, base.netloc, base.path + parts.path, parts.query, ""))

    def _allowed(self, insecure_hosts: frozenset[str]) -> frozenset[str]:
        """Name the hosts that may lie at private addresses; this machine only where it is set by its name."""
        own = {urlsplit(self.base_url).hostname or ""} if is_loopback(self.base_url) else set()
        return frozenset(
            {*_listed(self.settings.private_hosts), *own, *(host.lower() for host in insecure_hosts)}
        )

    def missing_settings(self) -> list[str]:
        """Name the settings without which nothing can be sent; of an address, its own."""
        lacks_url = self.preset.has_url and not self.address
        return [*super().missing_settings(), *([self.variable("url")] if lacks_url else [])]

    def connect(self) -> None:
        """Open one session for all threads."""
        from connectors.webhook.talk import Talk  # requests is slow to import

        self.talk: Talk = Talk(self)

    def shown_settings(self) -> dict[str, str]:
        """Give what formulas read as ``settings``."""
        found = {spec.name: getattr(self.settings, spec.name) for spec in setting_specs(self.Settings)}
        return {
            name: value.reveal() if isinstance(value, Secret) else value
            for name, value in found.items()
            if value
        }

    def scrub(self, text: str) -> str:
        """Take our secrets out of a text, and a token that was given to us."""
        return self.talk.scrub(super().scrub(text)) if self._connected else super().scrub(text)

    def refusal(self, delivery: DeliveryRow) -> str:
        """Refuse a time that nobody can read: the vendor would take the moment at which it arrives."""
        value = delivery.fields.get(TIME) if TIME in self._times_of(delivery.action) else None
        if value in (None, "") or parse_time(value) is not None:
            return ""
        return f"the field {TIME} is not a time, such as 2027-01-15T08:00:00Z"

    def _times_of(self, action: str) -> list[str]:
        """Name an action's fields that are times; what an admin's own action takes is the admin's to say."""
        spec = type(self).spec.actions.get(action)
        return [one.name for one in spec.fields if one.name in TIMES] if spec else []

    def _in_zone(self, row: DeliveryRow) -> DeliveryRow:
        """Write times as formulas read them: a day alone, or a time without a zone, would be left out."""
        read = {name: parse_time(row.fields.get(name)) for name in self._times_of(row.action)}
        times = {name: iso(at) for name, at in read.items() if at is not None}
        return msgspec.structs.replace(row, fields={**row.fields, **times}) if times else row

    def perform(self, spec: ActionSpec, batch: list[DeliveryRow]) -> list[Outcome]:
        """Send deliveries, together where the vendor takes several."""
        batch = [self._in_zone(row) for row in batch]
        found = self._requests[spec.name]
        if found.row is None:
            return [self.talk.send_one(spec, found, row) for row in batch]
        how = Together(
            call=lambda rows: self.talk.send_rows(spec, found, rows),
            read_error=self.read_error,
            key=lambda row: row.id,
            group=lambda row: self.talk.shared_part(spec, found, row),
        )
        return send_together(batch, how)

    def read_error(self, error: Exception) -> Outcome:
        """Say what a failure means; what was refused for all may be about some."""
        from connectors.webhook.talk import read_failure

        return read_failure(error, self) or super().read_error(error)


def _listed(hosts: str) -> frozenset[str]:
    """Read hosts that a setting separates by commas."""
    return frozenset(host.strip().lower() for host in hosts.split(",") if host.strip())
