"""The facts that a condition may ask of a person, as they are written: counts, scores, consent, segments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from core.config.kinds.around import warn_channel
from core.config.kinds.expression import FormulaText
from core.config.kinds.pattern import counted, counted_patterns
from core.config.kinds.tally import tally_of
from core.config.node import Node, Scalar, Sequence
from core.config.schema import (
    BAD,
    Duration,
    Fields,
    Integer,
    JsonSchema,
    Key,
    Name,
    Number,
    Parts,
    Reading,
    Record,
    Shape,
    Text,
    Use,
    one_of_keys,
    some_of_keys,
)
from core.engine.condition import Consented, Count, ScoreIs
from core.engine.profile import MARKS_LIMIT


@dataclass(frozen=True)
class Named(Shape):
    """The name of something that another file defines; ``several`` says what to write for a list of them."""

    says: str
    kind: Literal["segment", "score", "purpose", "tag"]
    shape: Shape = field(default_factory=Name)
    several: str = ""

    def check(self, node: Node, reading: Reading) -> Any:
        """Take the name; whether it exists is seen when all files are read."""
        if isinstance(node, Sequence) and self.several:
            return self.refuse(node, reading, self.several)
        found = self.shape.read(node, reading)
        if found is not BAD and isinstance(node, Scalar):
            reading.uses.append(Use(self.kind, found, node.mark))
        return found

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a name."""
        return self.shape.schema(parts)


SEGMENT = Named(
    "a segment's name",
    "segment",
    Name("a segment's name"),
    "write `any: [{in_segment: ONE}, {in_segment: OTHER}]`",
)
SCORE = Named("a score's name", "score", Name("a score's name"))

SCORE_BOUNDS = Record(
    "a score",
    {
        "name": Key(SCORE, "the score: one of profile.yaml, or a trait of that name", required=True),
        "above": Key(Number(), "it must be larger than this"),
        "below": Key(Number(), "it must be smaller than this"),
    },
    form="score: {name: NAME, above: 0.7}",
    rules={"allOf": [some_of_keys("above", "below")]},
)

CONSENT = Record(
    "a consent",
    {
        "purpose": Key(
            Named("a purpose", "purpose", Text("a purpose")), "the purpose, one of policy.yaml", required=True
        ),
        "channel": Key(Text("a channel"), "the channel, such as sms; without it any", default=""),
    },
    form="consent: {purpose: marketing}",
)


def count_record(formula: FormulaText) -> Record:
    """Describe a count over a window, or over everything; ``formula`` is what its ``where`` may be."""
    where = Key(formula, "a formula over the event; other events of the name do not count")
    return Record(
        "a count",
        {
            **counted(where),
            "at_least": Key(Integer(least=1, most=MARKS_LIMIT - 1), "how many at least"),
            # A profile keeps its last marks: more than that many could never be told apart from it.
            "at_most": Key(Integer(most=MARKS_LIMIT - 1), "how many at most"),
            "within": Key(Duration(), "how long the window is; without it everything counts"),
            "ago": Key(Duration(), "how long ago the window ended", default=0),
        },
        form="count: {event: NAME, at_least: 2, within: 7d}",
        rules={
            "allOf": [one_of_keys("event", "trigger"), some_of_keys("at_least", "at_most")],
            "dependentRequired": {"ago": ["within"]},
        },
    )


def build_count(fields: Fields, reading: Reading) -> Any:
    """Build a count from its keys, BAD after reporting."""
    patterns = counted_patterns(fields, reading)
    if "ago" in fields and not fields.gives("within"):
        return reading.error(fields.place("ago"), "`ago` needs `within`", "add `within: 7d`")
    low, high = fields.get("at_least"), fields.get("at_most")
    if not fields.gives("at_least") and not fields.gives("at_most"):
        return reading.error(fields.mark, "a count needs `at_least` or `at_most`", "add `at_least: 2`")
    if low is not None and high is not None and low > high:
        return reading.error(
            fields.place("at_most"), f"never holds: at least {low} and at most {high}", "swap them"
        )
    # What was refused has been reported, and leaves nothing to ask.
    if patterns is None or (low is None and high is None):
        return BAD
    tally = tally_of(patterns, within=fields.get("within"), ago=fields.get("ago"))
    return Count(tally, low, high)


def build_score(fields: Fields, reading: Reading) -> Any:
    """Build a score's bounds, BAD after reporting."""
    low, high = fields.get("above"), fields.get("below")
    if not fields.gives("above") and not fields.gives("below"):
        return reading.error(fields.mark, "a score needs `above` or `below`", "add `above: 0.7`")
    if low is not None and high is not None and low >= high:
        return reading.error(
            fields.place("below"), f"never holds: above {low:g} and below {high:g}", "swap them"
        )
    return ScoreIs(fields.get("name"), low, high) if "name" in fields else BAD


def build_consent(fields: Fields, reading: Reading) -> Any:
    """Build a question for consent; a channel that looks mistyped is warned about."""
    channel = fields.get("channel")
    if channel:
        warn_channel(channel, fields.value_place("channel"), reading)
    return Consented(fields.get("purpose"), channel) if "purpose" in fields else BAD
