"""Nobody but the vendor calls back: its own known answers both ways, and no mutated proof, body or address."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from callback_senders import (
    PUBLIC_URL,
    SAMPLES,
    SENDERS,
    Called,
    Sent,
    called,
    content_of,
    headers_of,
    proven,
    request_of,
    secret_of,
    send,
    target,
    told,
)
from edge.mutations import mutations
from edge.reader import NOW

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason="the vendors' recorded samples are not here")

#: What a stranger is answered; 308 leads from a doubled slash to the address without it.
REFUSALS = (308, 400, 401, 404, 413, 415)

Named = tuple[str, str, str]


def ways(*of: str) -> list[Named]:
    """Give a sample for each way of each sender, with each of its proofs that are made of these parts too."""
    found = {}
    for sender in SENDERS:
        for name, case in told(sender)["samples"].items():
            for proof in told(sender)["proofs"]:
                if "way" in case and {*of} <= {*told(sender)["proofs"][proof]["of"]}:
                    found.setdefault((sender, case["way"], proof), name)
    return [(sender, name, proof) for (sender, _, proof), name in found.items()]


def path_of(sender: str, name: str) -> str:
    """Give where a sample is sent."""
    return str(told(sender)["ways"][told(sender)["samples"][name]["way"]])


def built(sender: str, name: str, proof: str) -> tuple[Called, dict[str, Any]]:
    """Build an app, and the request that it takes."""
    made = request_of(sender, path_of(sender, name), content_of(sender, name), told(sender)["proofs"][proof])
    return called(sender), made


def is_refused(one: Called, made: Mapping[str, Any]) -> bool:
    """Tell whether a request is refused without anything coming of it."""
    return send(one, made).status_code in REFUSALS and not one.has_acted


@pytest.mark.parametrize(("sender", "name", "proof"), ways())
def test_no_mutated_proof_is_believed(sender: str, name: str, proof: str) -> None:
    """60 changes of each header of it, or of the address where that is the proof; then the right one is believed."""
    one, made = built(sender, name, proof)
    for header, text in made["headers"].items():
        scheme = "Bearer " if text.startswith("Bearer ") else ""
        for changed in mutations(text.removeprefix(scheme)):
            assert is_refused(one, made | {"headers": made["headers"] | {header: scheme + changed}}), changed
        left = {other: value for other, value in made["headers"].items() if other != header}
        is_free = header in told(sender)["proofs"][proof].get("may_lack", ())
        assert is_free or is_refused(one, made | {"headers": left})
    if not made["headers"]:
        for changed in mutations(secret_of(sender)):
            assert is_refused(one, made | {"path": target(path_of(sender, name), changed)}), changed
    assert send(one, made).status_code == 200
    assert one.has_acted


@pytest.mark.parametrize(("sender", "name", "proof"), ways())
def test_no_mutated_body_is_believed_where_bodies_are_signed(sender: str, name: str, proof: str) -> None:
    """60 changes: what would be signed otherwise is refused; nothing is answered with a fault of ours."""
    one, made = built(sender, name, proof)
    spec, url = told(sender)["proofs"][proof], PUBLIC_URL + made["path"]
    # What is taken by the second app is not held against the first.
    signed, free = Sent(secret_of(sender), url, made["data"]).message(spec), called(sender, now=NOW + 1)
    for text in mutations(made["data"].decode()):
        changed, body = made | {"data": text.encode()}, text.encode()
        if Sent(secret_of(sender), url, body).message(spec) == signed:
            assert send(free, changed).status_code < 500
        else:
            assert is_refused(one, changed), text


@pytest.mark.parametrize(("sender", "name", "proof"), ways("url"))
def test_no_other_address_is_believed_where_addresses_are_signed(sender: str, name: str, proof: str) -> None:
    """60 changes of what follows the path, and the other scheme, host and port."""
    spec = told(sender)["proofs"][proof]
    one, made = built(sender, name, proof)
    where = path_of(sender, name)
    signed = f"{where}&hint=ab%20c-1" if "?" in where else f"{where}?hint=ab%20c-1"
    path = target(signed, "")
    request = request_of(sender, signed, made["data"], spec)
    for text in mutations("hint=ab-c1"):
        assert is_refused(one, request | {"path": path.replace("hint=ab%20c-1", quote(text, safe="=+/"))})
    for base in ("http://cuewire.example.com", "https://cuewire.example.org", f"{PUBLIC_URL}:8443"):
        assert is_refused(one, request_of(sender, signed, made["data"], spec, url=base + path))
    assert (
        is_refused(one, request_of(sender, signed, made["data"], spec, method="PUT"))
        or "method" not in spec["of"]
    )
    assert send(called(sender), request).status_code == 200


@pytest.mark.parametrize("away", [-301_000, -300_001, 300_001, 86_400_000])
def test_what_is_signed_with_its_time_is_not_believed_later(away: int) -> None:
    """More than five minutes away, either way; whoever records a request cannot send it the next day."""
    for sender, name, proof in ways("method", "time"):
        made = built(sender, name, proof)[1]
        assert is_refused(called(sender, now=NOW + away), made)
        near = -300_000 if away < 0 else 300_000
        assert send(called(sender, now=NOW + near), made).status_code == 200


@cache
def vectors() -> list[tuple[str, dict[str, Any]]]:
    """Give what the vendors' own code signed."""
    return [
        (sender, vector)
        for sender in SENDERS
        if "vectors" in told(sender) and SAMPLES.exists()
        for vector in json.loads((SAMPLES / told(sender)["vectors"]["file"]).read_text())
    ]


