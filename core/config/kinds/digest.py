"""``digest:`` of a message: for how long many firings are gathered, so that one message tells of all their cases."""

from __future__ import annotations

from collections.abc import Sequence

from core.config.linking import single
from core.config.schema import Duration, Either, Fields, Key, Reading, Record
from core.engine.formula import Formula
from core.engine.rule import Act
from core.engine.template import Template
from core.engine.value import Value

#: What the fields of a digest may read besides.
CASES = "cases"

_LONG = Record(
    "a digest",
    {"for": Key(Duration(), "how long after the first case the message leaves", required=True)},
    form="digest: {for: 1h}",
)

DIGEST_SHAPE = Either("a duration such as 1h, or {for: 1h}", scalar=Duration(), mapping=_LONG)


def read_digest(fields: Fields, acts: Sequence[Act], reading: Reading) -> int | None:
    """Give for how long cases are gathered, and warn of channels that do not tell of them, or tell without a digest."""
    given = fields.get("digest")
    span: int | None = given.get("for") if isinstance(given, Fields) else given
    telling = [act for act in acts if any(_reads_cases(value) for value in act.fields.values())]
    silent = [act.channel for act in acts if act not in telling]
    if span and silent:
        told = f"no field of {' and '.join(silent)} reads `{CASES}`: only the oldest case would be told"
        hint = "loop over them: {% for one in cases %}{{ one.last.properties.name }} {% endfor %}"
        reading.warn(fields.place("digest"), told, hint)
    if telling and not fields.is_written("digest"):
        told = f"a field of {telling[0].channel} reads `{CASES}`, which there are only with a digest"
        reading.warn(fields.mark, told, "add `digest: 1h`")
    return span


def _reads_cases(value: Value) -> bool:
    return any(
        (isinstance(one, Formula) and any(path[0] == CASES for path in one.reads))
        or (isinstance(one, Template) and any(path[0] == CASES for path, _ in one.reads()))
        for one in single(value)
    )
