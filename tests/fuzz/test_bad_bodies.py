"""A bad body is refused at every door with a clear 4xx and at once: nothing of it is kept, and nothing breaks.

``CUEWIRE_FUZZ=1`` brings every body to every door; otherwise each door gets its share. ``-s`` shows the times.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import time
import zlib
from collections.abc import Iterator

import pytest
from embedded.crm import TOKEN
from fuzz.place import DOORS, FORMS, SINGLE, Headers, Place
from fuzz.unreadable import HUGE, JOINED, UNREADABLE
from fuzz.wrong import WRONG
from werkzeug.test import TestResponse

from core.ports import Filter

IS_WHOLE = os.environ.get("CUEWIRE_FUZZ") == "1"
SHARE = 1 if IS_WHOLE else 8
#: Seconds of the processor that a refusal may cost; one that takes longer is asked again, for others work here too.
BUDGET = 0.25
TRIES = 4
#: Doors that take what follows each other line by line, and so the good lines among bad ones.
BY_LINES = ("mixpanel", "amplitude", "heap", "webshop", "plain")
#: Doors for whole lists of codes and folders of mappings.
TAKE_MUCH = ("/api/codes", "/api/rehearse")
#: The door of Salesforce, whose path is the secret.
SOAP = f"/callbacks/salesforce/{TOKEN}"

doors = pytest.mark.parametrize("path", DOORS)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Give an instance whose background is not needed."""
    made = Place(tmp_path_factory.mktemp("place"))
    yield made
    made.runtime.store.close()


@pytest.fixture(autouse=True)
def nothing_is_kept(place: Place, request: pytest.FixtureRequest) -> Iterator[None]:
    """See that a refusal leaves nothing behind."""
    before = place.rows()
    yield
    if "takes" not in request.keywords:
        assert place.rows() == before


def refused(place: Place, path: str, body: bytes, headers: Headers) -> float:
    """Send what must be refused, and see that it is; give the seconds of the processor that it took."""
    begun = time.thread_time()
    answer = place.client.post(path, data=body, headers=headers)
    taken = time.thread_time() - begun
    about = (path, body[:100], answer.status, answer.text[:300])
    assert 400 <= answer.status_code < 500, about
    assert is_clear(answer), about
    assert not any(word in answer.text for word in ("Traceback", 'File "', "site-packages")), about
    return taken


def is_clear(answer: TestResponse) -> bool:
    """Tell whether a refusal says what is wrong, in the shape of all errors or in that of its vendor."""
    if answer.mimetype != "application/json":
        return answer.mimetype in ("text/xml", "text/html") and len(answer.text) > 20
    told = answer.get_json()
    if "errors" in told:
        return all(one["code"] and one["message"] for one in told["errors"])
    if "errorMessage" in told:
        return len(told["errorMessage"]) > 10
    if "returnCode" in told:
        return bool(told["message"])
    return bool(told["error"]["code"]) and len(told["error"]["message"]) > 5


def slowest(place: Place, path: str, bodies: list[bytes]) -> float:
    """Refuse all of them; give the time of the slowest, each at its best."""
    found = 0.0
    for body in bodies:
        headers = DOORS[path](place, path, body)
        taken = refused(place, path, body, headers)
        for _ in range(TRIES):
            if taken > BUDGET:
                taken = min(taken, refused(place, path, body, headers))
        found = max(found, taken)
    return found


def test_there_are_many_and_no_two_are_the_same() -> None:
    """Six hundred and more, by hand, and at every door a hundred at least come in the whole run."""
    distinct = {*UNREADABLE, *HUGE, *(body for bodies in WRONG.values() for body in bodies)}
    assert len(distinct) >= 600
    assert len(set(UNREADABLE)) == len(UNREADABLE)
    assert not set(WRONG) - set(DOORS)


@doors
def test_what_nobody_can_read_is_refused(place: Place, path: str) -> None:
    """Whatever is cut, misspelt, coded otherwise, too deep, or of half characters and numbers that are none."""
    own = [body for body in UNREADABLE if not (path.endswith(BY_LINES) and body in JOINED)]
    # Half of what is no JSON at all is a form to this one; the forms are below.
    taken = slowest(place, path, own[list(DOORS).index(path) % SHARE :: SHARE])
    print(f"{path}: {taken * 1e3:.0f} ms")
    assert taken < BUDGET


