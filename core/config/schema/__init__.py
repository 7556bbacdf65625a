"""A small language in which the kinds of mapping files are described: keys, types, defaults and help.

Reading a node against a shape gives checked values that know where they stand, and reports every problem.
"""

from core.config.schema.base import BAD, Located, Reading, Shape, Use, UseKind, shown
from core.config.schema.collection import Apart, Either, ListOf, MapOf, OneOrMany
from core.config.schema.parts import JsonSchema, Parts, any_of, one_of_keys, some_of_keys
from core.config.schema.record import Fields, Key, Record
from core.config.schema.scalar import Anything, Choice, Constant, Duration, Integer, Name, Number, Text, Truth

__all__ = [
    "BAD",
    "Anything",
    "Apart",
    "Choice",
    "Constant",
    "Duration",
    "Either",
    "Fields",
    "Integer",
    "JsonSchema",
    "Key",
    "ListOf",
    "Located",
    "MapOf",
    "Name",
    "Number",
    "OneOrMany",
    "Parts",
    "Reading",
    "Record",
    "Shape",
    "Text",
    "Truth",
    "Use",
    "UseKind",
    "any_of",
    "one_of_keys",
    "shown",
    "some_of_keys",
]
