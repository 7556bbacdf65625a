"""How the story looks: a clock, a colour for each kind of fact on a terminal, and the table at its end."""

from __future__ import annotations

from datetime import datetime
from itertools import zip_longest
from textwrap import wrap
from typing import TextIO

from cuewire.demo import words
from cuewire.demo.client import Row, Snapshot
from cuewire.demo.people import ANNA
from cuewire.demo.server import Addresses

COLOURS = {"event": "36", "profile": "34", "decision": "35", "delivery": "33", "sandbox": "90"}
BOLD, GREEN, RED = "1", "32", "31"
KIND_WIDTH = 8
CELL_WIDTH = 56


class Voice:
    """Writes lines, in colour only where somebody watches a terminal."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._is_terminal = out.isatty()

    def say(self, text: str = "", style: str = "") -> None:
        """Write one line."""
        self._out.write(f"{self._paint(text, style)}\n")
        self._out.flush()

    def fact(self, kind: str, line: str, identifier: str) -> None:
        """Write a fact with the present time and its id."""
        clock = datetime.now().astimezone().strftime("%H:%M:%S.%f")[:-3]
        label = self._paint(kind.ljust(KIND_WIDTH), COLOURS[kind])
        self.say(f"{self._paint(clock, '2')}  {label}  {line}  {self._paint(f'[{identifier}]', '2')}")

    def table(self, heading: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
        """Write a table; what is too long for its column goes on below."""
        cells = [[wrap(text, CELL_WIDTH) or [""] for text in row] for row in [heading, *rows]]
        widths = [max(len(line) for row in cells for line in row[i]) for i in range(len(heading))]
        for index, row in enumerate(cells):
            for lines in zip_longest(*row, fillvalue=""):
                padded = (text.ljust(width) for text, width in zip(lines, widths, strict=True))
                self.say("  ".join(padded).rstrip(), "" if index else BOLD)

    def _paint(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if style and self._is_terminal else text


def tell_outcome(voice: Voice, snapshot: Snapshot) -> None:
    """Write who was sent what and why, and who was not and why."""
    decisions = {decision["id"]: decision for decision in snapshot.decisions}
    sent = [sent_row(snapshot, delivery, decisions) for delivery in snapshot.deliveries]
    voice.say()
    voice.table(("Who", "was sent", "state", "tries", "because"), sent)
    voice.say()
    untouched = [row for profile in sorted_people(snapshot) for row in unsent_rows(snapshot, profile)]
    voice.table(("Who", "was not sent", "because"), untouched)


def sorted_people(snapshot: Snapshot) -> list[Row]:
    """Give each person once, in the order in which they came."""
    people = {profile["id"]: profile for profile in snapshot.profiles.values()}
    return sorted(people.values(), key=lambda profile: str(profile.get("first_seen", "")))


def sent_row(snapshot: Snapshot, delivery: Row, decisions: dict[str, Row]) -> tuple[str, ...]:
    """Give one delivery as a row of the table."""
    decision = decisions.get(delivery["decision_id"])
    because = f"{decision['trigger']}: {words.why(decision)}" if decision else delivery["decision_id"]
    return (
        words.name_of(snapshot, delivery["profile_id"]),
        words.what(delivery),
        " → ".join(snapshot.statuses.get(delivery["id"], [delivery["status"]])),
        str(len(delivery.get("attempts", []))),
        because,
    )


def unsent_rows(snapshot: Snapshot, profile: Row) -> list[tuple[str, ...]]:
    """Give the last word on each trigger that looked at a person and never fired."""
    own = snapshot.of(snapshot.decisions, profile)
    fired = {decision["trigger"] for decision in own if decision["outcome"] == "fired"}
    last = {decision["trigger"]: decision for decision in own if decision["trigger"] not in fired}
    name = words.name_of(snapshot, profile["id"])
    return [(name, trigger, f"{d['outcome']}: {words.why(d)}") for trigger, d in last.items()]


def tell_where_next(voice: Voice, addresses: Addresses, console: str) -> None:
    """Write where to look around, with the key that opens it; the console comes last, nearest to the eye."""
    voice.say()
    voice.say("Look around:", BOLD)
    voice.say(f"  what the vendors got  {addresses.sandbox}/")
    voice.say(
        f"  send your own events  any Segment SDK, host {addresses.server}, write key {addresses.write_key}"
    )
    voice.say("  the API and its description, with this key:")
    for path in ("api/decisions", "api/deliveries", f"api/profiles/user_id/{ANNA.user_id}", "docs"):
        voice.say(f"    curl -H 'Authorization: Bearer {addresses.api_key}' {addresses.server}/{path}")
    voice.say()
    voice.say("Look at everything above in the console; this link opens once, within 15 minutes:", BOLD)
    voice.say(f"  {console}", GREEN)
