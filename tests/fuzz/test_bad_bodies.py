"""A bad body is refused at every door with a clear 4xx and at once: nothing of it is kept, and nothing breaks.

``CUEWIRE_FUZZ=1`` brings every body to every door; otherwise each door gets its share. ``-s`` shows the times.
"""

from __future__ import annotations

import base64
import gzip
import os
import zlib

import pytest
from fuzz.place import DOORS, SINGLE, SOAP, Place
from fuzz.refusing import refused
from fuzz.unreadable import HUGE, JOINED, UNREADABLE
from fuzz.wrong import WRONG

IS_WHOLE = os.environ.get("CUEWIRE_FUZZ") == "1"
SHARE = 1 if IS_WHOLE else 8
#: Seconds of the processor that a refusal may cost; one that takes longer is asked again, for others work here too.
BUDGET = 1.0
TRIES = 4
#: Doors that take what follows each other line by line, and so the good lines among bad ones.
BY_LINES = ("mixpanel", "amplitude", "heap", "webshop", "plain")
#: Doors for whole lists of codes and folders of mappings.
TAKE_MUCH = ("/api/codes", "/api/rehearse")

pytestmark = pytest.mark.usefixtures("nothing_is_kept")
doors = pytest.mark.parametrize("path", DOORS)


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
