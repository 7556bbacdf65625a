"""The environment, read once: the server's own secrets, those of sources and destinations, and its mode."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from core.engine.rule import SourceMapping
from core.errors import OperatorError
from core.secret import Secret
from cuewire.secret_file import FileSecret, nothing_wrong
from webhooks.callbacks import kinds as callback_kinds
from webhooks.sources import kinds

PREFIX = "CUEWIRE_"
FROM_FILE = "_FILE"

#: Settings of the server itself; everything else is a source's or a destination's.
OWN = ("API_KEY", "SECRET_KEY")
SHORTEST = 32

#: Values that our documentation prints: whoever pastes one shares it with everybody.
PRINTED = frozenset(
    (
        "replace-me-with-32-or-more-random-characters",
        "replace-me-too-with-32-or-more-random-characters",
    )
)

#: What a sandbox makes where nothing is set: name and number of random bytes.
MADE_FOR_SANDBOX = {"API_KEY": 32, "SECRET_KEY": 32} | {
    f"{kind}_{setting.name}".upper(): 24
    for kind, settings in (
        *((kind, source.settings) for kind, source in kinds().items()),
        *((kind, callback.settings) for kind, callback in callback_kinds().items()),
    )
    for setting in settings
    if setting.is_secret and setting.name != "developer_key"  # no sandbox asks for it
}

MODES = ("live", "shadow", "redirect")
GENERATE = "Generate one with `python3 -c 'import secrets; print(secrets.token_urlsafe(32))'`."

Mode = Literal["live", "shadow", "redirect"]


@dataclass(frozen=True)
class Settings:
    """Every setting, checked; ``values`` holds all of them by their name without the prefix.

    ``files`` are the secrets that stand in files, which are read again when they change.
    """

    api_keys: Secret
    secret_keys: Secret
    public_url: str
    mode: Mode
    insecure_hosts: frozenset[str]
    trusted_proxies: tuple[str, ...] = ()
    test_recipients: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    made: Mapping[str, str] = field(default_factory=dict, repr=False)
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: Mapping[str, Secret] = field(default_factory=dict, repr=False)

    @classmethod
    def read(
        cls,
        env: Mapping[str, str],
        *,
        sandbox: bool = False,
        defaults: Mapping[str, str] | None = None,
        also: Iterable[str] = (),
    ) -> Settings:
        """Read and check the environment; everything that is wrong is named at once.

        ``defaults`` stands where the environment is silent; ``sandbox`` makes the secrets that are missing,
        ``also`` those of the mappings.
        """
        problems: list[str] = []
        values = read_values(env, problems)
        for name, value in (defaults or {}).items():
            values.setdefault(name.removeprefix(PREFIX), value)
        made = make_missing(values, also) if sandbox else {}
        values |= made
        problems += [problem for name in OWN for problem in problems_of_secret(name, values.get(name, ""))]
        problems += problems_of_url(values.get("PUBLIC_URL", ""))
        problems += problems_of_proxies(split_list(values.get("TRUSTED_PROXIES", "")))
        recipients = read_recipients(values.get("TEST_RECIPIENTS", ""), problems)
        problems += problems_of_mode(values.get("MODE", "live"), recipients)
        if problems:
            raise refused(problems)
        files = read_files(env, values)
        return cls(
            api_keys=files.get("API_KEY") or Secret(values["API_KEY"]),
            secret_keys=Secret(values["SECRET_KEY"]),
            public_url=values.get("PUBLIC_URL", "").rstrip("/"),
            mode=read_mode(values.get("MODE", "live")),
            insecure_hosts=frozenset(split_list(values.get("INSECURE_HOSTS", ""))),
            trusted_proxies=tuple(split_list(values.get("TRUSTED_PROXIES", ""))),
            test_recipients=recipients,
            made={PREFIX + name: value for name, value in made.items()},
            values=values,
            files=files,
        )

    def secrets(self, instance: str, name: str) -> Secret:
        """Give one secret of a source or destination; it is empty when it is not set."""
        setting = variable(instance, name)
        return self.files.get(setting) or Secret(self.values.get(setting, ""))

    def source(self, instance: str) -> Mapping[str, Secret]:
        """Give what is set for a source, by lower-case name: ``write_key``, ``shared_secret``."""
        return {name: Secret(value) for name, value in self._of(instance).items()}

    def destination(self, instance: str) -> Mapping[str, str]:
        """Give what is set for a destination, by lower-case name: ``auth_token``, ``base_url``."""
        return self._of(instance)

    def _of(self, instance: str) -> dict[str, str]:
        prefix = variable(instance, "")
        return {
            name[len(prefix) :].lower(): value
            for name, value in self.values.items()
            if name.startswith(prefix)
        }


def variable(instance: str, name: str) -> str:
    """Name a setting of a source or destination, without the prefix."""
    return f"{instance}_{name}".upper().replace("-", "_")


def read_values(env: Mapping[str, str], problems: list[str]) -> dict[str, str]:
    """Gather our variables by their names without the prefix, each from itself or from the file it names."""
    values: dict[str, str] = {}
    for variable_name, text in sorted(env.items()):
        if not variable_name.startswith(PREFIX) or not text.strip():
            continue
        name = variable_name.removeprefix(PREFIX)
        if not name.endswith(FROM_FILE):
            values[name] = text.strip()
        elif env.get(variable_name.removesuffix(FROM_FILE), "").strip():
            problems.append(
                f"{variable_name} and {variable_name.removesuffix(FROM_FILE)} are both set; keep one."
            )
        else:
            values[name.removesuffix(FROM_FILE)] = read_file(variable_name, text.strip(), problems)
    return values


def read_files(env: Mapping[str, str], values: Mapping[str, str]) -> dict[str, Secret]:
    """Keep an eye on the files that hold secrets: of sources, and of the server's own the API's key."""
    found: dict[str, Secret] = {}
    for variable_name, text in env.items():
        name = variable_name.removeprefix(PREFIX).removesuffix(FROM_FILE)
        is_file = variable_name.startswith(PREFIX) and variable_name.endswith(FROM_FILE) and text.strip()
        if is_file and name in values:
            refuse = problems_of_secret if name in OWN else nothing_wrong
            found[name] = FileSecret(name, Path(text.strip()), values[name], refuse)
    return found


def read_file(variable_name: str, path: str, problems: list[str]) -> str:
    """Read a secret from its file."""
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        problems.append(f"{variable_name} names {path}, which cannot be read: {reason}.")
        return ""
    if not text:
        problems.append(f"{variable_name} names {path}, which is empty.")
    return text


def make_missing(values: Mapping[str, str], also: Iterable[str] = ()) -> dict[str, str]:
    """Make what a sandbox needs and nobody has set; ``also`` names secrets of the mappings' own sources."""
    wanted = MADE_FOR_SANDBOX | dict.fromkeys(also, 24)
    return {name: secrets.token_urlsafe(size) for name, size in wanted.items() if not values.get(name)}


