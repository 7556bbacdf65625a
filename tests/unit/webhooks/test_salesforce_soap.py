"""Salesforce's outbound messages: read as they are recorded, and never by anything that XML is attacked with."""

from __future__ import annotations

import random
from pathlib import Path
from xml.etree import ElementTree

import pytest

from core.errors import BadRequest
from webhooks.callbacks.salesforce.soap import ACK, MOST, read_message

SAMPLES = Path(__file__).parents[4] / "shared/samples/inbound/salesforce"

HEAD = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
    '<notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
    "<OrganizationId>00D7F00000107XsUAI</OrganizationId><ActionId>04k1</ActionId>"
    "<SessionId>session-of-tests</SessionId>"
)
TAIL = "</notifications></soapenv:Body></soapenv:Envelope>"


def notification(number: int, fields: str = "<sf:Id>003</sf:Id>") -> str:
    """Write one notification about a contact."""
    return (
        f"<Notification><Id>04l{number}</Id>"
        '<sObject xsi:type="sf:Contact" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
        f"{fields}</sObject></Notification>"
    )


def message(*notifications: str, before: str = "") -> bytes:
    """Write a message."""
    return (before + HEAD + "".join(notifications) + TAIL).encode()


@pytest.mark.skipif(not SAMPLES.exists(), reason="the vendors' recorded samples are not here")
def test_a_recorded_message_is_read_whole() -> None:
    """One deal on one line, and two contacts."""
    deal = read_message((SAMPLES / "outbound-message-opportunity.xml").read_bytes())
    (one,) = deal.notifications
    assert (deal.organization, deal.action) == ("00D7F00000107XsUAI", "04k7F0000008V3hQAE")
    assert (one.id, one.object) == ("04l7F000008aeAyQAI", "Opportunity")
    assert one.fields["StageName"] == "Perception Analysis"
    assert one.fields["Amount"] == "120000.0"
    pair = read_message((SAMPLES / "outbound-message-two-notifications.xml").read_bytes())
    assert [each.fields["Email"] for each in pair.notifications] == ["ada@example.com", "grace@example.com"]
    assert [each.fields["HasOptedOutOfEmail"] for each in pair.notifications] == ["true", "false"]


@pytest.mark.skipif(not SAMPLES.exists(), reason="the vendors' recorded samples are not here")
def test_the_answer_is_the_one_that_salesforce_takes_for_yes() -> None:
    """The same document as the recorded one, whatever stands between its elements."""
    recorded = ElementTree.fromstring((SAMPLES / "outbound-message-ack-response.xml").read_bytes())
    ours = ElementTree.fromstring(ACK)
    assert [(one.tag, (one.text or "").strip()) for one in ours.iter()] == [
        (one.tag, (one.text or "").strip()) for one in recorded.iter()
    ]


def test_a_hundred_notifications_are_one_message_and_one_more_is_none() -> None:
    """Salesforce never puts more into one."""
    assert len(read_message(message(*map(notification, range(MOST)))).notifications) == MOST
    for number in (0, MOST + 1):
        with pytest.raises(BadRequest, match=str(number)):
            read_message(message(*map(notification, range(number))))


def test_the_session_is_never_read() -> None:
    """It is a key to the organisation's data."""
    assert "session-of-tests" not in repr(read_message(message(notification(1))))


def test_nothing_and_null_are_left_out_and_repeated_fields_are_a_list() -> None:
    """A field with parts of its own, such as an address, is left out too."""
    fields = (
        '<sf:Id>003</sf:Id><sf:Email xsi:nil="true"/><sf:Tags>a</sf:Tags><sf:Tags>b</sf:Tags><sf:Tags>c</sf:Tags>'
        "<sf:MailingAddress><sf:city>Paris</sf:city></sf:MailingAddress><sf:Name>Z&#235; &amp; co</sf:Name>"
    )
    (one,) = read_message(message(notification(1, fields))).notifications
    assert one.fields == {"Id": "003", "Tags": ["a", "b", "c"], "Name": "Zë & co"}


HOSTILE = {
    "a document type": '<!DOCTYPE a [<!ENTITY x "y">]>',
    "a file": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "an address": '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd">',
    "a parameter": '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/a.dtd"> %x;]>',
    "laughs": "<!DOCTYPE a [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 9))
    + "]>",
    "an instruction": "<?php system('ls')?>",
    "two roots": "<a/>",
    "a broken encoding": '<?xml version="1.0" encoding="no-such"?>',
}


@pytest.mark.parametrize("before", HOSTILE.values(), ids=HOSTILE)
def test_declarations_and_instructions_are_refused(before: str) -> None:
    """Before anything is made of them."""
    with pytest.raises(BadRequest):
        read_message(message(notification(1), before=before))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<a>",
        b"<a/>",
        b"\xff\xfe<",
        b"<a>" * 5_000,
        (HEAD + "<a>" * 50).encode(),
        HEAD.replace("soap/envelope", "soap/other").encode() + TAIL.encode(),
        message("<Notification><Id>1</Id></Notification>"),
        message(notification(1).replace("<Id>04l1</Id>", "")),
        message(notification(1), notification(2, "&unknown;")),
        message(notification(1)).replace(b"Envelope", b"Envelop\x00e"),
    ],
)
def test_what_is_no_message_is_refused_with_a_reason(body: bytes) -> None:
    """No other error leaves the reader."""
    with pytest.raises(BadRequest, match="no outbound message"):
        read_message(body)


def test_a_spoilt_message_is_read_or_refused_and_nothing_else() -> None:
    """Bytes changed at random."""
    chance, body = random.Random(3), message(*map(notification, range(3)))
    for _ in range(300):
        at = chance.randrange(len(body))
        spoilt = body[:at] + bytes([chance.randrange(256)]) * chance.randrange(3) + body[at + 1 :]
        try:
            read_message(spoilt)
        except BadRequest:
            continue
