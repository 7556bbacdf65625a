"""The channels of a message behind the one that was chosen: each is ready to be taken when that one is refused."""

from __future__ import annotations

from core.engine.channel import in_order, preferred_channels, usable
from core.engine.decision import Spare
from core.engine.draft import Draft
from core.engine.route import routed
from core.engine.rule import Act, Send
from core.engine.scope import Scope
from core.engine.value import evaluate_fields


def spares(draft: Draft, step: Act | Send, chosen: Act, scope: Scope) -> tuple[Spare, ...]:
    """Render the usable channels behind the chosen one; none where what they say cannot be told in full."""
    if not isinstance(step, Send):
        return ()
    channels = in_order(step.channels, preferred_channels(scope))
    behind = channels[channels.index(chosen) + 1 :]
    is_usable = [act for act in behind if usable(draft, act, scope, 0).passed]
    found = (_rendered(act, scope, step.patience) for act in is_usable)
    return tuple(one for one in found if one)


def _rendered(act: Act, scope: Scope, patience: int | None) -> Spare | None:
    act = routed(act, scope)
    fields, unknown, _ = evaluate_fields(act.fields, scope)
    if unknown or any(name not in fields for name in act.require):
        return None
    return Spare(act.destination, act.action, act.channel, fields, patience)
