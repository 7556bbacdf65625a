"""Twilio's inbound messages: who answers STOP or START speaks for their number."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, request

from core.engine.digest import derive
from core.pipeline.consenting import Heard
from webhooks.callbacks.keywords import meaning
from webhooks.callbacks.twilio import read_signed
from webhooks.metrics import Tally
from webhooks.services import Services

log = structlog.get_logger()

PATH = "/callbacks/twilio/inbound"
WHATSAPP = "whatsapp:"

#: No reply: Twilio has sent its own already.
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


class TwilioInbound:
    """Take what people answer."""

    def __init__(self, services: Services, tally: Tally) -> None:
        self.services = services
        self.tally = tally

    def routes(self) -> Blueprint:
        """Give the inbound route."""
        routes = Blueprint("twilio_inbound", __name__)
        routes.add_url_rule(PATH, "inbound", self.inbound, methods=["POST"])
        return routes

    def inbound(self) -> Response:
        """Take an answer; only one that is nothing but a keyword means anything."""
        instance = request.args.get("destination", "twilio")
        body, params = read_signed(self.services, PATH, instance)
        self.tally.callbacks.inc()
        told = meaning(params.get("Body", ""), params.get("OptOutType", ""))
        if told in ("STOP", "START"):
            heard = heard_of(params, instance, body, is_granted=told == "START")
            people = self.services.consents.hear(heard)
            log.info(
                "opt_out_heard" if told == "STOP" else "opt_in_heard", destination=instance, people=people
            )
        return Response(EMPTY, mimetype="text/xml")


def heard_of(params: dict[str, str], instance: str, body: bytes, *, is_granted: bool) -> Heard:
    """Say what a number said. No by WhatsApp is meant for SMS as well, yes only for what it came by."""
    sender = params.get("From", "")
    is_whatsapp = sender.startswith(WHATSAPP)
    by = "whatsapp" if is_whatsapp else "sms"
    message = params.get("MessageSid") or params.get("SmsSid") or derive("i", body.decode("ascii", "replace"))
    return Heard(
        id=message,
        source=instance,
        number=sender.removeprefix(WHATSAPP),
        channels=("sms", "whatsapp") if is_whatsapp and not is_granted else (by,),
        granted=is_granted,
        evidence={"callback_id": message, "answer": params.get("Body", "")[:100], "to": params.get("To", "")},
        raw=body,
    )
