"""Whether a message may leave now: asked of the person as they are, by the rules in force."""

from __future__ import annotations

from msgspec import structs

from core.engine.exits import changed_rule
from core.engine.governance import Permit, permit
from core.engine.policy import Message
from core.engine.profile import Profile, Sent
from core.engine.rule import RuleSet
from core.ports import DeliveryRow

UNKNOWN_PERSON = Permit(refusal="the person is no longer known")


def permit_row(profile: Profile, row: DeliveryRow, rules: RuleSet, now: int) -> Permit:
    """Judge a delivery that reaches a person; one that waits says in ``refusal`` for what."""
    trigger = rules.triggers.get(row.trigger)
    if trigger is not None and trigger.status != "live":
        why = structs.replace(changed_rule("status"), step=row.step)
        return Permit(refusal=f"the trigger is {trigger.status} now", stops=(why,))
    sending = Sent(now, row.id, *Message(row.channel, row.purpose, rules.policy.tags.get(row.message, ())))
    return permit(
        profile, rules, sending, now, is_last=not row.spare, expires_at=row.expires_at, step=row.step
    )