def named(one: Any) -> str:
    """Name a vector in the test's report."""
    return (
        str(one.get("case") or one.get("version") or one["timestamp"]) if isinstance(one, dict) else str(one)
    )


def sent_of(vector: Mapping[str, Any]) -> Sent:
    """Read what a vector says was sent."""
    pairs = [tuple(one) for one in vector.get("params_list", ())] or list(vector.get("params", {}).items())
    body = vector.get("body", vector.get("payload", urlencode(pairs)))
    # What a hash in the address stands for is no form.
    is_hashed = "bodySHA256" in vector
    return Sent(
        secret=vector.get("secret") or vector.get("auth_token", ""),
        url=vector.get("uri_signed") or vector.get("uri") or vector.get("url", ""),
        body=b"" if is_hashed else body.encode(),
        method=vector.get("method", "POST"),
        time=vector.get("timestamp", ""),
    )


def proofs_of(sender: str, vector: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the proofs that a vector may be of."""
    by_name = told(sender)["proofs"]
    yield from [by_name[vector["version"]]] if "version" in vector else by_name.values()


@pytest.mark.parametrize(
    ("sender", "vector"), [one for one in vectors() if "public_key" not in one[1]], ids=named
)
def test_these_tests_sign_as_the_vendor_does(sender: str, vector: dict[str, Any]) -> None:
    """Byte for byte, so that what is refused above is refused for its change alone; private keys are not known."""
    (proof,) = proofs_of(sender, vector)
    algorithm = "hmac-sha256 base64" if "HMAC_SHA256" in vector.get("settings_header", "") else proof["made"]
    assert proven({**proof, "made": algorithm}, sent_of(vector)) == vector["signature"]


@pytest.mark.parametrize(
    ("sender", "vector"),
    [one for one in vectors() if not {"url", "uri", "uri_signed"} & set(one[1])],
    ids=named,
)
def test_a_known_answer_opens_the_app_and_no_mutation_of_it_does(sender: str, vector: dict[str, Any]) -> None:
    """Of those that are for any address: with the key it was made for, and with no other."""
    (proof,) = proofs_of(sender, vector)
    sent, setting = sent_of(vector), next(iter(told(sender)["settings"]))
    key = vector.get("public_key") or vector["secret"]
    path = next(iter(told(sender)["ways"].values()))
    made = {
        "path": path,
        "data": sent.body,
        "headers": headers_of(proof, vector["signature"], sent.time),
        "content_type": "application/json",
    }
    is_list = sent.body.lstrip()[:1] == b"["
    one = called(sender, **{setting: key})
    for text in mutations(vector["signature"]):
        headers = headers_of(proof, text, sent.time)
        assert (send(one, made | {"headers": headers}).status_code, one.has_acted) == (401, False), text
    for text in mutations(sent.body.decode()):
        if text.encode() != sent.body:
            assert (send(one, made | {"data": text.encode()}).status_code, one.has_acted) == (401, False)
    assert send(called(sender), made).status_code == 401
    # One of them is signed rightly and is no list of events: that is said, and not that its sender is wrong.
    assert send(one, made).status_code == (200 if is_list else 400)
    assert one.has_acted is is_list
