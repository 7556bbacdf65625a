"""CRMs and messaging systems calling back in."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webhooks.callbacks.base import Callback


@cache
def kinds() -> dict[str, type[Callback]]:
    """Give every kind of callback that makes events, by the name of its file."""
    from webhooks.callbacks.braze import BrazeCallback
    from webhooks.callbacks.hubspot import HubSpotCallback
    from webhooks.callbacks.salesforce import SalesforceCallback
    from webhooks.callbacks.sendgrid import SendGridCallback
    from webhooks.callbacks.twilio import TwilioCallback

    every = (HubSpotCallback, SalesforceCallback, TwilioCallback, SendGridCallback, BrazeCallback)
    return {one.name: one for one in every}
