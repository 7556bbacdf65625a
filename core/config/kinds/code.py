"""``code:`` of a message: a pool of codes, of which each message gets one."""

from __future__ import annotations

from collections.abc import Sequence

from core.config.kinds.around import Around
from core.config.linking import own_names
from core.config.schema import Duration, Either, Fields, Key, Name, Reading, Record
from core.engine.rule import Act, CodeRule

_LONG = Record(
    "a code",
    {
        "pool": Key(Name("a pool"), "the pool, as in `cuewire codes load POOL FILE`", required=True),
        "valid_for": Key(Duration(), "for how long the code must still be good when the message leaves"),
    },
    form="code: {pool: spring, valid_for: 7d}",
)

CODE_SHAPE = Either("a pool, or {pool: NAME, valid_for: 7d}", scalar=Name("a pool"), mapping=_LONG)


def note_code(fields: Fields, name: str, acts: Sequence[Act], reading: Reading, *, around: Around) -> None:
    """Keep a message's pool; a code that is printed needs one, and a pool a text that prints its codes."""
    given = fields.get("code")
    pool = given.get("pool") if isinstance(given, Fields) else given
    prints = any("code" in own_names(value) for act in acts for value in act.fields.values())
    if pool:
        valid_for = given.get("valid_for") if isinstance(given, Fields) else None
        around.codes[name] = CodeRule(pool, valid_for or 0)
    if pool and acts and not prints:
        reading.warn(fields.place("code"), "no text of the message prints its `code`", "write {{ code }}")
    if prints and not fields.is_written("code"):
        reading.error(
            fields.mark, "a text prints `code`, but the message has no pool", "add `code: {pool: NAME}`"
        )
