"""Messages that wait at Twilio for their time, and shall not go."""

from __future__ import annotations

from typing import Any

from connectors.twilio.message import address
from core.ports import Delivered, DeliveryRow, Outcome, Rejected

CANCELLED, WAITING = "canceled", "scheduled"

#: Newest first; more than these wait for nobody.
MOST = 200


def cancel(client: Any, row: DeliveryRow, sender: str) -> Outcome:
    """Cancel one message by its id, or all that wait for a number."""
    if row.fields.get("message_sid"):
        return cancel_one(client, str(row.fields["message_sid"]))
    listed = client.messages.list(to=address(row, row.fields["to"]), limit=MOST)
    waiting = [one for one in listed if one.status == WAITING and one.messaging_service_sid == sender]
    outcomes = [cancel_one(client, one.sid) for one in waiting]
    kept = [one for one in outcomes if isinstance(one, Rejected)]
    if kept:
        return kept[0]
    return Delivered(f"{len(waiting)} cancelled" if waiting else "nothing was scheduled")


def cancel_one(client: Any, sid: str) -> Outcome:
    """Cancel a message; one that is cancelled already stays so."""
    from requests import HTTPError  # slow to import

    try:
        client.messages(sid).update(status=CANCELLED)
    except HTTPError as error:
        if error.response.status_code not in (400, 409):
            raise
        status = client.messages(sid).fetch().status
        if status != CANCELLED:
            return Rejected(f"Twilio does not cancel it, for it is {status}")
        return Delivered("was cancelled already", reference=sid)
    return Delivered("cancelled", reference=sid)
