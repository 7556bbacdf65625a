"""Shapes of mappings whose keys are the contract's."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field
from typing import Any

from core.config.nearest import did_you_mean, nearest
from core.config.node import Mapping, Mark, Node, Scalar
from core.config.schema.base import BAD, Located, Reading, Shape
from core.config.schema.parts import JsonSchema, Parts, nullable

#: Free keys of some mappings: ``DESTINATION.ACTION``.
DOTTED = r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"


@dataclass(frozen=True)
class Key:
    """One key: the shape of its value, what it means, and what holds without it."""

    shape: Shape
    help: str
    required: bool = False
    default: Any = None


@dataclass
class Fields:
    """The checked values of one mapping; what was refused is absent, what is null is switched off."""

    mark: Mark
    node: Mapping
    keys: MappingABC[str, Key]
    found: dict[str, Located] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.found

    def is_written(self, name: str) -> bool:
        """Tell whether the file has the key at all, null and wrong values included."""
        return name in self.node.names()

    def has_unknown(self) -> bool:
        """Tell whether the file has a key that does not exist here; that has been reported."""
        return any(name not in self.keys for name in self.node.names())

    def is_off(self, name: str) -> bool:
        """Tell whether the file gives the key and nothing behind it."""
        values = [value for key, value in self.node.entries if key.text == name]
        return any(isinstance(one, Scalar) and one.is_null and not one.broken for one in values)

    def gives(self, name: str) -> bool:
        """Tell whether the file gives the key a value, be it right or wrong."""
        return self.is_written(name) and not self.is_off(name)

    def get(self, name: str) -> Any:
        """Give a value, or what holds without it."""
        found = self.found.get(name)
        return found.value if found else self.keys[name].default

    def refuse_nothing(self, reading: Reading) -> bool:
        """Report keys that hold nothing, where one left out would change what the whole means."""
        empty = [key for key, value in self.node.entries if isinstance(value, Scalar) and value.is_null]
        empty = [key for key in empty if key.text in self.keys]
        for key in empty:
            reading.error(key.mark, f"`{key.text}` is empty", f"give {self.keys[key.text].help}")
        return bool(empty)

    def place(self, name: str) -> Mark:
        """Give the place of a key, or of the mapping where it is absent."""
        found = self.found.get(name)
        return found.key_mark if found else self.mark

    def value_place(self, name: str) -> Mark:
        """Give the place of a value, or of the mapping where it is absent."""
        found = self.found.get(name)
        return found.mark if found else self.mark


@dataclass(frozen=True)
class Record(Shape):
    """A mapping with known keys.

    ``free`` is the shape under other keys: dotted ones such as ``twilio.send_message``, with ``any_key`` all.
    ``form`` shows how it is written; ``rules`` are what its JSON Schema says of keys together.
    """

    says: str
    keys: MappingABC[str, Key]
    free: Shape | None = None
    any_key: bool = False
    form: str = ""
    rules: MappingABC[str, Any] = field(default_factory=dict)

    def check(self, node: Node, reading: Reading) -> Any:
        """Check each key and value, and that nothing required is missing."""
        if not isinstance(node, Mapping):
            return self.refuse(node, reading, f"write `{self.form}`" if self.form else "")
        fields = Fields(node.mark, node, self.keys)
        for key, value in node.entries:
            self.check_entry(key, value, reading, fields)
        self.check_missing(node, reading)
        return fields

    def check_entry(self, key: Scalar, value: Node, reading: Reading, fields: Fields) -> None:
        """Check one key and its value."""
        name = key.text
        is_free = self.any_key or "." in name
        shape = self.keys[name].shape if name in self.keys else self.free if is_free else None
        if shape is None:
            reading.error(key.mark, f"unknown key `{name[:60]}`", did_you_mean(name, self.keys))
        elif isinstance(value, Scalar) and value.is_null and not value.broken:
            self.leave_out(key, reading, fields)
        elif (read := shape.read(value, reading)) is not BAD:
            fields.found[name] = Located(read, value.mark, key.mark)

    def leave_out(self, key: Scalar, reading: Reading, fields: Fields) -> None:
        """Pass over a key whose value is null; a dotted key without fields is complete as it is."""
        if key.text not in self.keys and not self.any_key:
            fields.found[key.text] = Located({}, key.mark, key.mark)
        elif key.text in self.keys and self.keys[key.text].required:
            reading.error(key.mark, f"`{key.text}` is empty", f"give {self.keys[key.text].help}")

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe the keys with their help and what holds without them."""
        properties = {name: self.key_schema(self.keys[name], parts) for name in self.keys}
        schema: JsonSchema = {"type": "object", "properties": properties, "additionalProperties": False}
        required = [name for name in self.keys if self.keys[name].required]
        if required:
            schema["required"] = required
        if self.free is not None and self.any_key:
            schema["additionalProperties"] = nullable(self.free.schema(parts))
        elif self.free is not None:
            schema["patternProperties"] = {DOTTED: nullable(self.free.schema(parts))}
        return {**schema, **self.rules}

    def key_schema(self, key: Key, parts: Parts) -> JsonSchema:
        """Describe one key's value."""
        schema = key.shape.schema(parts)
        described: JsonSchema = {"description": key.help[:1].upper() + key.help[1:] + "."}
        if isinstance(key.default, str | int) and key.default not in ("", 0):
            described["default"] = key.default
        return {**(schema if key.required else nullable(schema)), **described}

    def check_missing(self, node: Mapping, reading: Reading) -> None:
        """Report required keys that are absent, unless a mistyped one was already told to be them."""
        present = set(node.names())
        mistyped = {nearest(name, self.keys) for name in present - set(self.keys)}
        for name, key in self.keys.items():
            if key.required and name not in present and name not in mistyped:
                reading.error(node.mark, f"{self.says} needs `{name}`", f"add `{name}:`, {key.help}")
