"""What a person can choose: each purpose that asks for consent, by each channel that it is written by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.engine import Profile
from core.engine.consent import slot, standing
from core.engine.event import ConsentStatement
from core.engine.rule import Act, RuleSet, Send


@dataclass(frozen=True)
class Choice:
    """One box: a purpose by a channel, and whether the person agreed; an empty channel means all of them."""

    purpose: str
    channel: str
    is_on: bool

    @property
    def name(self) -> str:
        """Name the box in the form."""
        return slot(self.purpose, self.channel)


def choices(rules: RuleSet, profile: Profile) -> dict[str, list[Choice]]:
    """Give the boxes by purpose; what needs no consent is not theirs to choose."""
    written = set(_written(rules))
    found = {}
    for purpose in sorted(one.name for one in rules.purposes.values() if one.consent_required):
        stated = {name.rpartition("/")[2] for name in profile.consent if name.rpartition("/")[0] == purpose}
        channels = {channel for name, channel in written if name == purpose} | (stated - {""})
        boxes = [_choice(profile, purpose, channel) for channel in sorted(channels or {""})]
        if channels or stated:
            found[purpose] = boxes
    return found


def changes(shown: dict[str, list[Choice]], was: set[str], wanted: set[str]) -> tuple[ConsentStatement, ...]:
    """Give a statement for each box that the person changed; what others changed meanwhile stays."""
    boxes = [box for one in shown.values() for box in one]
    return tuple(
        ConsentStatement(box.purpose, box.channel, box.name in wanted)
        for box in boxes
        if (box.name in was) != (box.name in wanted)
    )


def nothing_more(shown: dict[str, list[Choice]]) -> tuple[ConsentStatement, ...]:
    """Withdraw every purpose from every channel."""
    return tuple(ConsentStatement(purpose, "", False) for purpose in shown)


def _choice(profile: Profile, purpose: str, channel: str) -> Choice:
    held = standing(profile, purpose, channel)
    return Choice(purpose, channel, held is not None and held.granted)


def _written(rules: RuleSet) -> Iterator[tuple[str, str]]:
    """Give the purpose and channel of everything that published triggers write to people."""
    for trigger in rules.triggers.values():
        steps = trigger.steps if trigger.status != "draft" else ()
        for step in steps:
            acts = step.channels if isinstance(step, Send) else (step,) if isinstance(step, Act) else ()
            yield from ((act.purpose, act.channel) for act in acts if act.channel)
