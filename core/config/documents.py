"""The JSON Schema of each kind of mapping file, for editors."""

from __future__ import annotations

from core.config.gather import Kind
from core.config.kinds.callback import CALLBACK
from core.config.kinds.destination import DESTINATION
from core.config.kinds.identity import IDENTITY
from core.config.kinds.message import MESSAGE
from core.config.kinds.policy import POLICY
from core.config.kinds.profile import PROFILE
from core.config.kinds.source import SOURCE
from core.config.kinds.trigger import TRIGGER
from core.config.schema import JsonSchema, Parts, Record

DIALECT = "https://json-schema.org/draft/2020-12/schema"

SHAPES: dict[Kind, Record] = {
    "policy": POLICY,
    "identity": IDENTITY,
    "profile": PROFILE,
    "source": SOURCE,
    "callback": CALLBACK,
    "destination": DESTINATION,
    "message": MESSAGE,
    "trigger": TRIGGER,
}

_TITLES: dict[Kind, str] = {
    "policy": "policy.yaml: the rules above all triggers",
    "identity": "identity.yaml: which identifiers join people",
    "profile": "profile.yaml: computed traits, segments and scores",
    "source": "sources/NAME.yaml: where things sit in a source's events",
    "callback": "callbacks/NAME.yaml: which notification of a vendor is which event, and whose",
    "destination": "destinations/NAME.yaml: what an action's fields hold",
    "message": "messages/NAME.yaml: what is said to people",
    "trigger": "triggers/NAME.yaml: what happens, and what is done about it",
}


def document(kind: Kind) -> JsonSchema:
    """Describe one kind of file."""
    parts = Parts()
    shape = SHAPES[kind].schema(parts)
    head: JsonSchema = {"$schema": DIALECT, "title": _TITLES[kind]}
    return {**head, **shape, **({"$defs": parts.named} if parts.named else {})}