@pytest.mark.parametrize("path", WRONG)
def test_what_is_not_of_the_doors_shape_is_refused(place: Place, path: str) -> None:
    """Fields that are missing, of another kind, empty, unknown or of nobody."""
    bodies = WRONG[path]
    taken = slowest(place, path, bodies[3::7] if path in SINGLE[1:] and not IS_WHOLE else bodies)
    print(f"{path}: {taken * 1e3:.0f} ms")
    assert taken < BUDGET


@doors
def test_what_is_too_large_is_refused(place: Place, path: str) -> None:
    """Texts, lists and 200,000 keys."""
    if path in TAKE_MUCH:
        pytest.skip("what is large is not too large here")
    # A workflow of HubSpot sends all properties of a contact, and those may be many.
    bodies = HUGE[-1:] if path == "/callbacks/hubspot" else HUGE
    for body in bodies if IS_WHOLE else [bodies[list(DOORS).index(path) % len(bodies)]]:
        refused(place, path, body, DOORS[path](place, path, body))


BOMB = gzip.compress(b" " * 40_000_000)
BOMBS = [
    BOMB,
    gzip.compress(BOMB),
    gzip.compress(b"[" * 20_000_000),
    gzip.compress(b"{}") * 9,
    BOMB[:-9],
    BOMB[:11],
    BOMB + b"more",
    gzip.compress(b"{}")[:-4] + b"\x00\x00\x00\x00",
    zlib.compress(b"{}"),
    b"{}",
    b"\x1f\x8b\x08\x00",
]


@doors
def test_a_bomb_does_not_go_off(place: Place, path: str) -> None:
    """Forty megabytes in forty kilobytes, archives that are cut, and what says it is packed and is not."""
    for number, body in enumerate(BOMBS):
        if IS_WHOLE or number < 1 or number % SHARE == list(DOORS).index(path) % SHARE:
            headers = DOORS[path](place, path, body)
            refused(place, path, body, {**headers, "Content-Encoding": "gzip"})


@pytest.mark.parametrize("coding", ["br", "deflate", "zstd", "gzip, gzip", "x", "gzip;q=1", "\xff"])
def test_no_other_packing_is_taken(place: Place, coding: str) -> None:
    """It is said which one is."""
    body = gzip.compress(b"{}")
    for path, prove in list(DOORS.items())[len(coding) % SHARE :: SHARE]:
        refused(place, path, body, {**prove(place, path, body), "Content-Encoding": coding})


def broken(text: str) -> list[str]:
    """Break a proof in every way that a hand or a proxy does."""
    if text.startswith("Basic "):
        pair = base64.b64decode(text[6:]).decode()
        return [f"Basic {base64.b64encode(one.encode()).decode()}" for one in broken(pair)] + ["Basic", "x"]
    cuts = [text[:size] for size in (0, 1, 5, len(text) // 2, len(text.rstrip("=:")) - 1)]
    other = "A" if text[0] != "A" else "B"
    return [*cuts, other + text[1:], other + text, text[::-1], "\xff" * 40, "0" * len(text), "=", "{}"]


SIGNED = [
    path
    for path in DOORS
    if path.startswith(("/v1/", "/v2/", "/webhooks/", "/callbacks/", "/api/")) and path != SOAP
]


@pytest.mark.parametrize("path", SIGNED)
def test_a_broken_proof_opens_no_door(place: Place, path: str) -> None:
    """Cut, changed, doubled or of other letters: the body behind it would be taken, and is not looked at."""
    body = b'{"type":"track","event":"A","userId":"u","messageId":"m"}'
    headers = DOORS[path](place, path.split("?")[0], body)
    bare = path.split("?")[0]
    for name, text in headers.items():
        if name.startswith("X-HubSpot-Signature"):
            continue
        for wrong in broken(text):
            refused(place, bare, body, {**headers, name: wrong})
    refused(place, bare, body, {})


@pytest.mark.parametrize("path", ["/callbacks/hubspot", "/callbacks/hubspot/action"])
def test_a_broken_signature_of_hubspot_opens_no_door(place: Place, path: str) -> None:
    """Whichever of its versions is broken: the newest one that is there is the one that counts."""
    body = b"[]"
    headers = place.of_hubspot(path, body)
    newest = "X-HubSpot-Signature-v3"
    for wrong in broken(headers[newest]):
        refused(place, path, body, {**headers, newest: wrong} if wrong else {newest: "x"})


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
