"""Whether a message may leave now: asked of the person as they are, by the rules in force."""

from __future__ import annotations

from core.engine.governance import Permit, govern, permit
from core.engine.instant import iso
from core.engine.policy import Message
from core.engine.profile import Profile, Sent
from core.engine.rule import RuleSet
from core.ports import DeliveryRow

UNKNOWN_PERSON = Permit(refusal="the person is no longer known")


def permit_row(profile: Profile, row: DeliveryRow, rules: RuleSet, now: int) -> Permit:
    """Judge a delivery that reaches a person; one that waits says in ``refusal`` for what."""
    message = Message(row.channel, row.purpose, rules.policy.tags.get(row.message, ()))
    found = permit(profile, rules, Sent(now, row.id, *message), now, is_last=not row.spare)
    return (
        found
        if found.until is None
        else found._replace(refusal=_waits_for(profile, row, rules, message, now))
    )


def _waits_for(profile: Profile, row: DeliveryRow, rules: RuleSet, message: Message, now: int) -> str:
    """Name the rules that hold a message: what they saw ends with the moment at which it is free."""
    ruling = govern(profile, rules, message, now, own=row.id)
    free = iso(ruling.free_at or now)
    held = [one for one in ruling.reasons if str(one.saw).endswith(free)]
    return "; ".join(f"{one.gate}: {one.expression}, saw {one.saw}" for one in held)
