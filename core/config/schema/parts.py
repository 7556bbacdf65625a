"""The pieces of a JSON Schema document: those that several places share are named once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: A JSON Schema, draft 2020-12, as plain data.
JsonSchema = dict[str, Any]


class Parts:
    """The named parts of one document; a shape that holds itself refers to its own name."""

    def __init__(self) -> None:
        self.named: dict[str, JsonSchema] = {}

    def refer(self, name: str, build: Callable[[], JsonSchema]) -> JsonSchema:
        """Refer to a part, building it at the first time."""
        if name not in self.named:
            self.named[name] = {}
            self.named[name] = build()
        return {"$ref": f"#/$defs/{name}"}


def any_of(*choices: JsonSchema) -> JsonSchema:
    """Allow any of some schemas; one alone stands for itself."""
    distinct = [one for index, one in enumerate(choices) if one not in choices[:index]]
    return distinct[0] if len(distinct) == 1 else {"anyOf": distinct}


def one_of_keys(*names: str) -> JsonSchema:
    """Ask for exactly one of some keys; it stands below ``allOf``, beside what else is asked of the mapping."""
    return {"oneOf": [{"required": [name]} for name in names]}


def some_of_keys(*names: str) -> JsonSchema:
    """Ask for at least one of some keys."""
    return {"anyOf": [{"required": [name]} for name in names]}


def nullable(schema: JsonSchema) -> JsonSchema:
    """Allow null as well, which switches a thing off."""
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    kind = schema.get("type")
    if not isinstance(kind, str):
        return any_of(schema, {"type": "null"}) if schema else schema
    return {**schema, "type": [kind, "null"]}
