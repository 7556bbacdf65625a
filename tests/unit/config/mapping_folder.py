"""A folder of mappings that a test writes, and a small catalogue of destinations."""

from __future__ import annotations

from pathlib import Path

from connectors import catalogue
from core.config.loader import Loaded, load
from core.engine.rule import RuleSet
from core.ports import ActionSpec, DestinationSpec, FieldSpec, Repeats

PRESETS = Path(__file__).parents[3] / "mappings"
REAL = catalogue()


def _fields(*names: str, required: str = "") -> tuple[FieldSpec, ...]:
    return tuple(FieldSpec(name, f"the {name}", required=name == required) for name in names)


CATALOGUE = {
    "twilio": DestinationSpec(
        "twilio",
        "Twilio",
        {
            # The shipped file has presets for the others.
            **REAL["twilio"].actions,
            "send_message": ActionSpec(
                "send_message",
                "Send a text message.",
                Repeats.AT_MOST_ONCE,
                _fields("to", "body", "from", "messaging_service", "media_url", required="to"),
                channel="sms",
            ),
        },
    ),
    "braze": DestinationSpec(
        "braze",
        "Braze",
        {
            **REAL["braze"].actions,
            "track_event": ActionSpec(
                "track_event",
                "Record an event.",
                Repeats.AT_MOST_ONCE,
                _fields("name", "external_id", "email", "time", "properties", required="name"),
            ),
            "update_profile": ActionSpec(
                "update_profile",
                "Set attributes.",
                Repeats.IDEMPOTENT,
                _fields("external_id", "attributes"),
                open_fields=True,
            ),
        },
    ),
    "mailer": DestinationSpec(
        "mailer",
        "Mailer",
        {
            "send_email": ActionSpec(
                "send_email",
                "Send an e-mail.",
                Repeats.AT_MOST_ONCE,
                _fields("to", "subject", "html", required="to"),
                channel="email",
            )
        },
    ),
}

#: A whole, valid trigger, to which a test may add lines.
TRIGGER = """\
trigger: t
when: {event: Signed Up}
do: [braze.track_event: {name: Hello}]
"""

#: The two halves of a trigger, between which or after which a test adds lines.
WHEN = "trigger: t\nwhen: {event: A}\n"
DO = "do: [braze.track_event: {name: x}]\n"

MESSAGE = """\
message: hello
purpose: marketing
channels:
  sms: {via: twilio.send_message, body: Hi}
"""


class Folder:
    """A folder of mappings under test; file names in problems are relative to it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, text: str | bytes) -> None:
        """Write one file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)

    def load(self) -> Loaded:
        """Load it with the shipped presets."""
        return load(self.root, presets=PRESETS, catalogue=CATALOGUE)

    def problems(self) -> list[str]:
        """Give the problems as they are printed."""
        return [str(one).removeprefix(f"{self.root}/") for one in self.load().problems]


def rules(folder: Folder) -> RuleSet:
    """Load a folder that must be valid."""
    assert folder.problems() == []
    found = folder.load().rules
    assert found is not None
    return found
