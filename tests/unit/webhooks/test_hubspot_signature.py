"""HubSpot's signatures: its own examples hold, and nothing that was changed does."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import Unauthorised
from core.ports import Inbound
from core.secret import Secret
from webhooks.callbacks.hubspot.signature import WINDOW, check
from webhooks.signatures import hmac_base64

VECTORS = Path(__file__).parents[4] / "shared/samples/inbound/vectors/hubspot-signatures.json"
NOW = 1_693_657_560_000
MUTATIONS = 60

KEY = "secret-of-tests"
URL = "https://example.com/hooks/hubspot?src=hs%3Aapp%2Fv3&x=%28a%29&name=Zo%C3%AB%20L"
BODY = '[{"eventId":1,"name":"Zoë"}]'.encode()


def made(version: str, url: str = URL, body: bytes = BODY, key: str = KEY) -> Inbound:
    """Sign a request by one of the versions."""
    if version == "v3":
        message = b"POST" + url.encode() + body + str(NOW).encode()
        headers = {
            "x-hubspot-signature-v3": hmac_base64("sha256", key, message),
            "x-hubspot-request-timestamp": str(NOW),
        }
    else:
        before = b"POST" + url.encode() if version == "v2" else b""
        signature = hashlib.sha256(key.encode() + before + body).hexdigest()
        headers = {"x-hubspot-signature": signature, "x-hubspot-signature-version": version}
    return Inbound("POST", "/", url, headers, body, NOW)


def holds(request: Inbound, key: str = KEY) -> bool:
    """Tell whether a request is believed."""
    try:
        check(request, Secret(key))
    except Unauthorised as refused:
        assert refused.hint
        return False
    return True


def vectors() -> list[dict[str, Any]]:
    """Read the known answers."""
    found: list[dict[str, Any]] = json.loads(VECTORS.read_text()) if VECTORS.exists() else []
    return found


@pytest.mark.skipif(not VECTORS.exists(), reason="the vendors' known answers are not here")
def test_every_known_answer_holds_and_no_other_secret_makes_it() -> None:
    """The examples of HubSpot's documents and of its own clients."""
    for one in vectors():
        version = one["version"]
        names = {"v3": "x-hubspot-signature-v3"}
        headers = {names.get(version, "x-hubspot-signature"): one["signature"]}
        if version == "v3":
            headers["x-hubspot-request-timestamp"] = one["timestamp"]
        else:
            headers["x-hubspot-signature-version"] = version
        url = one.get("uri_as_received") or one.get("uri") or "https://elsewhere.example.com/"
        request = Inbound(one.get("method", "POST"), "/", url, headers, one["body"].encode(), NOW)
        assert holds(request, one["secret"]), one["source"]
        assert holds(request, f"new-one,{one['secret']}")
        assert not holds(request, one["secret"] + "y")
        assert not holds(replace(request, body=request.body + b" "), one["secret"])


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_no_mutation_of_a_signed_request_is_believed(version: str) -> None:
    """Bytes changed, added and taken away in the body, the address, the signature and the timestamp."""
    request = made(version)
    assert holds(request)
    for changed in mutations(request, version):
        assert not holds(changed), changed


def mutations(request: Inbound, version: str) -> Iterator[Inbound]:
    """Yield a request in many wrong forms."""
    chance = random.Random(7)
    signed = "x-hubspot-signature-v3" if version == "v3" else "x-hubspot-signature"
    for _ in range(MUTATIONS // 3):
        yield replace(request, body=spoilt(request.body, chance))
        yield with_header(request, signed, spoilt(request.headers[signed].encode(), chance).decode("latin-1"))
        if version == "v1":
            yield replace(request, body=request.body[: chance.randrange(len(request.body))])
        else:
            url = spoilt(request.url.encode(), chance).decode("latin-1")
            yield replace(request, url=url)
    for value in ("", "0", "None", request.headers[signed][:-1], request.headers[signed] + "=", "\ud800"):
        yield with_header(request, signed, value)
    if version != "v1":
        yield replace(request, method="PUT")
        yield replace(request, url=request.url.replace("https", "http"))
    if version == "v3":
        for value in ("", "1e3", "-1", str(NOW + 1), str(NOW)[:-3], "９" * 13, "9" * 400):
            yield with_header(request, "x-hubspot-request-timestamp", value)
    else:
        yield with_header(request, "x-hubspot-signature-version", "v2" if version == "v1" else "v1")
        yield with_header(request, "x-hubspot-signature-version", "v4")
        yield with_header(request, "x-hubspot-signature-v3", request.headers[signed])


def spoilt(data: bytes, chance: random.Random) -> bytes:
    """Change, add or take away one byte."""
    at = chance.randrange(len(data))
    kind = chance.randrange(3)
    if kind == 0:
        return data[:at] + bytes([(data[at] + 1) % 128]) + data[at + 1 :]
    return data[:at] + b"x" + data[at:] if kind == 1 else data[:at] + data[at + 1 :]


def with_header(request: Inbound, name: str, value: str) -> Inbound:
    """Give a request with another header."""
    return replace(request, headers={**request.headers, name: value})


def test_a_request_older_than_five_minutes_or_from_far_ahead_is_refused() -> None:
    """The window includes its edge, on both sides."""
    request = made("v3")
    for away in (WINDOW, -WINDOW, 0):
        assert holds(replace(request, received_at=NOW + away))
    for away in (WINDOW + 1, -WINDOW - 1):
        assert not holds(replace(request, received_at=NOW + away))


def test_the_newest_signature_is_the_one_that_counts() -> None:
    """A right older one does not make up for a wrong or old third one."""
    both = replace(made("v3"), headers={**made("v1").headers, **made("v3").headers})
    assert holds(both)
    assert not holds(replace(both, received_at=NOW + WINDOW + 1))
    assert not holds(with_header(both, "x-hubspot-signature-v3", base64.b64encode(b"0" * 32).decode()))


def test_a_wrong_address_is_the_first_thing_that_is_suspected() -> None:
    """The hint names the setting, and an older signature without an address does not."""
    with pytest.raises(Unauthorised) as refused:
        check(replace(made("v3"), url=URL.replace("https", "http")), Secret(KEY))
    assert "CUEWIRE_PUBLIC_URL" in refused.value.hint
    with pytest.raises(Unauthorised) as refused:
        check(replace(made("v1"), body=b"{}"), Secret(KEY))
    assert "CUEWIRE_PUBLIC_URL" not in refused.value.hint
