"""A small language in which the kinds of mapping files are described: keys, types, defaults and help.

Reading a node against a shape gives checked values that know where they stand, and reports every problem.
"""

from core.config.schema.base import BAD, Located, Reading, Shape, shown
from core.config.schema.collection import Either, ListOf, MapOf, OneOrMany
from core.config.schema.parts import JsonSchema, Parts, any_of
from core.config.schema.record import Fields, Key, Record, later
from core.config.schema.scalar import Anything, Choice, Duration, Integer, Name, Text, Truth

__all__ = [
    "BAD",
    "Anything",
    "Choice",
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
    "OneOrMany",
    "Parts",
    "Reading",
    "Record",
    "Shape",
    "Text",
    "Truth",
    "any_of",
    "later",
    "shown",
]
