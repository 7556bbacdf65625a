"""What is believed of an event that anyone could have sent."""

from __future__ import annotations

from msgspec import structs

from core.engine.event import Event
from core.engine.rule import IdentityRules


def as_stranger(event: Event, identity: IdentityRules) -> Event:
    """Keep what happened; leave out addresses and consent, with which a stranger could have others written to."""
    addresses = {rule.namespace for rule in identity.identifiers if rule.normalise}
    return structs.replace(
        event,
        identifiers=tuple(one for one in event.identifiers if one.namespace not in addresses),
        traits={name: value for name, value in event.traits.items() if name not in addresses},
        consent=(),
    )
