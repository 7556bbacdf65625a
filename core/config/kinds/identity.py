"""``identity.yaml``: which identifiers join people, and how far they are trusted."""

from __future__ import annotations

from typing import Any

from core.config.kinds.expression import FormulaText
from core.config.node import Node, Scalar
from core.config.schema import (
    Choice,
    Fields,
    Integer,
    JsonSchema,
    Key,
    ListOf,
    MapOf,
    Parts,
    Reading,
    Record,
    Shape,
    Text,
)
from core.engine.formula import VALUE_NAMES, Formula
from core.engine.rule import IdentifierRule, IdentityRules

#: The namespaces that sources and destinations speak of; others are the admin's own.
USUAL = (
    "user_id",
    "hubspot_id",
    "salesforce_id",
    "braze_id",
    "email",
    "phone",
    "mpid",
    "tealium_visitor_id",
    "anonymous_id",
    "device_id",
)

_IDENTIFIER = Record(
    "an identifier",
    {
        "limit": Key(Integer(least=1), "how many values one person may have", required=True),
        "normalise": Key(Choice(("email", "e164")), "how values are made comparable", default=""),
        "region": Key(Text("a country code such as US"), "the country of local numbers", default=""),
    },
)


class _Blocked(Shape):
    """A value that is never believed, or a formula over ``value``."""

    says = "text, or a formula over `value`"

    def check(self, node: Node, reading: Reading) -> Any:
        """Take values as they are spelled: identifiers are text, so 0 and null mean the words."""
        if not isinstance(node, Scalar):
            return self.refuse(node, reading)
        if node.text.startswith("=") and not node.text.startswith("=="):
            return FormulaText(names=VALUE_NAMES).read(node, reading)
        return node.text.removeprefix("=")

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe values that YAML may read as something else than text."""
        return {"type": ["string", "number", "boolean", "null"]}


IDENTITY = Record(
    "identity.yaml",
    {
        "identifiers": Key(
            MapOf(_IDENTIFIER, "a mapping of identifiers, strongest first", known=USUAL),
            "the identifiers, strongest first",
            required=True,
        ),
        "blocked": Key(ListOf(_Blocked(), "a list of values"), "values that are never believed", default=()),
    },
)


def compile_identity(root: Node, reading: Reading) -> IdentityRules | None:
    """Build the identity rules, in the order of the file."""
    fields = IDENTITY.read(root, reading)
    if not isinstance(fields, Fields) or "identifiers" not in fields:
        return None
    found = fields.get("identifiers")
    if not found and not reading.has_errors:
        reading.error(fields.value_place("identifiers"), "no identifier is named", "name at least `user_id`")
    blocked = [one.value for one in fields.get("blocked")]
    return IdentityRules(
        tuple(_rule(name, one.value, reading) for name, one in found.items()),
        frozenset(value for value in blocked if isinstance(value, str)),
        tuple(value for value in blocked if isinstance(value, Formula)),
    )


def _rule(namespace: str, fields: Fields, reading: Reading) -> IdentifierRule:
    region: str = fields.get("region")
    if region and not (len(region) == 2 and region.isascii() and region.isalpha() and region.isupper()):
        reading.error(
            fields.value_place("region"), f"`{region}` is no country code", "two capitals, such as US"
        )
    if region and fields.get("normalise") != "e164":
        reading.error(
            fields.place("region"), "`region` needs `normalise: e164`", "add it, or leave region out"
        )
    return IdentifierRule(namespace, fields.get("limit") or 1, fields.get("normalise"), region)
