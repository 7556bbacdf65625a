"""Loading pools of codes: what a list of codes must be, and one transaction for all of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.errors import BadRequest
from core.ports import Clock, Store

POOL = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
LONGEST = 100
MOST_CODES = 100_000

#: A code and when it expires; None for one that never does.
Dated = tuple[str, int | None]


class CodePools:
    """Loads codes into a store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def load(self, pool: str, codes: Sequence[Dated]) -> int:
        """Add codes to a pool, and give how many are new there; one that is known stays as it is."""
        check(pool, codes)
        now = self._clock.now()
        return self._store.write(lambda tx: tx.codes.add(pool, codes, now))


def check(pool: str, codes: Sequence[Dated]) -> None:
    """Refuse what is no pool or no list of codes."""
    if not POOL.fullmatch(pool):
        hint = "begin with a letter; then letters, digits, - and _"
        raise BadRequest(f"{pool[:80]!r} is no name of a pool", field="pool", hint=hint)
    if not codes:
        raise BadRequest("there is no code", field="codes", hint="give one or more")
    if len(codes) > MOST_CODES:
        raise BadRequest(f"more than {MOST_CODES:,} codes at once", field="codes", hint="load them in parts")
    for number, (code, _) in enumerate(codes):
        if not code or len(code) > LONGEST or not code.isprintable() or code != code.strip():
            hint = f"a code is 1 to {LONGEST} letters on one line, without blanks around it"
            raise BadRequest("is no code", field=f"codes[{number}]", hint=hint)
