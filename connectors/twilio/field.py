"""The fields of each Twilio action, as ``cuewire check`` and the docs show them."""

from __future__ import annotations

from connectors.twilio.consent import SOURCES, STATES
from core.ports import FieldSpec

TO = FieldSpec("to", "The phone number to write to, with country code, such as +4915112345678.")
BODY = FieldSpec("body", "The text of the message.")
FROM = FieldSpec(
    "from",
    "The sender: a number, a sender name or a Messaging Service (MG...), or a map of country to one; else the setting.",
)
MEDIA = FieldSpec("media_url", "The https address of a picture or file, or a list of up to ten.")
SEND_AT = FieldSpec("send_at", "When Twilio sends it, as ISO text; needs a Messaging Service.")

MESSAGE = (TO, BODY, FROM, MEDIA, SEND_AT)

WHATSAPP = (
    TO,
    FieldSpec(
        "content_sid", "The id of a content template (HX...), which WhatsApp wants for a first message."
    ),
    FieldSpec("content_variables", "A map of what the template's places are filled with."),
    BODY,
    FROM,
    MEDIA,
    SEND_AT,
)

FLOW = (
    FieldSpec("flow_sid", "The id of the Studio flow (FW...)."),
    TO,
    FROM,
    FieldSpec("parameters", "A map that the flow reads as flow.data."),
)

CONSENT = (
    FieldSpec("to", "The phone number of the person who said it."),
    FieldSpec("status", "opt-in or opt-out.", words=STATES),
    FROM,
    FieldSpec(
        "source",
        "Where it was said: website, offline, opt-in-message, opt-out-message, or else others.",
        words=SOURCES,
    ),
    FieldSpec("date_of_consent", "When it was said, as ISO text."),
)

ERASING = (
    FieldSpec("to", "The phone number; messages to it and from it are deleted."),
    FieldSpec("message_sid", "The id of one message (SM... or MM...), where it alone is meant."),
)

CANCELLING = (
    FieldSpec("to", "The phone number to which nothing scheduled shall go any more."),
    FieldSpec("message_sid", "The id of one scheduled message (SM... or MM...), where it is known."),
    FieldSpec(
        "from",
        "The Messaging Service whose messages are meant, or a map of country to one; else the setting.",
    ),
)
