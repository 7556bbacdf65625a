"""``schemas:`` of a source: what is refused when it is loaded, and which events break it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from mapping_folder import Folder, rules

from core.pipeline.arriving import arrived
from core.ports import RawEvent

Refuse = Callable[[str, str], list[str]]

HEAD = """source: shop
uses: segment
identifiers: {user_id: =event.userId}
events: {Completed Order: Order Completed}
"""
ORDER = """
schemas:
  Order Completed:
    required: [order_id, total]
    properties:
      order_id: {type: string}
      total: {type: number, minimum: 0}
      products: {type: array, items: {$ref: "#/$defs/product"}}
    $defs:
      product: {type: object, required: [sku], properties: {quantity: {type: integer}}}
  Identified:
    properties: {age: {type: integer}}
"""


def reason_of(folder: Folder, kind: str = "track", event: str = "Order Completed", **parts: Any) -> str:
    """Give why an event is set aside; empty where it is not."""
    call = {"type": kind, "event": event, "userId": "u1", "messageId": "m1", **parts}
    folder.write("sources/shop.yaml", HEAD + ORDER)
    return arrived("shop", RawEvent(msgspec.json.encode(call), call), rules(folder), 1_800_000_000_000).reason


WHOLE = {"order_id": "o1", "total": 5}


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        (WHOLE, ""),
        ({**WHOLE, "anything": {"else": [1]}}, ""),
        ({**WHOLE, "total": "5.50"}, ""),
        ({**WHOLE, "products": [{"sku": "a", "quantity": 2}]}, ""),
        (
            {**WHOLE, "total": "x"},
            "properties.total: 'x' is not of type 'number' (schema Order Completed, /properties/total/type)",
        ),
        (
            {**WHOLE, "total": -1},
            "properties.total: -1.0 is less than the minimum of 0 (schema Order Completed, /properties/total/minimum)",
        ),
        (
            {**WHOLE, "order_id": None},
            "properties: 'order_id' is a required property (schema Order Completed, /required)",
        ),
        (
            {**WHOLE, "products": [{"sku": "a"}, {"name": "b"}]},
            "properties.products[1]: 'sku' is a required property "
            "(schema Order Completed, /properties/products/items/required)",
        ),
    ],
)
def test_a_breaking_event_is_set_aside_with_the_rule_it_broke(
    folder: Folder, properties: dict[str, Any], reason: str
) -> None:
    """Unknown fields never do; numbers sent as text are numbers where they are read as such, null is absent."""
    assert reason_of(folder, properties=properties) == reason


def test_our_name_of_an_event_is_what_counts(folder: Folder) -> None:
    """An old name is judged by the schema of ours, and of an identify the traits."""
    assert reason_of(folder, event="Completed Order").startswith("properties: 'order_id'")
    assert reason_of(folder, event="Order Refunded") == ""
    assert reason_of(folder, "identify", traits={"age": 41}) == ""
    assert reason_of(folder, "identify", traits={"age": "old"}).startswith("traits.age: 'old' is not of type")


def test_a_long_value_and_a_bottomless_schema_give_a_short_reason(folder: Folder) -> None:
    """Reasons are read by people."""
    assert len(reason_of(folder, properties={**WHOLE, "order_id": ["x" * 9_000]})) < 400


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        (
            "{type: nomber}",
            "4:21: no valid JSON Schema: 'nomber' is not valid under any of the given schemas",
        ),
        ("{required: a}", "4:25: no valid JSON Schema: 'a' is not of type 'array'"),
        ("{properties: {a: {minimum: low}}}", "4:41: no valid JSON Schema: 'low' is not of type 'number'"),
        ("{properties: {a: {pattern: '['}}}", "no valid JSON Schema: '[' is not a 'regex'"),
        ("{$schema: http://json-schema.org/draft-03/schema}", "4:24: unknown draft of JSON Schema"),
        ("{$ref: 'https://example.com/a.json'}", "4:21: `https://example.com/a.json` stands elsewhere"),
        ("{$ref: '#/$defs/a'}", "4:21: nothing stands at `#/$defs/a`"),
        ("{$ref: '#'}", "no usable JSON Schema: it refers to itself"),
        ("[]", "must be a JSON Schema"),
    ],
)
def test_what_is_no_schema_is_refused_with_its_place(refuse: Refuse, schema: str, problem: str) -> None:
    """At the line of the file, by `cuewire check`, and not when the first event comes."""
    text = f"source: shop\nuses: segment\nidentifiers: {{}}\nschemas: {{A: {schema}}}\n"
    (found,) = refuse("sources/shop.yaml", text)
    assert problem in found


def test_unknown_fields_never_fail_even_where_a_schema_closes_an_object(folder: Folder) -> None:
    """It is warned of; what such a word says of fields that are there is judged."""
    inner = "{type: object, properties: {b: {type: string}}, unevaluatedProperties: false}"
    schema = f"{{additionalProperties: false, properties: {{a: {inner}}}}}"
    text = f"{HEAD}schemas:\n  A: {schema}\n  B: {{additionalProperties: {{type: string}}}}\n"
    folder.write("sources/shop.yaml", text)
    loaded = folder.load()
    assert loaded.rules is not None
    check = loaded.rules.sources["shop"].schemas["A"]
    assert check({"a": {"b": "x", "c": 1}, "d": 1}, "A", "properties") == ""
    assert check({"a": {"b": 1}}, "A", "properties").startswith("properties.a.b: 1 is not")
    assert loaded.rules.sources["shop"].schemas["B"]({"a": 1}, "B", "properties")
    told = [one for one in folder.problems() if "unknown fields never fail" in one]
    assert [one.partition(":")[2].partition(" ")[0] for one in told] == ["6:7:", "6:100:"]


def test_each_draft_has_its_own_words(folder: Folder) -> None:
    """What the seventh calls `items` as a list is `prefixItems` since."""
    for draft, word in (
        ("http://json-schema.org/draft-07/schema#", "items"),
        ("https://json-schema.org/draft/2020-12/schema", "prefixItems"),
    ):
        schema = f"{{$schema: '{draft}', properties: {{a: {{{word}: [{{type: string}}]}}}}}}"
        folder.write("sources/shop.yaml", f"{HEAD}schemas: {{A: {schema}}}\n")
        check = rules(folder).sources["shop"].schemas["A"]
        assert check({"a": ["x"]}, "A", "properties") == ""
        assert check({"a": [1]}, "A", "properties").startswith("properties.a[0]: 1 is not")
