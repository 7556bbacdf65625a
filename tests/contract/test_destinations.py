"""One suite for every destination: the fixtures say what goes over the wire and what its answer means."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema
import pytest
from openapi_core import OpenAPI
from openapi_core.contrib.werkzeug import WerkzeugOpenAPIRequest
from scripted_server import Recorded, nobody_listens, scripted
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

import connectors
from connectors.base import Destination
from core.ports import DeliveryRow

FIXTURES = Path(__file__).parents[1] / "fixtures" / "destinations"
SPECS = Path(__file__).parents[3] / "shared" / "specs"
CASES = sorted(path for path in FIXTURES.glob("*/*.json") if path.name != "adapter.json")
NOW = 1_800_000_000_000


class FrozenClock:
    """Stands still."""

    def now(self) -> int:
        """Give the time of every fixture."""
        return NOW


def load(path: Path) -> dict[str, Any]:
    """Read one JSON file."""
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def adapter_of(case: Path) -> dict[str, Any]:
    """Read what all fixtures of one destination share."""
    return load(case.parent / "adapter.json")


def make(case: Path, base_url: str) -> Destination:
    """Build the destination of a fixture against an address."""
    settings = {**adapter_of(case)["settings"], **load(case).get("settings", {}), "base_url": base_url}
    return connectors.build(
        case.parent.name,
        case.parent.name,
        settings,
        public_url="https://cuewire.example.com",
        clock=FrozenClock(),
    )


def row(case: dict[str, Any]) -> DeliveryRow:
    """Build the stored delivery of a fixture."""
    return DeliveryRow(
        id=case.get("delivery_id", "dlv_1"),
        decision_id="dec_1",
        trigger="abandoned_cart",
        step=0,
        destination="any",
        action=case["action"],
        fields=case["fields"],
        profile_id="p1",
        status="sending",
        due_at=NOW,
        created_at=NOW,
    )


def exchanges(path: Path) -> list[dict[str, Any]]:
    """List a fixture's requests, each with its answer; ``first`` are those that every call begins with."""
    case, first = load(path), adapter_of(path).get("first", [])
    if "exchanges" in case:
        return [step for one in case["exchanges"] for step in (first if one == "first" else [one])]
    return [*first, case] if case["request"] else []


@cache
def run(path: Path) -> tuple[dict[str, Any], list[Recorded]]:
    """Send one fixture's delivery, once for all tests; give the outcome and what arrived."""
    case = load(path)
    if case.get("answer", {}).get("fault") == "refused":
        with nobody_listens() as address:
            outcomes, arrived = make(path, address).send(case["action"], [row(case)]), []
    else:
        with scripted([one["answer"] for one in exchanges(path)] or [{"status": 500}]) as server:
            outcomes = make(path, server.url + case.get("base_path", "")).send(case["action"], [row(case)])
            arrived = server.requests
    (outcome,) = outcomes
    return {"kind": type(outcome).__name__, **asdict(outcome)}, arrived


def payload(request: Recorded) -> Any:
    """Decode a body by its content type."""
    if not request.body:
        return None
    if request.headers["content-type"].startswith("application/json"):
        return json.loads(request.body)
    return dict(parse_qsl(request.body.decode(), strict_parsing=True))


def described(request: Recorded, wanted: dict[str, Any]) -> dict[str, Any]:
    """Show a request in the words of a fixture, with those headers the fixture speaks of."""
    headers = {name: request.headers.get(name) for name in wanted["headers"]}
    return {"method": request.method, "path": request.path, "headers": headers, "body": payload(request)}


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_fixture_sends_exactly_its_request_and_reads_the_answer_as_it_says(path: Path) -> None:
    """Hold every adapter to its fixtures, over a real connection."""
    case = load(path)
    outcome, arrived = run(path)
    assert {name: outcome.get(name) for name in case["outcome"]} == case["outcome"]
    wanted = [one["request"] for one in exchanges(path)]
    assert [request.path for request in arrived] == [one["path"] for one in wanted]
    assert [described(*pair) for pair in zip(arrived, wanted, strict=True)] == wanted


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_a_fixture_sends_is_valid_by_the_vendors_own_description(path: Path) -> None:
    """Judge every recorded request by a description that nobody here wrote."""
    _, arrived = run(path)
    if "no_spec" in adapter_of(path):
        pytest.skip(adapter_of(path)["no_spec"])
    spec = SPECS / {**adapter_of(path), **load(path)}["spec"]
    if not spec.exists():
        pytest.skip(f"the vendor's description {spec.name} is not beside the repository")
    unknown = [one["no_spec"] for one in exchanges(path) if "no_spec" in one]
    if unknown and len(unknown) == len(arrived):
        pytest.skip(unknown[0])
    for request, one in zip(arrived, exchanges(path), strict=False):
        if "no_spec" in one:
            continue
        if "jsonschema" in spec.parts:
            # Advisory: made from a client library's types; it knows no e-mail or phone identifier and insists
            # on text ids, where Braze takes more.
            jsonschema.validate(json.loads(request.body), load(spec))
        else:
            validate_openapi(
                spec,
                request,
                host={**adapter_of(path), **load(path)}["host"],
                base_path=load(path).get("base_path", ""),
            )


def validate_openapi(spec: Path, request: Recorded, *, host: str, base_path: str) -> None:
    """Validate a recorded request as if it had gone to the vendor's host."""
    environ = EnvironBuilder(
        path=urlsplit(request.path).path.removeprefix(base_path),
        base_url=host,
        method=request.method,
        data=request.body,
        headers=[(name, value) for name, value in request.headers.items() if name != "host"],
        content_type=request.headers.get("content-type"),
    ).get_environ()
    openapi(spec).validate_request(WerkzeugOpenAPIRequest(Request(environ)))


@cache
def openapi(spec: Path) -> OpenAPI:
    """Load a vendor's description once."""
    return OpenAPI.from_dict(load(spec))


@pytest.mark.parametrize("kind", sorted(connectors.catalogue()))
def test_every_action_of_every_destination_has_a_fixture_that_delivers_and_one_that_does_not(
    kind: str,
) -> None:
    """Refuse an adapter that brings no fixtures."""
    cases = [load(path) for path in CASES if path.parent.name == kind]
    for name in connectors.catalogue()[kind].actions:
        kinds = {case["outcome"]["kind"] for case in cases if case["action"] == name}
        assert "Delivered" in kinds, f"{kind}.{name} has no fixture that is delivered"
        assert kinds - {"Delivered"}, f"{kind}.{name} has no fixture that fails"


def test_the_vendors_description_refuses_a_wrong_request() -> None:
    """Prove that the validation above can fail."""
    spec = SPECS / "twilio/messages_v2010.json"
    if not spec.exists():
        pytest.skip("the vendor's description messages_v2010.json is not beside the repository")
    wrong = Recorded(
        "POST",
        "/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json",
        {"content-type": "application/x-www-form-urlencoded", "authorization": "Basic QUM6dG9rZW4="},
        b"To=%2B15005550006&MessagingServiceSid=nope&Body=hi",
    )
    with pytest.raises(Exception, match=r"[Rr]equest body"):
        validate_openapi(spec, wrong, host="https://api.twilio.com", base_path="")
