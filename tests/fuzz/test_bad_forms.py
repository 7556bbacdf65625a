"""Forms, XML messages and times that are none are refused as clearly as bodies of JSON."""

from __future__ import annotations

import json

import pytest
from fuzz.place import FORMS, SOAP, Place
from fuzz.refusing import refused

from core.ports import Filter

pytestmark = pytest.mark.usefixtures("nothing_is_kept")

FORM_BODIES = [
    *(
        b"",
        b"=",
        b"&",
        b"&&&",
        b"%",
        b"%zz=%ff",
        b"a=%ed%a0%80",
        b"a=%00",
        b"\xff=\xff",
        b"{}",
        b"a" * 70_000,
    ),
    *(
        b"MessageStatus=delivered",
        b"MessageStatus=",
        b"Body=STOP",
        b"key=",
        b"key=%00",
        b"csrf=x",
        b"a=1&" * 600,
    ),
]


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data", "application/json"]
)
def test_forms_of_nobody_are_refused(place: Place, path: str, kind: str) -> None:
    """Forms that are none, and good ones of somebody who has no key, no link and no signature."""
    for body in FORM_BODIES:
        refused(place, path, body, {**FORMS[path](place, path, body), "Content-Type": kind})


ENVELOPE = b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>%s</e:Body></e:Envelope>'
NOTICES = b'<notifications xmlns="http://soap.sforce.com/2005/09/outbound">%s</notifications>'
XML = [
    *(
        b"<a>",
        b"</a>",
        b"<a/>",
        b"<a></b>",
        b"<a b=1/>",
        b"<a b='1' b='1'/>",
        b"<?xml?>",
        b"<a>&b;</a>",
        b"<a>&#0;</a>",
    ),
    *(
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        b"<a>\xff</a>",
    ),
    b"<!DOCTYPE a [<!ENTITY a0 'x'>"
    + b"".join(b"<!ENTITY a%d '&a%d;&a%d;'>" % (number + 1, number, number) for number in range(30))
    + b"]><a>&a30;</a>",
    b"<a>" * 5_000 + b"</a>" * 5_000,
    b"<a " + b" ".join(b"b%d='1'" % number for number in range(5_000)) + b"/>",
    "<a/>".encode("utf-16"),
    b"<?xml version='1.0' encoding='ebcdic'?><a/>",
    *(ENVELOPE % inner for inner in (b"", b"x", b"<x/>", NOTICES % b"", NOTICES % b"<Notification/>")),
    *(
        ENVELOPE
        % (
            NOTICES
            % (b"<OrganizationId>%s</OrganizationId>" % text + b"<Notification><Id>1</Id></Notification>")
        )
        for text in (b"", b"00D000000000000", b"x" * 100)
    ),
]


def test_messages_that_are_none_are_refused(place: Place) -> None:
    """Entities, depths and messages of another organisation."""
    for body in XML:
        refused(place, SOAP, body, {"Content-Type": "text/xml"})


TIMES = [
    *(
        0,
        -1,
        1,
        10**10,
        10**13,
        10**16,
        10**30,
        -(10**18),
        1e300,
        0.1,
        True,
        "",
        " ",
        "now",
        "0",
        "-1",
        "1e999",
    ),
    *("0000-00-00T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "99999-01-01T00:00:00Z"),
    *(
        "2026-02-30T00:00:00Z",
        "2026-01-01T25:00:00Z",
        "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:00+99:99",
        "2026-W01",
    ),
    *(
        "2026-01-01T00:00:00.123456789123456789Z",
        "+002026-01-01T00:00:00Z",
        "२०२६-01-01",
        "2026-01-01\x00",
        [],
        {},
    ),
]


@pytest.mark.takes
def test_no_time_is_absurd_in_the_store(place: Place) -> None:
    """A call with a time that cannot be is refused, or is of the time at which it came."""
    for number, value in enumerate(TIMES):
        for name in ("timestamp", "originalTimestamp", "sentAt"):
            call = {"event": "A", "userId": "timeless", "messageId": f"{name}{number}", name: value}
            body = json.dumps(call).encode()
            answer = place.client.post("/v1/track", data=body, headers=place.of_source("/v1/track", body))
            assert answer.status_code in (200, 400), (value, answer.text)
    rows = place.runtime.store.read.events(Filter(limit=500)).rows
    now = place.runtime.clock.now()
    assert len(rows) > 50
    assert all(0 <= row.timestamp <= now for row in rows if row.event == "A")
