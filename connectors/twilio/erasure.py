"""What Twilio keeps of messages with a person, deleted: it knows no deletion by number, so one message at a time."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from connectors.twilio.message import WHATSAPP, e164
from core.ports import Delivered, DeliveryRow, Outcome, RetryLater, Unknown

if TYPE_CHECKING:
    import requests

#: Of each list; what is beyond them is deleted at the next try.
MOST = 50

#: Twilio's code for a message that is still on its way.
NOT_FINAL = 20009

ON_ITS_WAY = RetryLater("Twilio does not delete a message before it has arrived or failed", alone=True)


def erase(client: Any, row: DeliveryRow) -> Outcome:
    """Delete one message by its id, or all to and from a number."""
    if row.fields.get("message_sid"):
        return erase_one(client, str(row.fields["message_sid"])) or Delivered("deleted")
    number = e164(row.fields["to"])
    deleted, is_more, waits = 0, False, None
    for side, written in product(("to", "from_"), (number, WHATSAPP + number)):
        listed = client.messages.list(**{side: written}, limit=MOST)
        is_more = is_more or len(listed) == MOST
        for one in listed:
            wrong = erase_one(client, str(one.sid))
            if isinstance(wrong, Unknown):
                return wrong
            waits, deleted = wrong or waits, deleted + (wrong is None)
    if waits or not is_more:
        return waits or Delivered(f"{deleted} deleted")
    return RetryLater(f"{deleted} deleted, and there may be more", alone=True)


def erase_one(client: Any, sid: str) -> Outcome | None:
    """Delete a message, and say why it is still there; one that is gone already is none."""
    from requests import HTTPError  # slow to import

    try:
        is_deleted = client.messages(sid).delete_with_http_info().status_code == 204
    except HTTPError as error:
        if error.response.status_code == 404 and code_of(error.response):
            return None
        if error.response.status_code == 409 or code_of(error.response) == NOT_FINAL:
            return ON_ITS_WAY
        raise
    return None if is_deleted else Unknown("Twilio gave an answer that does not say that it was deleted")


def code_of(response: requests.Response) -> object:
    """Give Twilio's code; a page of somebody else has none."""
    from connectors.transport import json_object

    return json_object(response).get("code")
