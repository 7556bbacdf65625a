"""What vendors call back with, as documented or recorded, is taken or refused as it should be, and does what it should.

``tests/fixtures/callbacks/NAME.json`` says of each sample by which ``way`` it is sent to the callback of this name,
what is answered, and all that comes of it: the events, each with all that is mapped, what is heard of consent and of
a delivery, and which trigger is fired. Each sample goes out with each of the vendor's proofs.
"""

from __future__ import annotations

import json
from typing import Any
from xml.etree.ElementTree import canonicalize

import pytest
from callback_senders import (
    SAMPLES,
    SENDERS,
    Called,
    called,
    content_of,
    request_of,
    send,
    told,
)
from described_items import described, items_of

from core.ports import Rejected

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason="the vendors' recorded samples are not here")


def cases(*, is_request: bool) -> list[tuple[str, str]]:
    """Give the samples that are requests, or those that are not, each with its sender."""
    return [
        (sender, name)
        for sender in SENDERS
        for name, case in told(sender)["samples"].items()
        if ("way" in case) is is_request
    ]


def proven_cases() -> list[tuple[str, str, str]]:
    """Give the samples that are requests, with each proof of its sender."""
    return [(*case, proof) for case in cases(is_request=True) for proof in told(case[0])["proofs"]]


def request_for(sender: str, name: str, proof: str) -> dict[str, Any]:
    """Give the request that a sample is sent by."""
    path = told(sender)["ways"][told(sender)["samples"][name]["way"]]
    return request_of(sender, path, content_of(sender, name), told(sender)["proofs"][proof])


def came_of(one: Called, sender: str) -> dict[str, Any]:
    """Give all that came of a request, without what is empty."""
    found = {
        "events": [noted(item) for item in items_of(one.app, sender)],
        "heard": [
            f"{said.number} {'grants' if said.granted else 'denies'} {' and '.join(said.channels)}"
            for said in one.ear.heard
        ],
        "settled": [
            f"{number} {'failed' if isinstance(outcome, Rejected) else 'taken'}: {status}"
            for number, outcome, _, status in one.app.settle.settled
        ],
        "fired": [
            {"trigger": name, "identifiers": ids, "metadata": more}
            for name, ids, more in one.app.triggers.fired
        ],
    }
    return {name: value for name, value in found.items() if value}


def noted(item: Any) -> dict[str, Any]:
    """Describe an item, and what is done where its person is nobody."""
    return described(item) | ({"unknown": item.unknown} if item.unknown != "create" else {})


@pytest.mark.parametrize(("sender", "name", "proof"), proven_cases())
def test_a_sample_does_what_is_told_of_it(sender: str, name: str, proof: str) -> None:
    """The answer, and all that comes of it, whichever way its sender proves itself."""
    case, one = told(sender)["samples"][name], called(sender)
    answer = send(one, request_for(sender, name, proof))
    assert answer.status_code == case.get("status", 200), answer.text
    assert came_of(one, sender) == case["effects"]


@pytest.mark.parametrize(("sender", "name"), cases(is_request=True))
def test_a_sample_told_twice_is_the_same_events(sender: str, name: str) -> None:
    """Each notification has an id of its own, by which its repeat is known."""
    one, made = called(sender), request_for(sender, name, next(iter(told(sender)["proofs"])))
    for _ in range(2):
        send(one, made)
    ids = [item.event.id for item in items_of(one.app, sender) if item.event is not None]
    assert ids[: len(ids) // 2] == ids[len(ids) // 2 :]
    assert len(one.app.triggers.fired) <= 1


@pytest.mark.parametrize(("sender", "name", "proof"), proven_cases())
def test_a_sample_is_taken_from_nobody_else(sender: str, name: str, proof: str) -> None:
    """Where any of the settings that prove a sender is another one, it is refused and nothing comes of it."""
    settings = told(sender)["settings"]
    for setting in settings:
        other = 8 if isinstance(settings[setting], int) else "another-of-tests"
        one = called(sender, **{setting: other})
        answer = send(one, request_for(sender, name, proof))
        assert (answer.status_code, one.has_acted) == (401, False), setting
    assert send(called(sender), request_for(sender, name, proof)).status_code != 401


@pytest.mark.parametrize(("sender", "name"), cases(is_request=False))
def test_a_sample_of_an_answer_is_how_we_answer(sender: str, name: str) -> None:
    """The same XML; or as JSON the same values where the vendor's are fixed."""
    case = told(sender)["samples"][name]
    if "is_no_answer" in case:
        pytest.skip(case["is_no_answer"])
    one, sample = called(sender), (SAMPLES / name).read_text()
    one.ear.is_settled = case.get("is_settled", True)
    whole = told(sender)["samples"][case["answers"]]
    path = told(sender)["ways"][whole["way"]]
    body = content_of(sender, case["answers"])
    if "instead" in case:
        body = body.replace(*(text.encode() for text in case["instead"]))
    answer = send(one, request_of(sender, path, body, next(iter(told(sender)["proofs"].values()))))
    assert answer.status_code == 200
    if name.endswith(".xml"):
        assert answer.mimetype == "text/xml"
        assert canonicalize(answer.text, strip_text=True) == canonicalize(sample, strip_text=True)
        return
    assert answer.json is not None
    ours, theirs = answer.json["outputFields"], json.loads(sample)["outputFields"]
    assert {key: ours[key] for key in case["same"]} == {key: theirs[key] for key in case["same"]}
    assert sorted(ours) == case["keys"]
    assert one.ear.blocked == case.get("blocked", [])


def test_no_sample_is_forgotten() -> None:
    """Every file of the vendors that call back is named once."""
    there = [str(path.relative_to(SAMPLES)) for sender in SENDERS for path in (SAMPLES / sender).iterdir()]
    assert sorted(name for sender in SENDERS for name in told(sender)["samples"]) == sorted(there)
