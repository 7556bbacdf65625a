"""``schemas:`` of a source or a callback: what an event must look like, as a JSON Schema for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from core.config.node import Mapping as MappingNode
from core.config.node import Mark, Node, Scalar, Sequence, plain_data, walk
from core.config.schema import Fields, MapOf
from core.config.schema.base import BAD, Reading, Shape
from core.config.schema.parts import JsonSchema, Parts
from core.config.schema.scalar import has_unreal
from core.engine.source import CheckData

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

#: Judges one keyword of a schema.
Judge = Callable[[Any, Any, Any, Any], Iterable[Any] | None]

#: The drafts that ``$schema`` may name; without it the first.
DRAFTS = {
    "https://json-schema.org/draft/2020-12/schema": "Draft202012Validator",
    "https://json-schema.org/draft/2019-09/schema": "Draft201909Validator",
    "http://json-schema.org/draft-07/schema": "Draft7Validator",
}

#: A reason is read by people; a whole list in it helps nobody.
LONGEST = 200

#: Senders add fields without notice: of these ``false`` is not judged.
CLOSING = ("additionalProperties", "unevaluatedProperties")
OPEN = "unknown fields never fail: `{name}: false` is not judged"

INSIDE = "put it under `$defs` and write #/$defs/NAME"
UNUSABLE = "cannot be judged: {why}"


@dataclass(frozen=True)
class EventSchema(Shape):
    """One JSON Schema; it is read once, and looks nothing up elsewhere."""

    says: str = "a JSON Schema"

    def check(self, node: Node, reading: Reading) -> Any:
        """Take a valid schema of a known draft that refers to itself only."""
        if not isinstance(node, MappingNode):
            return self.refuse(node, reading)
        if has_unreal(node, reading) or _has_foreign(node, reading):
            return BAD
        schema = plain_data(node)
        kind = _draft(node, schema, reading)
        if kind is None:
            return BAD
        _warn_of_closing(node, reading)
        return _compiled(kind, schema, node, reading)

    def schema(self, parts: Parts) -> JsonSchema:
        """Say that it is an object; editors that know JSON Schema complete the rest by ``$schema``."""
        return {"type": "object", "description": "A JSON Schema of the event's properties, or of its traits."}


SCHEMAS = MapOf(EventSchema(), "JSON Schemas by the names of events")


def read_schemas(fields: Fields) -> dict[str, CheckData]:
    """Give what checks each event that a file has a schema for."""
    return {name: one.value for name, one in fields.get("schemas").items()}


def _draft(node: MappingNode, schema: Mapping[str, Any], reading: Reading) -> str | None:
    """Give the name of the class that knows the schema's draft."""
    told = schema.get("$schema", next(iter(DRAFTS)))
    found = DRAFTS.get(told.rstrip("#")) if isinstance(told, str) else None
    if found is None:
        mark = _mark_of(node, ["$schema"])
        reading.error(mark, f"unknown draft of JSON Schema `{told}`", f"use one of {', '.join(DRAFTS)}")
    return found


def _has_foreign(node: MappingNode, reading: Reading) -> bool:
    """Refuse references that lead nowhere, or out of the schema: nothing is fetched when an event comes."""
    found = False
    for value in _references(node):
        if not value.text.startswith("#"):
            reading.error(value.mark, f"`{value.text}` stands elsewhere", INSIDE)
            found = True
        elif value.text.startswith("#/") and _at(node, value.text) is None:
            reading.error(value.mark, f"nothing stands at `{value.text}`", INSIDE)
            found = True
    return found


def _references(node: Node) -> Iterator[Scalar]:
    for one in walk(node):
        if isinstance(one, MappingNode):
            yield from (
                value
                for key, value in one.entries
                if key.text in ("$ref", "$dynamicRef") and isinstance(value, Scalar)
            )


def _at(node: Node, pointer: str) -> Node | None:
    """Find what a pointer such as ``#/$defs/product`` stands for."""
    for part in unquote(pointer).split("/")[1:]:
        below = _below(node, part.replace("~1", "/").replace("~0", "~"))
        if below is None:
            return None
        node = below
    return node


def _below(node: Node, step: str | int) -> Node | None:
    if isinstance(node, MappingNode):
        return next((value for key, value in node.entries if key.text == step), None)
    if isinstance(node, Sequence) and str(step).isdigit() and int(step) < len(node.items):
        return node.items[int(step)]
    return None


def _compiled(kind: str, schema: Any, node: MappingNode, reading: Reading) -> Any:
    """Build what checks an event, and try it once: a schema can be valid and still lead nowhere."""
    import jsonschema  # slow to import, and most mappings have no schemas
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    made = _lenient(getattr(jsonschema, kind))
    try:
        made.check_schema(schema)
        validator = made(schema, registry=Registry())
        for _ in validator.iter_errors({}):
            pass
    except jsonschema.SchemaError as error:
        mark = _mark_of(node, error.absolute_path)
        return reading.error(mark, f"no valid JSON Schema: {short(error.message)}")
    except (Unresolvable, RecursionError, re.error) as error:
        told = "it refers to itself" if isinstance(error, RecursionError) else str(error)
        return reading.error(node.mark, f"no usable JSON Schema: {short(told)}")
    return checker(validator, (Unresolvable, RecursionError, re.error))


def _warn_of_closing(node: MappingNode, reading: Reading) -> None:
    """Say where a schema closes an object, which has no effect here."""
    for one in walk(node):
        for key, value in one.entries if isinstance(one, MappingNode) else ():
            if key.text in CLOSING and isinstance(value, Scalar) and value.value is False:
                reading.warn(key.mark, OPEN.format(name=key.text), "take it out")


def _lenient(kind: type[Validator]) -> type[Validator]:
    """Give a class of validators that lets unknown fields be."""
    from jsonschema.validators import extend

    def letting(judge: Judge) -> Judge:
        def judged(validator: Any, value: Any, instance: Any, schema: Any) -> Iterable[Any] | None:
            return () if value is False else judge(validator, value, instance, schema)

        return judged

    judges: Mapping[str, Judge] = kind.VALIDATORS
    lenient = {name: letting(judges[name]) for name in CLOSING if name in judges}
    made: type[Validator] = extend(kind, lenient)  # type: ignore[no-untyped-call]  # its stubs have no types for it
    return made


def checker(validator: Validator, faults: tuple[type[Exception], ...]) -> CheckData:
    """Give what says which rule an event's data break; empty where they break none.

    A schema can be valid and yet lead nowhere for some of the data: these ``faults`` break it too.
    """

    def check(data: Mapping[str, Any], event: str, place: str) -> str:
        try:
            error = next(validator.iter_errors(data), None)
        except faults as problem:
            why = UNUSABLE.format(why=short(str(problem)))
            return f"{place}: {why} (schema {event})"
        return broken(error, event, place) if error else ""

    return check


def broken(error: ValidationError, event: str, place: str) -> str:
    """Name the field, what is wrong with it, and the rule by its place in the schema."""
    path = place + "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path
    )
    rule = "/" + "/".join(str(step) for step in error.absolute_schema_path)
    return f"{short(path)}: {short(error.message)} (schema {event}, {short(rule)})"


def short(text: str) -> str:
    """Cut what would be too long to read."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _mark_of(node: Node, path: Iterable[str | int]) -> Mark:
    """Find where a place of the schema stands in the file; as near as there is."""
    for step in path:
        below = _below(node, step)
        if below is None:
            break
        node = below
    return node.mark
