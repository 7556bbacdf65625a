"""What vendors document, and what their own clients were seen to send, is taken or refused as it should be.

``tests/fixtures/samples/NAME.json`` says of each sample by which ``way`` it is sent to the source of this name, what
the answer is, and the events that come of it: all of them, each with all that is mapped. A sample that is no
request says why, or which request it ``answers``.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from typing import Any

import pytest
from described_items import described, items_of
from edge.doubles import Edge, edge
from edge.reader import NOW
from recorded_sources import shipped
from vendor_samples import FOLDERS, SAMPLES, SOURCES, told

from core.secret import Secret
from webhooks.sources import kinds

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason="the vendors' recorded samples are not here")


def cases(*, with_events: bool) -> list[tuple[str, str]]:
    """Give the samples that are requests, or those that are not, each with its source."""
    return [
        (source, name)
        for source in SOURCES
        for name, case in told(source)["samples"].items()
        if ("events" in case) is with_events
    ]


@cache
def built(source: str, secret: str = "") -> Edge:
    """Build an app with the settings of a source's samples, or with one secret for all of them."""
    secrets = {(source, name): secret or value for name, value in told(source)["settings"].items()}
    return edge(secrets=secrets, rule_set=shipped())


def opened(source: str, secret: str = "") -> Edge:
    """Give that app, which has taken nothing yet."""
    app = built(source, secret)
    app.intake.calls.clear()
    return app


def filled(template: Any, sample: Any) -> Any:
    """Put a sample where its way has ``$SAMPLE``, and beside what ``$SAMPLE`` names in an object."""
    if template == "$SAMPLE":
        return sample
    if isinstance(template, list):
        return [filled(one, sample) for one in template]
    if isinstance(template, dict):
        beside = sample if template.get("$SAMPLE") else {}
        return beside | {name: filled(value, sample) for name, value in template.items() if name != "$SAMPLE"}
    return template


def recorded(name: str) -> dict[str, Any]:
    """Read a request that a program was seen to make, its body packed as it was."""
    found = json.loads((SAMPLES / name).read_text())
    body = found["body"].encode()
    left = ("host", "content-length")
    return {
        "method": found["method"],
        "path": found["path"],
        "headers": {key: text for key, text in found["headers"] if key.lower() not in left},
        "data": gzip.compress(body) if found["content_encoding"] == "gzip" else body,
    }


def spelled(name: str, way: dict[str, Any]) -> dict[str, Any]:
    """Read a request that is documented as it goes over the wire."""
    head, _, body = (SAMPLES / name).read_text().replace("\r\n", "\n").partition("\n\n")
    first, *lines = head.strip().splitlines()
    method, target, _ = first.split()
    headers = dict(line.split(": ", 1) for line in lines)
    headers.pop("Content-Length", None)
    path = f"{way['path']}?{target.partition('?')[2]}"
    return {"method": method, "path": path, "headers": headers, "data": body.strip().encode()}


def request_of(source: str, name: str) -> dict[str, Any]:
    """Give the request that a sample is sent by, with what proves its sender."""
    way = told(source)["ways"][told(source)["samples"][name]["way"]]
    if way.get("is_recorded"):
        return recorded(name)
    if name.endswith(".txt"):
        made = spelled(name, way)
    elif "template" in way:
        body = json.dumps(filled(way["template"], json.loads((SAMPLES / name).read_text()))).encode()
        made = {"method": "POST", "path": way["path"], "headers": {}, "data": body}
    else:
        made = {"method": "POST", "path": way["path"], "headers": {}, "data": (SAMPLES / name).read_bytes()}
    mapping, settings = shipped().sources[source], told(source)["settings"]
    proof = kinds()[mapping.uses].proof(
        made["path"],
        made["data"],
        lambda key: Secret(Secret(settings[key]).accepted()[0]),
        mapping=mapping,
        now=NOW,
    )
    return made | {"headers": made["headers"] | proof}


@pytest.mark.parametrize(("source", "name"), cases(with_events=True))
def test_a_sample_becomes_the_events_that_are_told_of_it(source: str, name: str) -> None:
    """The status, and each event with its time, identifiers, traits, properties and consent, or why it is set aside."""
    case, app = told(source)["samples"][name], opened(source)
    answer = app.client.open(**request_of(source, name))
    assert answer.status_code == case.get("status", 200), answer.text
    assert [described(item) for item in items_of(app, source)] == case["events"]


@pytest.mark.parametrize(("source", "name"), cases(with_events=True))
def test_a_sample_is_taken_from_nobody_else(source: str, name: str) -> None:
    """Where every secret is another one, nothing is handed over."""
    case, app = told(source)["samples"][name], opened(source, "another-secret")
    answer = app.client.open(**request_of(source, name))
    assert answer.status_code in ((200,) if case.get("is_open") else (401, 403))
    assert not app.intake.calls


@pytest.mark.parametrize(("source", "name"), cases(with_events=False))
def test_a_sample_of_an_answer_is_how_we_answer(source: str, name: str) -> None:
    """Our answer has the same keys, and the same values where the vendor's are fixed."""
    case = told(source)["samples"][name]
    if "is_no_request" in case:
        pytest.skip(case["is_no_request"])
    app, sample = opened(source), json.loads((SAMPLES / name).read_text())
    made = request_of(source, case["answers"])
    if "body" in case:
        made["data"] = json.dumps(case["body"]).encode()
    answer = app.client.open(**made)
    assert answer.status_code == case.get("status", 200)
    left = case.get("left_out", [])
    assert sorted(answer.json) == sorted(set(sample) - set(left))
    assert {key: answer.json[key] for key in case["same"]} == {key: sample[key] for key in case["same"]}


def test_no_sample_is_forgotten() -> None:
    """Every file of the vendors that have a source is named once."""
    there = [str(path.relative_to(SAMPLES)) for folder in FOLDERS for path in (SAMPLES / folder).iterdir()]
    assert sorted(name for source in SOURCES for name in told(source)["samples"]) == sorted(there)
