"""Which channel a message takes: the person's own choice first, then the message's order, then what is usable."""

from __future__ import annotations

from collections.abc import Sequence

from core.engine.consent import judge_consent
from core.engine.decision import Reason
from core.engine.draft import Draft
from core.engine.formula import Unknown
from core.engine.rule import Act, Send
from core.engine.scope import Scope

#: Without it a message has nowhere to go, where the action has the field at all.
ADDRESS = "to"

#: Traits in which people say how they want to be reached, asked in this order; a text or a list.
PREFERENCES = ("preferred_channel", "channel_preference")


def choose(draft: Draft, step: Act | Send, scope: Scope, index: int) -> tuple[Act, Reason]:
    """Pick the first usable channel of a step, or the first one with why none is usable."""
    if not isinstance(step, Send):
        return step, usable(draft, step, scope, index)
    preferred = preferred_channels(scope)
    channels = in_order(step.channels, preferred)
    reasons = [usable(draft, act, scope, index) for act in channels]
    for number, (act, reason) in enumerate(zip(channels, reasons, strict=True)):
        if reason.passed:
            passed_over = list(zip(channels, reasons, strict=True))[:number]
            return act, _told(act, reason, passed_over, preferred)
    return channels[0], _refused(channels, reasons)


def preferred_channels(scope: Scope) -> list[str]:
    """Give the channels that a person prefers, the dearest first, in small letters."""
    found: list[str] = []
    for name in PREFERENCES:
        value = scope.trait(name)
        listed = value if isinstance(value, list | tuple) else [value]
        words = [word for one in listed if isinstance(one, str) for word in one.split(",")]
        found += [word.strip().lower() for word in words]
    return [word for word in dict.fromkeys(found) if word]


def in_order(channels: Sequence[Act], preferred: Sequence[str]) -> list[Act]:
    """Order channels by a person's preference; those that it does not name keep the message's order behind."""
    ranks = {name: rank for rank, name in enumerate(preferred)}
    return sorted(channels, key=lambda act: ranks.get(act.channel.lower(), len(ranks)))


def _told(act: Act, reason: Reason, passed_over: list[tuple[Act, Reason]], preferred: list[str]) -> Reason:
    """Say in a reason whose choice the channel was, and which ones were passed over and why."""
    told = [f"{reason.saw}, preferred by the person" if act.channel.lower() in preferred else reason.saw]
    told += [f"passed over {one.channel}: {why.saw}" for one, why in passed_over]
    return Reason(
        reason.gate,
        True,
        reason.expression,
        saw="; ".join(str(one) for one in told),
        needed=reason.needed,
        step=reason.step,
    )


def _refused(channels: Sequence[Act], reasons: Sequence[Reason]) -> Reason:
    """Say why none of the channels is usable."""
    first, pairs = reasons[0], list(zip(channels, reasons, strict=True))
    saw, needed = first.saw, first.needed
    if len(pairs) > 1:
        saw = "; ".join(f"{act.channel}: {one.saw}" for act, one in pairs)
    if len({one.needed for one in reasons}) > 1:
        needed = "; ".join(f"{act.channel}: {one.needed}" for act, one in pairs)
    return Reason("consent", False, first.expression, saw=saw, needed=needed, step=first.step)


def usable(draft: Draft, act: Act, scope: Scope, index: int) -> Reason:
    """Say whether a channel has an address and consent."""
    if not act.channel:
        return Reason("consent", True, f"{act.destination}.{act.action}", saw="a data action", step=index)
    missing = unreachable(act, scope)
    if missing:
        expression = f"{act.purpose} by {act.channel}"
        return Reason("consent", False, expression, saw=missing, needed="an address", step=index)
    return judge_consent(draft.profile, act.purpose, act.channel, draft.rules.purposes, step=index)


def unreachable(act: Act, scope: Scope) -> str:
    """Say why an act reaches nobody; where it has no address, the vendor knows the person by what it requires."""
    for name in (ADDRESS,) if ADDRESS in act.fields else act.require:
        value = act.fields[name].evaluate(scope) if name in act.fields else None
        if isinstance(value, Unknown):
            return value.reason
        if value is None:
            return "no address" if name == ADDRESS else f"no {name}"
    return ""
