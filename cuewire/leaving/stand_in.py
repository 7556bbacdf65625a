"""A destination as live, but with made-up secrets and with the loopback server for its vendor."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors import build, kinds
from connectors.setting import SettingSpec, setting_specs
from core.dispatch.linked import Linked
from core.ports import Destination, DestinationSpec
from core.secret import Secret
from cuewire.leaving.wire import ELSEWHERE, TOKEN, Wire
from cuewire.sandbox.settings import SALESFORCE_DOMAIN
from cuewire.serve import sandbox_settings
from cuewire.settings import PREFIX, variable
from webhooks.preferences.link import PersonLinks

#: Settings of other ways of signing in than the one that the sandbox is ready for; they change no other request.
OTHER_WAYS = {
    "hubspot": ("client_id", "client_secret", "refresh_token"),
    "salesforce": ("username", "password", "security_token", "private_key"),
}

#: Those of them that show that requests carry a token of the sign-in, where the sandbox wants a secret itself.
SIGNING_IN = ("client_id", "refresh_token")

#: Doors that all organisations share: only the sign-in tells where requests go after it.
SHARED_DOMAINS = ("login", "test")
INSTANCE = "https://<the instance of the sign-in>"

#: Where paths begin that belong to another host of the same vendor.
OTHER_HOSTS = {
    ("twilio", "/v2/Flows/"): "https://studio.twilio.com",
    ("twilio", "/v1/Consents/"): "https://accounts.twilio.com",
}


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


def make_stand_in(
    name: str,
    kind: str,
    given: Mapping[str, str],
    wire: Wire,
    *,
    public_url: str,
    spec: DestinationSpec | None = None,
) -> StandIn:
    """Build a destination; what is set in the environment counts, except for addresses and secrets.

    ``spec`` is what its mapping file makes of its kind.
    """
    specs = setting_specs(kinds()[kind].Settings)
    played = _played(name, kind, given, wire, specs)
    values = {**played.values, "base_url": played.base_url}
    links = PersonLinks(Secret(secrets.token_urlsafe(32)), public_url)
    made = build(name, kind, values, public_url=public_url, spec=spec)
    base = _base(name, kind, given, specs)
    return StandIn(Linked(made, links.address_of), base, kind, played.hidden, played.assumed)


def known_settings(kind: str, given: Mapping[str, str]) -> dict[str, str]:
    """Give what the sandbox shall accept as it is set: names and numbers, which are no secrets, are shown."""
    names = [spec.name for spec in setting_specs(kinds()[kind].Settings) if not spec.secret]
    return {f"{PREFIX}{variable(kind, name)}": given[name] for name in names if given.get(name)}


@dataclass
class _Played:
    """The settings of a stand-in, with what is told of them."""

    base_url: str
    values: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)
    assumed: dict[str, str] = field(default_factory=dict)


def _played(
    name: str, kind: str, given: Mapping[str, str], wire: Wire, specs: Sequence[SettingSpec]
) -> _Played:
    """Choose each setting: as it is set, as the sandbox has it, or made up."""
    played = sandbox_settings(wire.settings.as_environment(wire.url), {})
    prefix = f"{PREFIX}{variable(kind, '')}"
    of_sandbox = {one[len(prefix) :].lower(): text for one, text in played.items() if one.startswith(prefix)}
    made = _Played(of_sandbox.get("base_url") or f"{wire.url}/{ELSEWHERE}")
    signs_in = kind in OTHER_WAYS and any(given.get(one) for one in SIGNING_IN)
    for spec in specs:
        setting = f"{PREFIX}{variable(name, spec.name)}"
        if spec.name == "base_url" or spec.name in OTHER_WAYS.get(kind, ()):
            continue
        if spec.secret:
            secret = of_sandbox.get(spec.name) or (
                _made_up(spec) if spec.required or given.get(spec.name) else ""
            )
            made.values[spec.name] = secret
            made.hidden |= {secret: TOKEN if signs_in else f"<{setting}>"} if secret else {}
        elif given.get(spec.name) and not (spec.name == "domain" and _is_shared(given)):
            made.values[spec.name] = given[spec.name]
        elif spec.name in of_sandbox:
            made.values[spec.name] = of_sandbox[spec.name]
            is_told = spec.required or (spec.name == "domain" and not _is_shared(given))
            made.assumed |= {setting: of_sandbox[spec.name]} if is_told else {}
    return made


def _is_shared(given: Mapping[str, str]) -> bool:
    """Tell whether somebody signs in to Salesforce without naming the organisation."""
    is_other_way = any(given.get(one) for one in OTHER_WAYS["salesforce"])
    return is_other_way and given.get("domain", "login") in SHARED_DOMAINS


def _made_up(spec: SettingSpec) -> str:
    """Make a secret of the form that adapters take."""
    if spec.name == "url":
        return "https://hook.example.com"
    if spec.name == "signing_secret":
        return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_hex(16)


def _base(name: str, kind: str, given: Mapping[str, str], specs: Sequence[SettingSpec]) -> str:
    """Say where its requests would go."""
    if kind == "salesforce" and not given.get("base_url"):
        if _is_shared(given):
            return INSTANCE
        domain = given.get("domain") or SALESFORCE_DOMAIN
        host = domain.removeprefix("https://").strip("/").removesuffix(".salesforce.com")
        return f"https://{host}.salesforce.com"
    if any(spec.name == "url" for spec in specs):
        return f"<{PREFIX}{variable(name, 'url')}>"
    default = getattr(kinds()[kind].Settings, "base_url", "")
    return str(given.get("base_url") or default or f"<{PREFIX}{variable(name, 'base_url')}>").rstrip("/")
