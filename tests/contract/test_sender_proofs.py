"""Nobody but a source's sender opens it: vectors of its own code both ways, and no mutated proof or body."""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from edge.doubles import Edge, edge
from edge.mutations import mutations
from edge.reader import NOW
from recorded_sources import FIXTURES, about, is_taken, mapping_of, name_of, opened, rules_of, send
from vendor_samples import SAMPLES, SOURCES, told

from core.secret import Secret
from webhooks.sources import kinds

REFUSALS = (400, 401, 403, 404, 413)


def one_of_each() -> list[Path]:
    """Give one taken fixture for each path of each source that can prove itself here, and only by its headers."""
    found = {}
    for path in FIXTURES:
        told_of, recorded = about(path.parent.name), json.loads(path.read_text())
        is_inside = any(value in recorded["body"] for value in told_of["settings"].values())
        if is_taken(path) and not told_of.get("is_signed_elsewhere") and not is_inside:
            at = recorded["path"].partition("?")[0]
            found.setdefault((path.parent.name, at), path)
    return list(found.values())


def proof_of(path: Path, recorded: dict[str, Any], body: str) -> dict[str, str]:
    """Give the headers that prove a body."""
    source = path.parent.name
    settings, mapping = about(source)["settings"], mapping_of(source)
    return kinds()[mapping.uses].proof(
        recorded["path"],
        body.encode(),
        lambda name: Secret(settings[name]),
        mapping=mapping,
        now=NOW,
    )


def unproven(path: Path) -> tuple[dict[str, Any], Edge]:
    """Read a fixture without what proves it in its address, and build its app."""
    recorded, app = opened(path)
    if about(path.parent.name).get("is_proven_by_address"):
        recorded["path"] = recorded["path"].partition("?")[0]
    return recorded, app


def plain(recorded: dict[str, Any]) -> dict[str, str]:
    """Give the headers that prove nothing."""
    kept = ("Content-Type", "Content-Encoding")
    return {name: text for name, text in recorded["headers"].items() if name in kept}


def changed(text: str) -> list[str]:
    """Give 60 changes of a header's value: of the credential, never of what is only its spelling."""
    scheme, space, rest = text.partition(" ")
    if scheme == "Basic":
        pair = base64.b64decode(rest).decode()
        user, colon, password = pair.partition(":")
        if not password:
            return [basic(f"{one}{colon}") for one in mutations(user) if ":" not in one]
        return [basic(one) for one in mutations(pair)]
    if scheme == "Bearer":
        return [f"{scheme}{space}{one}" for one in mutations(rest)]
    return mutations(text)


def basic(pair: str) -> str:
    """Write a Basic header."""
    return "Basic " + base64.b64encode(pair.encode()).decode()


@pytest.mark.parametrize("path", one_of_each(), ids=name_of)
def test_no_mutated_proof_opens_a_source(path: Path) -> None:
    """60 changes of each header of the proof: each is refused, and nothing is handed over."""
    recorded, app = unproven(path)
    proof = proof_of(path, recorded, recorded["body"])
    for name, text in proof.items():
        for one in changed(text):
            answer = send(app, recorded | {"headers": plain(recorded) | proof | {name: one}})
            assert answer.status_code in REFUSALS, (name, one)
    assert not app.intake.calls
    assert send(app, recorded | {"headers": plain(recorded) | proof}).status_code < 300


@pytest.mark.parametrize("path", one_of_each(), ids=name_of)
def test_no_mutated_body_passes_where_bodies_are_signed(path: Path) -> None:
    """60 changes of the body: those that the sender would sign otherwise are refused; none is answered 5xx."""
    recorded, app = unproven(path)
    proof = proof_of(path, recorded, recorded["body"])
    if not proof:
        pytest.skip("its sender proves nothing")
    headers = plain(recorded) | proof
    for body in mutations(recorded["body"]):
        before = len(app.intake.calls)
        answer = send(app, recorded | {"headers": headers, "body": body})
        assert answer.status_code < 500
        if proof_of(path, recorded, body) != proof:
            assert answer.status_code in REFUSALS
            assert len(app.intake.calls) == before


@cache
def vectors() -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Give what a sender's own code signed: the source, how its file says it, and the vector."""
    return [
        (source, told(source)["vectors"], vector)
        for source in SOURCES
        if "vectors" in told(source) and SAMPLES.exists()
        for vector in json.loads((SAMPLES / told(source)["vectors"]["file"]).read_text())
    ]


def app_with(source: str, setting: str, secret: str) -> Edge:
    """Build an app with one secret."""
    return edge(secrets={(source, setting): secret}, rule_set=rules_of(source))


def name_of_vector(one: Any) -> str:
    """Name a vector in the test's report."""
    return one.get("path", "") if isinstance(one, dict) else str(one)


@pytest.mark.skipif(not SAMPLES.exists(), reason="the vendors' signature vectors are not here")
def test_there_are_vectors() -> None:
    """The runs below are not empty by mistake."""
    assert len(vectors()) >= 7


@pytest.mark.parametrize(("source", "way", "vector"), vectors(), ids=name_of_vector)
def test_a_senders_own_signature_is_ours_both_ways(
    source: str, way: dict[str, Any], vector: dict[str, Any]
) -> None:
    """It opens the source, ours is the same, and with another secret it opens nothing."""
    body, given = vector["body"].encode(), vector[way["field"]]
    app = app_with(source, way["setting"], vector["secret"])
    headers = {way["header"]: given}
    assert app.client.post(way["path"], data=body, headers=headers).status_code == 200
    assert app.intake.events
    made = kinds()[source].sign(way["path"], body, lambda _: Secret(vector["secret"]))
    assert made == headers
    other = app_with(source, way["setting"], vector["secret"] + "x")
    assert other.client.post(way["path"], data=body, headers=headers).status_code == 401
    assert not other.intake.calls


@pytest.mark.parametrize(("source", "way", "vector"), vectors(), ids=name_of_vector)
def test_no_mutation_of_a_vector_is_accepted(
    source: str, way: dict[str, Any], vector: dict[str, Any]
) -> None:
    """60 changes of the signature and 60 of what is signed: each is refused and nothing is handed over."""
    app = app_with(source, way["setting"], vector["secret"])
    sign = kinds()[source].sign
    signed = sign(way["path"], vector["body"].encode(), lambda _: Secret(vector["secret"]))
    for given in mutations(vector[way["field"]]):
        answer = app.client.post(way["path"], data=vector["body"].encode(), headers={way["header"]: given})
        assert answer.status_code == 401
    for body in mutations(vector["body"][: len(vector["body"]) // 4]):
        whole = (body + vector["body"][len(vector["body"]) // 4 :]).encode()
        if sign(way["path"], whole, lambda _: Secret(vector["secret"])) != signed:
            answer = app.client.post(way["path"], data=whole, headers=signed)
            assert answer.status_code in REFUSALS
    assert not app.intake.calls
