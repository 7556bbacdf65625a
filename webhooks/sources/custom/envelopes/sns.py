"""Amazon SNS: subscriptions that confirm themselves, and notifications whose signature is checked."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Response

from core.engine.instant import parse_time
from core.errors import BadRequest, Busy, Unauthorised
from webhooks.payload import read_object
from webhooks.receiver import read_body
from webhooks.signatures import is_accepted
from webhooks.sources.base import Door, GiveSecret, Setting, success
from webhooks.sources.custom.envelopes.base import Envelope, text_in
from webhooks.sources.custom.envelopes.certificates import Certificates
from webhooks.sources.custom.items import Reader
from webhooks.sources.custom.proof import Environ, header_of
from webhooks.sources.loose import a_map

log = structlog.get_logger()

#: What Amazon signs, in this order; a Subject only where there is one.
NOTICE = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SIGNED = {
    "Notification": NOTICE,
    "SubscriptionConfirmation": CONFIRMATION,
    "UnsubscribeConfirmation": CONFIRMATION,
}

ARN = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]{1,40}):\d{12}:[A-Za-z0-9_.-]{1,256}")
#: A message that was repeated later than this may be forgotten already, and would count twice.
OLDEST = 7 * 24 * 3_600_000
RAW_HEADER = "x-amz-sns-rawdelivery"


class Sns(Envelope):
    """Take what a topic pushes; anybody can have a topic, so ours are named."""

    settings = (
        Setting("topic_arn", "The ARNs of the topics that may send, separated by commas.", is_secret=False),
        Setting("base_url", "Another SNS than Amazon's, for tests.", is_secret=False),
    )

    def __init__(self, door: Door) -> None:
        super().__init__(door)
        self.certificates = Certificates(door)

    def receive(self, source: str, reader: Reader, environ: Environ, received_at: int) -> Response:
        """Prove a message, then confirm its subscription or read what it says."""
        self.door.secret(source, "topic_arn")
        if header_of(environ, RAW_HEADER) == "true":
            raise Unauthorised(
                "A raw message carries no signature.",
                field=RAW_HEADER,
                hint="Switch raw message delivery off in the subscription.",
            )
        message = read_object(read_body(environ, self.door.limits.array))
        self.prove(source, message, received_at)
        kind = message["Type"]
        if kind == "Notification":
            around = envelope_of(message)
            data = text_in(message, "Message").encode()
            self.accept(source, Reader(reader.mapping, around).take_leniently(self.door, data), received_at)
        elif kind == "SubscriptionConfirmation":
            self.confirm(source, message)
        else:
            log.warning("sns_unsubscribed", source=source, topic=message["TopicArn"])
        return success()

    def prove(self, source: str, message: dict[str, Any], now: int) -> None:
        """Refuse a message of a topic that is not ours, or that Amazon did not sign."""
        if text_in(message, "Type") not in SIGNED:
            raise BadRequest(
                "Type is missing or unknown.", field="Type", hint=f"Use one of {', '.join(SIGNED)}."
            )
        topic = text_in(message, "TopicArn")
        if not is_accepted(self.setting(source, "topic_arn"), topic):
            log.warning("sns_topic_unknown", source=source, topic=topic[:300])
            raise Unauthorised(
                "The topic is not one of ours.",
                field="TopicArn",
                hint=f"Whoever runs this server lists it in CUEWIRE_{source.upper()}_TOPIC_ARN.",
            )
        address = self.address(source, message, "SigningCertURL")
        self.certificates.check(address, string_to_sign(message), message, now)
        if now - (parse_time(message["Timestamp"]) or 0) > OLDEST:
            raise Unauthorised(
                "The message is older than 7 days.", field="Timestamp", hint="Publish it anew."
            )

    def address(self, source: str, message: dict[str, Any], name: str) -> str:
        """Give an address that a message names, where it leads to SNS in the topic's own region."""
        text, base = text_in(message, name), self.setting(source, "base_url").reveal()
        if not (is_below(base, text) if base else is_amazons(message["TopicArn"], text)):
            raise Unauthorised(
                f"{name} does not lead to SNS.",
                field=name,
                hint="Only sns.REGION.amazonaws.com is asked, by https.",
            )
        return text

    def confirm(self, source: str, message: dict[str, Any]) -> None:
        """Visit the address that makes the subscription active."""
        status, _ = self.door.services.fetch(self.address(source, message, "SubscribeURL"))
        if status >= 500:
            raise Busy("SNS did not take the confirmation.", retry_after=5, hint="Send it again.")
        if status >= 300:
            raise BadRequest(
                f"SNS refused the confirmation with {status}.",
                field="SubscribeURL",
                hint="Request a new confirmation; one is good for 3 days.",
            )
        log.info("sns_subscribed", source=source, topic=message["TopicArn"])

    @staticmethod
    def sign(body: bytes, secret: GiveSecret) -> dict[str, str]:
        """Refuse: only Amazon has the key."""
        raise BadRequest(
            "Only Amazon can sign what SNS sends.",
            field="envelope",
            hint="Try the inside as a source without `envelope`.",
        )


def string_to_sign(message: dict[str, Any]) -> bytes:
    """Put together what Amazon signed: names and values, each on a line."""
    names = SIGNED[message["Type"]]
    kept = [name for name in names if name != "Subject" or message.get("Subject") is not None]
    return "".join(f"{name}\n{text_in(message, name)}\n" for name in kept).encode()


def is_amazons(topic: str, address: str) -> bool:
    """Tell whether an address is SNS' own, in the region of the topic."""
    found, parts = ARN.fullmatch(topic), urlsplit_safely(address)
    if found is None or parts is None or parts.scheme != "https" or not address.isascii():
        return False
    return parts.netloc in (f"sns.{found[1]}.amazonaws.com", f"sns.{found[1]}.amazonaws.com.cn")


def is_below(base: str, address: str) -> bool:
    """Tell whether an address has the scheme, host and port of the base."""
    one, other = urlsplit_safely(base), urlsplit_safely(address)
    return one is not None and other is not None and one[:2] == other[:2] and one.scheme in ("http", "https")


def urlsplit_safely(address: str) -> Any:
    """Split an address; None for what is none."""
    if any(letter.isspace() or letter == "\\" for letter in address):
        return None
    try:
        return urlsplit(address)
    except ValueError:
        return None


def envelope_of(message: dict[str, Any]) -> dict[str, Any]:
    """Show the message's own data to the formulas."""
    attributes = {
        name: a_map(one).get("Value") for name, one in a_map(message.get("MessageAttributes")).items()
    }
    found = {
        "id": message["MessageId"],
        "timestamp": message["Timestamp"],
        "topic": message["TopicArn"],
        "subject": message.get("Subject"),
        "attributes": {name: one for name, one in attributes.items() if isinstance(one, str) and one},
    }
    return {name: one for name, one in found.items() if one}
