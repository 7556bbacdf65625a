"""From the engine's values to the store's rows."""

from __future__ import annotations

from core.engine.decision import Action, Conversion
from core.engine.event import Event
from core.engine.instant import iso
from core.ports import ConversionRow, DeliveryRow, EventRow, Status


def event_row(
    event: Event,
    raw: bytes,
    *,
    status: str,
    profile_id: str = "",
    reason: str = "",
    call: bytes = b"",
    is_public: bool = False,
) -> EventRow:
    """Make the row of an event."""
    identifiers: dict[str, list[str]] = {}
    for namespace, value in event.identifiers:
        identifiers.setdefault(namespace, []).append(value)
    return EventRow(
        seq=event.seq,
        id=event.id,
        source=event.source,
        type=event.type,
        event=event.name,
        timestamp=event.timestamp,
        received_at=event.received_at,
        status=status,
        raw=raw,
        profile_id=profile_id,
        identifiers=identifiers,
        reason=reason,
        arrived_at=event.received_at if event.quiet else None,
        is_public=is_public,
        call=call,
    )


def delivery_row(action: Action, now: int) -> DeliveryRow:
    """Make the row of a delivery that is still to be sent, or that says why it is not.

    One that would wait for longer than it is valid has expired at once.
    """
    status, reason = action.status, action.reason
    if status == Status.SCHEDULED and action.expires_at is not None and action.due_at > action.expires_at:
        status = Status.EXPIRED
        reason = f"valid until {iso(action.expires_at)}, and not free before {iso(action.due_at)}"
    return DeliveryRow(
        id=action.id,
        decision_id=action.decision_id,
        trigger=action.trigger,
        step=action.step,
        destination=action.destination,
        action=action.action,
        fields=action.fields,
        profile_id=action.profile_id,
        status=status,
        due_at=action.due_at,
        created_at=now,
        channel=action.channel,
        purpose=action.purpose,
        message=action.message,
        reason=reason,
        expires_at=action.expires_at,
        spare=list(action.spare),
        hops=action.hops,
    )


def conversion_row(conversion: Conversion) -> ConversionRow:
    """Make the row of a conversion."""
    return ConversionRow(
        id=conversion.id,
        decision_id=conversion.decision_id,
        trigger=conversion.trigger,
        event_id=conversion.event_id,
        profile_id=conversion.profile_id,
        at=conversion.at,
        decided_at=conversion.at - conversion.after,
        value=conversion.value,
    )
