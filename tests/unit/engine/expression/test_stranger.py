"""What is believed of public events, and traits that are taken from a flat data layer."""

from __future__ import annotations

from typing import Any

from core.engine.event import ConsentStatement, Event, Identifier
from core.engine.mapping import map_event
from core.engine.rule import IdentifierRule, IdentityRules, SourceMapping
from core.engine.stranger import as_stranger

RULES = IdentityRules(
    (
        IdentifierRule("user_id", 1),
        IdentifierRule("email", 5, "email"),
        IdentifierRule("phone", 5, "e164", "US"),
        IdentifierRule("anonymous_id", 9),
    )
)


def traits(source: SourceMapping, **call: Any) -> dict[str, Any]:
    """Map a call and give its traits."""
    return map_event({"type": "track", **call}, source, RULES, seq=0, received_at=9, raw_id="r").traits


def test_a_stranger_names_no_address_and_no_consent() -> None:
    """Ids and other traits stay; what messages would be sent by goes."""
    event = Event(
        id="e",
        seq=1,
        source="s",
        type="track",
        name="A",
        timestamp=1,
        received_at=1,
        data={"properties": {"email": "a@b.co"}},
        identifiers=tuple(Identifier(rule.namespace, "x") for rule in RULES.identifiers),
        traits={"email": "a@b.co", "phone": "1", "city": "Berlin"},
        consent=(ConsentStatement("marketing", "", True),),
    )
    believed = as_stranger(event, RULES)
    assert [one.namespace for one in believed.identifiers] == ["user_id", "anonymous_id"]
    assert believed.traits == {"city": "Berlin"}
    assert believed.consent == ()
    assert (believed.data, believed.id, believed.name) == (event.data, "e", "A")


def test_a_place_may_be_one_attribute() -> None:
    """It is the trait of its last name, renamed and dropped as any other; an earlier place wins."""
    source = SourceMapping(
        "s",
        "s",
        {},
        traits_from=("traits", "properties.city", "properties.first", "properties.age", "properties.gone"),
        traits_rename={"first": "first_name"},
        traits_drop=frozenset({"age"}),
    )
    layer = {"city": "Berlin", "first": "Grace", "age": 9, "other": 1, "gone": None}
    assert traits(source, properties=layer) == {"city": "Berlin", "first_name": "Grace"}
    assert traits(source, properties=layer, traits={"city": "Rome"})["city"] == "Rome"
    assert traits(source, properties={"city": ["a", "b"], "first": False}) == {
        "city": ["a", "b"],
        "first_name": False,
    }
