"""What the files of one folder may say of each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.config.kinds.text_file import Texts
from core.config.nearest import did_you_mean, nearest
from core.config.node import Mark
from core.config.schema import Fields, Reading
from core.config.trial import Place, Trial
from core.engine.formula import Formula
from core.engine.policy import Policy
from core.engine.rule import DEFAULT_PURPOSES, CodeRule, Purpose, Send, Telling
from core.engine.value import Value
from core.ports import DestinationSpec, Pace

#: Channels of the contract; a destination's actions may bring others.
CHANNELS = ("sms", "email", "push", "whatsapp")


def warn_channel(name: str, mark: Mark, reading: Reading) -> None:
    """Warn of a channel that looks mistyped; consent may name channels that no destination has."""
    near = nearest(name, CHANNELS)
    if near and near != name:
        reading.warn(mark, f"`{name[:60]}` is a new name", f"did you mean `{near}`?")


@dataclass(frozen=True, slots=True)
class ActionDefaults:
    """What a destination file says of one action."""

    fields: Mapping[str, Value]
    require: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """A formula that sends people's deliveries to another instance, and where it stands."""

    to: str
    condition: Formula
    place: Place


@dataclass(frozen=True, slots=True)
class DestinationFile:
    """A destination by the name that triggers use, and its kind; one that is not sound has errors.

    ``pace`` is None where its file says nothing of it.
    """

    name: str
    spec: DestinationSpec
    actions: Mapping[str, ActionDefaults]
    is_sound: bool = True
    pace: Pace | None = None
    routes: tuple[Way, ...] = ()
    telling: Telling | None = None


@dataclass
class Around:
    """The names that are known so far; None stands for a file that exists but is wrong itself.

    Empty ``purposes`` and ``namespaces`` mean that their file is wrong: nothing is compared with them.
    ``trials`` are the tests that the files carry, ``tags`` those of each message. ``policy`` is None where its file is
    wrong, ``region`` the country of local phone numbers, ``texts`` the files that messages may name,
    ``codes`` the pools of those that give codes, ``sources`` the names of the sources.
    """

    catalogue: Mapping[str, DestinationSpec]
    source_kinds: tuple[str, ...] = ()
    callback_kinds: tuple[str, ...] = ()
    sources: set[str] = field(default_factory=set)
    purposes: Mapping[str, Purpose] = field(default_factory=lambda: dict(DEFAULT_PURPOSES))
    namespaces: tuple[str, ...] = ()
    destinations: dict[str, DestinationFile | None] = field(default_factory=dict)
    messages: dict[str, Send | None] = field(default_factory=dict)
    trials: list[Trial] = field(default_factory=list)
    tags: dict[str, tuple[str, ...]] = field(default_factory=dict)
    policy: Policy | None = field(default_factory=Policy)
    region: str = ""
    texts: Texts | None = None
    codes: dict[str, CodeRule] = field(default_factory=dict)

    def actions(self) -> list[str]:
        """Name everything that a step may call, as ``DESTINATION.ACTION``."""
        found = [destination for destination in self.destinations.values() if destination]
        return [f"{one.name}.{action}" for one in found for action in one.spec.actions]

    def channels(self) -> set[str]:
        """Name every channel that there is."""
        actions = [action for spec in self.catalogue.values() for action in spec.actions.values()]
        return {*CHANNELS, *(one.channel for one in actions if one.channel)}

    def check_purpose(self, name: str, mark: Mark, reading: Reading) -> None:
        """Refuse a purpose that the policy does not name."""
        if self.purposes and name not in self.purposes:
            hint = did_you_mean(name, self.purposes) or "name it under `purposes` in policy.yaml"
            reading.error(mark, f"unknown purpose `{name[:60]}`", hint)

    def check_message(self, name: str, mark: Mark, reading: Reading) -> None:
        """Refuse a message that has no file."""
        if name not in self.messages:
            hint = did_you_mean(name, self.messages) or f"write messages/{name}.yaml"
            reading.error(mark, f"unknown message `{name[:60]}`", hint)

    def check_group(self, name: str, fields: Fields, reading: Reading) -> None:
        """Refuse a group that the policy does not name; where it names none at all, only warn."""
        if self.policy is None or name in self.policy.groups:
            return
        if self.policy.groups:
            hint = did_you_mean(name, self.policy.groups) or "name it under `groups` in policy.yaml"
            reading.error(fields.value_place("group"), f"unknown group `{name[:60]}`", hint)
        else:
            hint = f"write `groups: {{{name[:60]}: {{times: 1, per: 1h}}}}` in policy.yaml"
            reading.warn(fields.place("group"), "`group` has no effect: policy.yaml names no groups", hint)

    def check_namespace(self, name: str, mark: Mark, reading: Reading, *, also: tuple[str, ...] = ()) -> None:
        """Refuse an identifier that ``identity.yaml`` does not name; ``also`` are other keys of the place."""
        known = (*self.namespaces, *also)
        if self.namespaces and name not in known:
            hint = did_you_mean(name, known) or "name it in identity.yaml"
            reading.error(mark, f"unknown identifier `{name[:60]}`", hint)


def check_name(fields: Fields, key: str, reading: Reading, *, name: str) -> None:
    """Refuse a file whose name is not the one it gives itself."""
    given = fields.get(key)
    if key in fields and given != name:
        hint = f"write `{key}: {name}`, or rename the file to {given}.yaml"
        reading.error(fields.value_place(key), f"the file is named {name}, but says `{key}: {given}`", hint)
