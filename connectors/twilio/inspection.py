"""What Twilio says of our account and of the sender; it is only read."""

from __future__ import annotations

from typing import Any

from core.ports import Inspected, Written

MESSAGING_HOST = "messaging.twilio.com"

#: Senders in other countries, alphanumeric ones and short codes are not in this list.
NOT_LISTED = "the account has no such number (right where it is hosted, a short code or a name)"


def inspect(client: Any, written: Written, sender: str) -> list[Inspected]:
    """Ask how the account stands, and whether it has the sender."""
    account = client.api.v2010.accounts(client.username).fetch()
    status = str(account.status)
    found = [Inspected("the account", "" if status == "active" else f"Twilio says that it is {status}")]
    if not any(action.startswith("send") or action == "start_flow" for action in written):
        return found
    return [*found, sender_told(client, sender)]


def sender_told(client: Any, sender: str) -> Inspected:
    """Say whether the account has the sender."""
    what = f"the sender {sender}"
    if sender.startswith("MG"):
        client.messaging.v1.services(sender).fetch()
        return Inspected(what)
    number = sender.removeprefix("whatsapp:")
    if not number.startswith("+"):
        return Inspected(what, "a name cannot be looked up", is_doubt=True)
    if client.incoming_phone_numbers.list(phone_number=number, limit=1):
        return Inspected(what)
    mend = f"twilio api:core:incoming-phone-numbers:create --phone-number {number}"
    return Inspected(what, NOT_LISTED, mend, is_doubt=True)
