"""``notify`` of ``policy.yaml``: who is told when something is wrong, and the owner of a trigger."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from core.config.node import Node
from core.config.schema import (
    BAD,
    Choice,
    Duration,
    Fields,
    JsonSchema,
    Key,
    ListOf,
    Located,
    Parts,
    Reading,
    Record,
    Text,
    one_of_keys,
)
from core.engine.duration import LONGEST
from core.engine.notify import DAY, HOUR, KINDS, USUAL, Notify

_ADDRESS = r"[^@\s<>(),;:\"]+@[^@\s<>(),;:\"]+"
_SETTING = r"(CUEWIRE_)?[A-Z][A-Z0-9_]*"
_PREFIX = "CUEWIRE_"

#: The environment names files so: such a setting would be read as another one.
_FROM_FILE = "_FILE"


class Address(Text):
    """One e-mail address."""

    def check(self, node: Node, reading: Reading) -> Any:
        """Take one address and nothing beside it."""
        found = super().check(node, reading)
        if found is BAD or re.fullmatch(_ADDRESS, found):
            return found
        return self.refuse(node, reading, "write one such as ops@example.com")

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe an address."""
        return {"type": "string", "pattern": f"^{_ADDRESS}$"}


class UrlSetting(Text):
    """The name of a setting that holds an address which is itself a secret."""

    def check(self, node: Node, reading: Reading) -> Any:
        """Take a name, never the address: whoever has that can post there."""
        found = super().check(node, reading)
        if found is BAD:
            return found
        if "/" in found:
            hint = f"set {_PREFIX}OPS_URL in the environment to it, and write OPS_URL here"
            return reading.error(
                node.mark,
                "the address itself must not stand in a file: whoever reads it can post there",
                hint,
            )
        if not re.fullmatch(_SETTING, found) or found.endswith(_FROM_FILE):
            return self.refuse(node, reading, f"write OPS_URL for what {_PREFIX}OPS_URL holds")
        return found.removeprefix(_PREFIX)

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe the name of a setting."""
        return {"type": "string", "pattern": f"^{_SETTING}$"}


@dataclass(frozen=True)
class Between(Duration):
    """A duration that is neither too short nor too long to mean anything."""

    least: int = 0
    most: int = LONGEST

    def check(self, node: Node, reading: Reading) -> Any:
        """Refuse what is shorter or longer."""
        found = super().check(node, reading)
        return found if found is BAD or self.least <= found <= self.most else self.refuse(node, reading)


OWNER = Address("an e-mail address")

_KINDS_OF_RECIPIENT = ("email", "slack", "webhook")

_RECIPIENT = Record(
    "a recipient",
    {
        "email": Key(OWNER, "an address that SendGrid writes to"),
        "slack": Key(UrlSetting("the name of a setting"), "the setting with an incoming webhook of Slack"),
        "webhook": Key(UrlSetting("the name of a setting"), "the setting with an address that takes JSON"),
    },
    form="{email: ops@example.com}",
    rules={"allOf": [one_of_keys(*_KINDS_OF_RECIPIENT)]},
)

_SILENT = Record(
    "the longest silences",
    {
        "source": Key(
            Between("a duration from 1h to 7d", least=HOUR, most=7 * DAY),
            "after which a source that sends regularly is silent",
            default="6h",
        ),
        "trigger": Key(
            Between("a duration from 1d to 90d", least=DAY, most=90 * DAY),
            "after which a trigger that fires regularly is silent",
            default="7d",
        ),
    },
    form="{source: 6h, trigger: 7d}",
)

NOTIFY = Record(
    "whom to tell",
    {
        "to": Key(ListOf(_RECIPIENT, "a list of recipients", empty=False), "who is told", required=True),
        "on": Key(ListOf(Choice(KINDS), "a list of kinds", empty=False), "of what; without it of everything"),
        "paused": Key(Duration(), "how long a destination may fail before it is told", default="5m"),
        "silent": Key(_SILENT, "how long nothing may come"),
        "late": Key(Duration(), "how overdue a decision or a delivery may be", default="5m"),
    },
    form="notify: {to: [{email: ops@example.com}]}",
)


def build_notify(fields: Fields | None, reading: Reading) -> Notify:
    """Build the recipients and bounds; what the file leaves out is as usual."""
    if fields is None:
        return USUAL
    silent: Fields | None = fields.get("silent")
    to = [_recipient(one, reading) for one in fields.get("to") or ()]
    return Notify(
        to=tuple(dict.fromkeys(one for one in to if one)),
        on=tuple(dict.fromkeys(one.value for one in fields.get("on") or ())) or KINDS,
        paused=_given(fields, "paused", USUAL.paused),
        source=_given(silent, "source", USUAL.source),
        trigger=_given(silent, "trigger", USUAL.trigger),
        late=_given(fields, "late", USUAL.late),
    )


def _given(fields: Fields | None, name: str, otherwise: int) -> int:
    return fields.get(name) if fields is not None and name in fields else otherwise


def _recipient(located: Located, reading: Reading) -> str:
    """Write a recipient as one text; empty after reporting that there is none, or several in one."""
    fields: Fields = located.value
    given = [name for name in _KINDS_OF_RECIPIENT if fields.gives(name)]
    if len(given) != 1 and not fields.has_unknown():
        shown = ", ".join(f"`{name}`" for name in given) or "none"
        hint = "write one of email, slack and webhook in each item of the list"
        reading.error(fields.mark, f"a recipient is told in one way, and here is {shown}", hint)
    return f"{given[0]}:{fields.get(given[0])}" if len(given) == 1 and given[0] in fields else ""
