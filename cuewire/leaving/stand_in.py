"""A destination as live, but with made-up secrets and with the loopback server for its vendor."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors import build, kinds
from connectors.setting import SettingSpec, setting_specs
from core.dispatch.linked import Linked
from core.ports import Destination
from core.secret import Secret
from cuewire.leaving.wire import ELSEWHERE, Wire
from cuewire.sandbox.settings import SALESFORCE_DOMAIN
from cuewire.serve import sandbox_settings
from cuewire.settings import PREFIX, variable
from webhooks.preferences.link import PersonLinks

#: Settings that choose another way of signing in than the one that the sandbox is ready for.
OTHER_WAYS = ("client_id", "username")

#: Where paths begin that belong to another host of the same vendor.
OTHER_HOSTS = {("twilio", "/v2/Flows/"): "https://studio.twilio.com"}


@dataclass(frozen=True)
class StandIn:
    """A destination that reaches nobody, and how what it sends is told.

    ``hidden`` gives the name of the setting that stands for each secret, ``assumed`` what stands for a setting that
    is needed and not set.
    """

    destination: Destination
    base: str
    kind: str
    hidden: Mapping[str, str]
    assumed: Mapping[str, str] = field(default_factory=dict)

    def address(self, path: str) -> str:
        """Give the address that a path has at the vendor."""
        hosts = (
            host
            for (kind, begin), host in OTHER_HOSTS.items()
            if kind == self.kind and path.startswith(begin)
        )
        return next(hosts, self.base) + path


def make_stand_in(name: str, kind: str, given: Mapping[str, str], wire: Wire, *, public_url: str) -> StandIn:
    """Build a destination; what is set in the environment counts, except for addresses and secrets."""
    played = sandbox_settings(wire.settings.as_environment(wire.url), {})
    prefix = f"{PREFIX}{variable(kind, '')}"
    of_sandbox = {one[len(prefix) :].lower(): text for one, text in played.items() if one.startswith(prefix)}
    values: dict[str, str] = {}
    hidden: dict[str, str] = {}
    assumed: dict[str, str] = {}
    specs = setting_specs(kinds()[kind].Settings)
    for spec in specs:
        setting = f"{PREFIX}{variable(name, spec.name)}"
        if spec.secret:
            made = of_sandbox.get(spec.name) or (
                _made_up(spec) if spec.required or given.get(spec.name) else ""
            )
            values[spec.name] = made
            hidden |= {made: f"<{setting}>"} if made else {}
        elif given.get(spec.name) and spec.name not in OTHER_WAYS:
            values[spec.name] = given[spec.name]
        elif spec.name in of_sandbox:
            values[spec.name] = of_sandbox[spec.name]
            assumed |= {setting: of_sandbox[spec.name]} if spec.required or spec.name == "domain" else {}
    values["base_url"] = of_sandbox.get("base_url") or f"{wire.url}/{ELSEWHERE}"
    links = PersonLinks(Secret(secrets.token_urlsafe(32)), public_url)
    destination = Linked(build(name, kind, values, public_url=public_url), links.address_of)
    return StandIn(destination, _base(name, kind, given, specs), kind, hidden, assumed)


def _made_up(spec: SettingSpec) -> str:
    """Make a secret of the form that adapters take."""
    if spec.name == "url":
        return "https://hook.example.com"
    if spec.name == "signing_secret":
        return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_hex(16)


def _base(name: str, kind: str, given: Mapping[str, str], specs: tuple[SettingSpec, ...]) -> str:
    """Say where its requests would go."""
    if kind == "salesforce" and not given.get("base_url"):
        domain = given.get("domain") or SALESFORCE_DOMAIN
        host = domain.removeprefix("https://").strip("/").removesuffix(".salesforce.com")
        return f"https://{host}.salesforce.com"
    if any(spec.name == "url" for spec in specs):
        return f"<{PREFIX}{variable(name, 'url')}>"
    default = getattr(kinds()[kind].Settings, "base_url", "")
    return str(given.get("base_url") or default or f"<{PREFIX}{variable(name, 'base_url')}>").rstrip("/")
