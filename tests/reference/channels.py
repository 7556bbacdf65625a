"""By which of its channels a message goes: the dearest to the person, or the first, of those that are usable."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from reference.measures import agreed
from reference.person import Person
from reference.rules import Step


def choose(person: Person, step: Step, seen: Counter[str]) -> Step | None:
    """Give a message with its first usable channel, and the usable ones behind it; None where there is none."""
    order = in_order(step, liked(person))
    usable = [channel for channel in order if is_usable(person, step, channel)]
    if step.others:
        notice(person, step, usable, seen)
    return replace(step, channel=usable[0], others=tuple(usable[1:])) if usable else None


def liked(person: Person) -> list[str]:
    """Give the channels that a person prefers, the dearest first."""
    told = [person.said.get(name) for name in ("preferred_channel", "channel_preference")]
    texts = [
        text for one in told for text in (one if isinstance(one, list) else [one]) if isinstance(text, str)
    ]
    return [word.strip().lower() for text in texts for word in text.split(",")]


def in_order(step: Step, dear: list[str]) -> list[str]:
    """Put what the person prefers before what the message names."""
    channels = [step.channel, *step.others]
    wanted = [word for word in dict.fromkeys(dear) if word in channels]
    return [*wanted, *(channel for channel in channels if channel not in wanted)]


def is_usable(person: Person, step: Step, channel: str) -> bool:
    """Say whether there is an address and consent; text messages, and what has one channel, always have an address."""
    has_address = channel == "sms" or not step.others or person.said.get(channel) is not None
    return has_address and agreed(person, step.purpose, channel)


def notice(person: Person, step: Step, usable: list[str], seen: Counter[str]) -> None:
    """Count how a channel was chosen."""
    channels = [step.channel, *step.others]
    seen["no channel usable"] += not usable
    for channel in channels[: channels.index(usable[0])] if usable else []:
        agrees = agreed(person, step.purpose, channel)
        seen["channel passed over without an address"] += agrees and not is_usable(person, step, channel)
        seen["channel passed over without consent"] += not agrees
    if usable and usable[0] in liked(person):
        seen["channel that the person prefers"] += usable[0] != step.channel
