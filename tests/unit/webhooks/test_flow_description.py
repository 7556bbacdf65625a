"""The description of /api/trigger that Salesforce's flows import: OpenAPI 3.0, plain, and true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from edge.doubles import BEARER, PUBLIC_URL, edge
from openapi_spec_validator import OpenAPIV30SpecValidator

PATH = "/openapi-3.0.json"


def document(query: str = "") -> Any:
    """Fetch it."""
    answer = edge().client.get(PATH + query, headers=BEARER)
    assert answer.status_code == 200, answer.text
    return answer.json


def schemas_in(node: Any) -> Iterator[dict[str, Any]]:
    """Give every object of a document."""
    if isinstance(node, dict):
        yield node
        for one in node.values():
            yield from schemas_in(one)
    elif isinstance(node, list):
        for one in node:
            yield from schemas_in(one)


def test_it_is_valid_openapi_3_0() -> None:
    """For tools that know no newer one."""
    told = document("?fields=cart_id,price:number")
    OpenAPIV30SpecValidator(told).validate()
    assert told["openapi"] == "3.0.3"
    assert told["servers"] == [{"url": PUBLIC_URL}]


def test_it_uses_nothing_that_flows_cannot_import() -> None:
    """No unions, no free keys, no lists of types; every operation has a plain name."""
    told = document("?fields=a")
    for one in schemas_in(told):
        assert not {"oneOf", "anyOf", "allOf", "additionalProperties", "patternProperties"} & one.keys()
        assert not isinstance(one.get("type"), list)
    names = [one["operationId"] for one in schemas_in(told["paths"]) if "operationId" in one]
    assert names == ["fireTrigger", "triggerStatus"] and all(name.isalpha() for name in names)


def test_the_fields_of_metadata_and_the_identifiers_have_names() -> None:
    """A flow fills in only what is named."""
    schemas = document("?fields=cart_id,price:number")["components"]["schemas"]
    assert schemas["Metadata"]["properties"] == {"cart_id": {"type": "string"}, "price": {"type": "number"}}
    assert "user_id" in schemas["Identifiers"]["properties"]


@pytest.mark.parametrize("fields", ["a:float", "a b", "1a", ":number", "a:number:x", "a" * 51])
def test_a_field_that_is_none_is_refused(fields: str) -> None:
    """With the parameter's name."""
    answer = edge().client.get(PATH, query_string={"fields": fields}, headers=BEARER)
    assert answer.status_code == 400 and answer.json is not None
    assert answer.json["error"]["field"] == "fields"


def test_it_needs_the_key() -> None:
    """As everything that is not open."""
    assert edge().client.get(PATH).status_code == 401
