"""Read a destination's settings from the values the environment gave."""

from __future__ import annotations

import inspect
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from core.errors import OperatorError
from core.secret import Secret


@dataclass(frozen=True, slots=True)
class SettingSpec:
    """One setting of a destination, as the docs and forms show it."""

    name: str
    help: str
    required: bool
    secret: bool


#: What was read once: every failure names the settings to look at, and sources are slow to read.
_DESCRIBED: dict[type[Any], tuple[SettingSpec, ...]] = {}


def setting_specs(kind: type[Any]) -> tuple[SettingSpec, ...]:
    """Describe a settings dataclass; the help is the ``#:`` comment of each field, unless it brings its own."""
    if kind not in _DESCRIBED:
        _DESCRIBED[kind] = getattr(kind, "described", None) or _read_specs(kind)
    return _DESCRIBED[kind]


def _read_specs(kind: type[Any]) -> tuple[SettingSpec, ...]:
    helps = dict(re.findall(r"^\s*(\w+)\s*:[^#\n]*#:\s*(.+?)\s*$", inspect.getsource(kind), re.MULTILINE))
    types = get_type_hints(kind)
    return tuple(
        SettingSpec(
            name=field.name.rstrip("_"),
            help=helps.get(field.name, ""),
            required=field.default is MISSING,
            secret=types[field.name] is Secret,
        )
        for field in fields(kind)
    )


def read_settings(kind: type[Any], values: Mapping[str, str]) -> tuple[Any, list[str]]:
    """Build the settings and name those that are missing; what is missing stays empty."""
    read: dict[str, object] = {}
    missing = []
    for field, spec in zip(fields(kind), setting_specs(kind), strict=True):
        text = values.get(spec.name, "").strip()
        if text or spec.required:
            read[field.name] = Secret(text) if spec.secret else text
        if spec.required and not read[field.name]:
            missing.append(spec.name)
    return kind(**read), missing


def secret_values(settings: object) -> list[str]:
    """List every secret of some settings, the longest first, for taking them out of texts."""
    found = [value for value in vars(settings).values() if isinstance(value, Secret)]
    return sorted((part for secret in found for part in secret.accepted()), key=len, reverse=True)


def check_address(address: str, *, setting: str, insecure_hosts: frozenset[str]) -> None:
    """Refuse an address that would carry secrets in the open or is no address at all."""
    parts = urlsplit(address)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
    ):
        raise OperatorError(
            f"{setting} is not an address such as https://example.com.",
            hint=f"Set {setting} to scheme, host and an optional path, or leave it out.",
        )
    if parts.scheme == "http" and not is_loopback(address) and parts.hostname not in insecure_hosts:
        raise OperatorError(
            f"{setting} uses http, which would send secrets in the open.",
            hint=f"Use https, or name {parts.hostname} in CUEWIRE_INSECURE_HOSTS.",
        )


def is_loopback(address: str) -> bool:
    """Say whether an address stays on this machine."""
    host = urlsplit(address).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
