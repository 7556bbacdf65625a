"""Who is told when something is wrong, and from when on it is, as ``policy.yaml`` says it; in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

#: What can be wrong: something does not go out, nothing comes in, or it takes too long.
PAUSED, SILENT, LATE = KINDS = ("paused", "silent", "late")


@dataclass(frozen=True, slots=True)
class Notify:
    """Whom to tell (``email:ADDRESS``, ``slack:SETTING``, ``webhook:SETTING``) of which kinds, and the bounds of each.

    ``paused`` is how long a destination may fail before that is worth a message; ``source`` and ``trigger`` how long
    nothing may come of them; ``late`` what a decision or a delivery may be overdue.
    """

    to: tuple[str, ...] = ()
    on: tuple[str, ...] = KINDS
    paused: int = 5 * MINUTE
    source: int = 6 * HOUR
    trigger: int = 7 * DAY
    late: int = 5 * MINUTE


#: In force where ``policy.yaml`` says nothing.
USUAL = Notify()
