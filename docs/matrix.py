"""Write the page of all destinations and actions from the code: ``python docs/matrix.py``; a test compares the two."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PAGE = FOLDER / "destinations" / "index.md"
sys.path.insert(0, str(FOLDER.parent))

from core.ports import ActionSpec, DestinationSpec, Repeats  # noqa: E402  # the program lies beside this folder

INTRODUCTION = """\
# Destinations

Everything that leaves goes to one of these, by an action such as `hubspot.upsert_contact`.
A step of a trigger names it, or a channel of a message.
Each destination has its page, with its settings, the fields of its actions, and its limits.
A second account of the same kind is a second instance: a file in `mappings/destinations/` that says `uses:`.

This page is written from the program.

## What there is
"""

MEANING = """
Described by a file means that there is no code behind it: its requests stand in YAML.
A mapping file may add others, see [a vendor without code](webhook.md#a-vendor-without-code).

## Actions

- *Reaches a person* says by which channel. Such an action needs a `purpose`, and consent, caps and quiet hours hold.
- *Together* is how many deliveries, each of another person, one request carries.
- *After a lost answer* says what becomes of a delivery that may or may not have arrived.

What could be done twice is never sent twice.
"""

LOST = {
    Repeats.IDEMPOTENT: "sent again: it changes nothing",
    Repeats.KEYED: "sent again with its key, and counted once",
    Repeats.LOOKUP: "looked up, and sent again where it is not there",
    Repeats.AT_MOST_ONCE: "`unknown`, never sent again",
}


def page() -> str:
    """Give the whole page."""
    import connectors

    found = connectors.catalogue()
    lines = [INTRODUCTION, "| destination | in files | actions | described by |", "| --- | --- | --- | --- |"]
    lines += [summary(kind, spec) for kind, spec in found.items()]
    lines += [
        MEANING,
        "| action | what it does | needs | reaches a person | together | after a lost answer |",
    ]
    lines += ["| --- | --- | --- | --- | --- | --- |"]
    lines += [row for kind, spec in found.items() for row in rows(kind, spec)]
    return "\n".join([*lines, ""])


def summary(kind: str, spec: DestinationSpec) -> str:
    """Give a destination's row."""
    title = spec.title.removeprefix("the ").capitalize() if spec.title.startswith("the ") else spec.title
    described = "a file" if spec.is_open else "code"
    return f"| [{title}]({kind}.md) | `{kind}` | {len(spec.actions)} | {described} |"


def rows(kind: str, spec: DestinationSpec) -> Iterator[str]:
    """Give a row for each of a destination's actions."""
    for name, action in spec.actions.items():
        needs = ", ".join(f"`{field.name}`" for field in action.fields if field.required)
        together = str(action.batch) if action.batch > 1 else ""
        what = [f"[`{kind}.{name}`]({kind}.md#{name})", action.help, needs, action.channel, together]
        yield f"| {' | '.join([*what, lost(action)])} |"


def lost(action: ActionSpec) -> str:
    """Say what becomes of a delivery whose answer was lost."""
    asked = f", looked up after {action.settle // 60_000} minutes" if action.settle else ""
    return LOST[action.repeats] + asked


if __name__ == "__main__":
    PAGE.write_text(page())
