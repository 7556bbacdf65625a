"""The description of the routes is valid, whole and true."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest
from edge.described import check
from edge.doubles import BASIC, BEARER, edge
from edge.reader import fill
from openapi_spec_validator import validate

from core.errors import OperatorError, SenderError, StoreError
from webhooks.answers import CODES
from webhooks.api.openapi.document import DOCUMENT
from webhooks.api.openapi.table import OPERATIONS
from webhooks.metrics import FAMILIES

ROOT = Path(__file__).parents[3]


def routes() -> set[tuple[str, str]]:
    """Give every method and path that the app serves, in OpenAPI's spelling."""
    return {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in edge().app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_the_document_is_valid_openapi() -> None:
    """Tools can read it."""
    validate(DOCUMENT)


def test_the_served_document_is_this_one() -> None:
    """What is checked is what is given."""
    assert edge().client.get("/openapi.json", headers=BEARER).json == DOCUMENT


def test_every_route_is_described_and_every_description_is_served() -> None:
    """The table and the app agree in both directions."""
    assert routes() == {(operation.method, operation.path) for operation in OPERATIONS}


def test_every_route_is_on_the_reference_page() -> None:
    """Who reads only the docs misses none; a source may describe its own routes on its own page."""
    pages = [ROOT / "docs/reference/api.md", *(ROOT / "docs/sources").glob("*.md")]
    page = "\n".join(path.read_text() for path in pages)
    assert not [path for _, path in routes() if f"`{path}`" not in page and f" {path}`" not in page]


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/api/events", "Events"),
        ("/api/decisions", "Decisions"),
        ("/api/deliveries", "Deliveries"),
        ("/api/segments", "Segments"),
        ("/api/triggers", "Triggers"),
        ("/api/profiles/user_id/u1/merges", "Merges"),
        ("/api/profiles/user_id/u1/consent", "ConsentPage"),
        ("/api/conversions", "Conversions"),
        ("/api/segments/nothing", "Error"),
        ("/api/triggers/nothing", "Error"),
        ("/api/profiles/user_id/u1", "Profile"),
        ("/api/explain/t_1", "Story"),
        ("/api/explain/user_id:u1", "Story"),
        ("/api/trigger/t_1", "TriggerStatus"),
        ("/api/profiles/user_id/nobody", "Error"),
        ("/healthz", "Status"),
        ("/nope", "Error"),
    ],
)
def test_real_answers_fit_their_schema(path: str, schema: str) -> None:
    """The schemas describe what is sent, not what was meant."""
    app = edge()
    fill(app.reader)
    check(schema, app.client.get(path, headers=BEARER).json)


def test_answers_to_senders_fit_their_schema() -> None:
    """Success, refusal and the id of a call."""
    app = edge()
    check("Success", app.client.post("/v1/track", json={"userId": "u", "event": "A"}, headers=BASIC).json)
    check("Error", app.client.post("/v1/track", json={}, headers=BASIC).json)
    check(
        "TriggerId",
        app.client.post("/api/trigger", json={"trigger_type": "welcome", "user_id": 1}, headers=BEARER).json,
    )


def test_a_schema_can_fail() -> None:
    """The check above would notice a wrong shape."""
    with pytest.raises(jsonschema.ValidationError):
        check("Event", {"id": 7})


def test_the_page_lists_every_route_and_loads_nothing() -> None:
    """It works without any other host."""
    answer = edge().client.get("/docs", headers=BEARER)
    HTMLParser().feed(answer.text)
    assert all(f"{operation.method} {operation.path}" in answer.text for operation in OPERATIONS)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert not re.search(r"src=|href=|url\(|@import", answer.text)


def test_every_error_code_is_on_the_reference_page() -> None:
    """Who gets an error finds it there."""
    page = (ROOT / "docs/reference/api.md").read_text()
    raised = {error.code for error in (*SenderError.__subclasses__(), OperatorError, StoreError)}
    assert raised >= {"bad_request", "busy"}
    assert not {
        code for code in raised | {*CODES.values(), "internal", "not_ready"} if f"`{code}`" not in page
    }


def test_every_metric_is_on_the_reference_page() -> None:
    """Who draws a graph knows what the numbers are."""
    page = (ROOT / "docs/reference/api.md").read_text()
    gauges = {f"{family}.x": 1.0 for family in FAMILIES}
    text = edge(gauges=lambda: gauges).client.get("/metrics", headers=BEARER).text
    names = {
        name for name in re.findall(r"^(cuewire_\w+)", text, re.MULTILINE) if not name.endswith("_created")
    }
    assert len(names) > 8
    assert not [name for name in names if f"`{name}`" not in page]