def secrets_of(sources: Mapping[str, SourceMapping]) -> list[str]:
    """Name the secrets that these sources need, without the prefix."""
    needed = [
        (name, one) for name, source in sources.items() for one in kinds()[source.uses].settings_of(source)
    ]
    return [variable(name, one.name) for name, one in needed if one.is_secret]


def problems_of_secret(name: str, text: str) -> list[str]:
    """Say what is wrong with one of the server's own secrets; each of two values must be good."""
    accepted = Secret(text).accepted()
    if not accepted:
        return [f"{PREFIX}{name} is not set. {GENERATE}"]
    problems = []
    if any(len(one) < SHORTEST for one in accepted):
        problems.append(f"{PREFIX}{name} is shorter than {SHORTEST} characters. {GENERATE}")
    if any(one in PRINTED for one in accepted):
        problems.append(f"{PREFIX}{name} is the example from the documentation. {GENERATE}")
    return problems


def problems_of_url(text: str) -> list[str]:
    """Say what is wrong with the address under which others reach this server."""
    if not text or is_address(text):
        return []
    return [f"{PREFIX}PUBLIC_URL is not an address such as https://cuewire.example.com."]


def is_address(text: str) -> bool:
    """Tell whether a text is scheme, host and an optional path."""
    try:
        parts = urlsplit(text)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    extras = parts.query or parts.fragment or parts.username or parts.password
    return parts.scheme in ("http", "https") and bool(parts.hostname) and has_port and not extras


def problems_of_proxies(texts: list[str]) -> list[str]:
    """Say which trusted proxies are no address or network."""
    problems = []
    for text in texts:
        try:
            ip_network(text, strict=False)
        except ValueError:
            problems.append(f"{PREFIX}TRUSTED_PROXIES: {text} is no address or network such as 10.0.0.0/8.")
    return problems


def problems_of_mode(mode: str, recipients: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Say what is wrong with the mode."""
    if mode not in MODES:
        return [f"{PREFIX}MODE is {mode!r}. Use one of {', '.join(MODES)}."]
    if mode == "redirect" and not recipients:
        return [f"{PREFIX}MODE=redirect needs {PREFIX}TEST_RECIPIENTS: your own phones and e-mails."]
    return []


def read_mode(text: str) -> Mode:
    """Read a mode that was found to be good."""
    return "redirect" if text == "redirect" else "shadow" if text == "shadow" else "live"


def read_recipients(text: str, problems: list[str]) -> dict[str, tuple[str, ...]]:
    """Sort the test recipients into phones and e-mails."""
    found: dict[str, tuple[str, ...]] = {}
    for number, one in enumerate(split_list(text), start=1):
        phone = "".join(letter for letter in one if letter not in " -()/")
        if "@" in one.strip("@"):
            found["email"] = (*found.get("email", ()), one)
        elif phone.startswith("+") and phone[1:].isdecimal():
            found["phone"] = (*found.get("phone", ()), phone)
        else:
            problems.append(
                f"{PREFIX}TEST_RECIPIENTS: number {number} is neither an e-mail nor a phone such as +4915112345678."
            )
    return found


def split_list(text: str) -> list[str]:
    """Split a comma-separated list."""
    return [part for part in (piece.strip() for piece in text.split(",")) if part]


def refused(problems: list[str]) -> OperatorError:
    """Word all problems as one refusal to start."""
    lines = "\n".join(f"- {problem}" for problem in problems)
    return OperatorError(
        f"The settings are not complete:\n{lines}", hint="Set these in the environment, then start again."
    )
