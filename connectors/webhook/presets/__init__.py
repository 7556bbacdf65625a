"""Kinds of destinations that files beside this one describe: each becomes an adapter of its own."""

from __future__ import annotations

from dataclasses import MISSING, make_dataclass
from dataclasses import field as dataclass_field
from functools import cache
from importlib.resources import files
from typing import Any

from connectors.setting import SettingSpec
from connectors.webhook import Webhook
from core.config.kinds.preset import read_preset
from core.ports.request import Preset, Setting
from core.secret import Secret

#: Settings of every described destination, beside those of its file.
_URL = Setting("url", "The whole address that requests go to; whoever has it can send there.", True, "")
_SIGNING = Setting(
    "signing_secret", "What requests are signed with: whsec_ and base64; two while it is changed.", True
)
_BASE_OF_URL = Setting("base_url", "Where the address's scheme and host are replaced by others.", default="")
_REDIRECTS = Setting(
    "redirect_hosts", "Hosts, separated by commas, to which a redirect may lead.", default=""
)
_PRIVATE = Setting(
    "private_hosts", "Hosts, separated by commas, that may lie at private addresses.", default=""
)


@cache
def presets() -> dict[str, type[Webhook]]:
    """Give the adapters by the names of their kinds."""
    found = sorted(
        (one for one in files(__name__).iterdir() if one.name.endswith(".yaml")), key=lambda one: one.name
    )
    read = [read_preset(one.read_bytes(), one.name) for one in found]
    return {preset.spec.name: adapter_of(preset) for preset in read}


def adapter_of(preset: Preset) -> type[Webhook]:
    """Make the adapter of one kind."""
    values = {"title": preset.spec.title, "Settings": settings_of(preset), "preset": preset}
    made: type[Webhook] = type(preset.spec.title.replace(".", ""), (Webhook,), values)
    made.spec = preset.spec
    return made


def settings_of(preset: Preset) -> type[Any]:
    """Make the class of its settings, those first that must be set."""
    own = {one.name: one for one in preset.settings}
    shared = [
        *([_URL, _BASE_OF_URL, _REDIRECTS] if preset.has_url else []),
        *([_SIGNING] if preset.signed else []),
        _PRIVATE,
    ]
    settings = sorted(
        ({one.name: one for one in shared} | own).values(), key=lambda one: one.default is not None
    )
    return make_dataclass(
        "Settings",
        [(one.name, Secret if one.is_secret else str, _default(one)) for one in settings],
        frozen=True,
        namespace={
            "described": tuple(
                SettingSpec(one.name, one.help, one.default is None, one.is_secret) for one in settings
            )
        },
    )


def _default(setting: Setting) -> Any:
    if setting.default is None:
        return dataclass_field(default=MISSING)
    return dataclass_field(default=Secret(setting.default) if setting.is_secret else setting.default)
