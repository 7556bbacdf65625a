"""``do:`` of a trigger: the steps, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.config.kinds.act import build_act, find_target
from core.config.kinds.around import Around
from core.config.kinds.condition import ConditionTree, one_key
from core.config.kinds.destination import FIELDS
from core.config.kinds.route import with_routes
from core.config.kinds.wait import WaitShape
from core.config.nearest import did_you_mean
from core.config.node import Mark, Node, Scalar
from core.config.schema import (
    BAD,
    Fields,
    JsonSchema,
    Key,
    Located,
    Name,
    Parts,
    Reading,
    Record,
    Shape,
    Text,
    any_of,
)
from core.config.schema.record import DOTTED
from core.engine.rule import OnlyIf, Step


@dataclass(frozen=True, slots=True)
class SendDraft:
    """A step that names a message."""

    message: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class ActDraft:
    """A step that names an action, with the fields it lays over the destination file's."""

    dotted: str
    fields: dict[str, Located]
    mark: Mark


_STEP = Record(
    "a step",
    {
        "send": Key(Name(), "the message to send"),
        "wait": Key(WaitShape(), "how long to wait before the next step"),
        "only_if": Key(ConditionTree(), "a checkpoint: not met ends the journey"),
    },
    free=FIELDS,
)


class StepShape(Shape):
    """One step; what it names is looked up when all files are read."""

    says = "a step: send, wait, only_if or DESTINATION.ACTION"

    def check(self, node: Node, reading: Reading) -> Any:
        """Read a bare action, or a mapping with one key."""
        if isinstance(node, Scalar):
            text = Text(self.says).read(node, reading)
            return BAD if text is BAD else ActDraft(text, {}, node.mark)
        fields = _STEP.read(node, reading)
        if not isinstance(fields, Fields):
            return BAD
        if len(fields.node.entries) != 1:
            mark = fields.node.entries[1][0].mark if fields.node.entries else fields.mark
            return reading.error(mark, "a step has one key", "give each step its own `- `")
        return BAD if fields.refuse_nothing(reading) else self.draft(fields)

    def draft(self, fields: Fields) -> Any:
        """Draft the step of the only key."""
        for name, one in fields.found.items():
            if name == "send":
                return SendDraft(one.value, one.mark)
            if name == "wait":
                return one.value
            return OnlyIf(one.value) if name == "only_if" else ActDraft(name, one.value, one.key_mark)
        return BAD

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a bare action, and a mapping with one key."""
        return any_of({"type": "string", "pattern": DOTTED}, one_key(_STEP, parts))


def compile_step(draft: Any, reading: Reading, *, around: Around) -> Step | None:
    """Look up what a step names; None after reporting, or when the file it names is wrong."""
    if isinstance(draft, SendDraft):
        around.check_message(draft.message, draft.mark, reading)
        return around.messages.get(draft.message)
    if not isinstance(draft, ActDraft):
        step: Step = draft
        return step
    if "." not in draft.dotted:
        _refuse_word(draft, reading, around=around)
        return None
    target = find_target(draft.dotted, draft.mark, reading, around=around)
    if target is None:
        return None
    given, purpose = dict(draft.fields), ""
    if target.spec.channel:
        purpose = _purpose(given.pop("purpose", None), draft, reading, around=around)
    act = build_act(target, given, reading, mark=draft.mark, purpose=purpose)
    return with_routes(act, given, reading, mark=draft.mark, around=around)


def _refuse_word(draft: ActDraft, reading: Reading, *, around: Around) -> None:
    if draft.dotted in around.messages:
        hint = f"write `send: {draft.dotted}`"
    else:
        hint = did_you_mean(draft.dotted, around.actions()) or "write DESTINATION.ACTION or `send: MESSAGE`"
    reading.error(draft.mark, f"`{draft.dotted[:60]}` is no step", hint)


def _purpose(given: Located | None, draft: ActDraft, reading: Reading, *, around: Around) -> str:
    known = ", ".join(around.purposes)
    if given is None or given.value is None:
        hint = f"write `{draft.dotted}: {{purpose: ...}}` with one of: {known}"
        reading.error(draft.mark, f"{draft.dotted} reaches a person and needs a `purpose`", hint)
        return ""
    found = Text(f"a purpose ({known})").read(given.value, reading)
    if isinstance(found, str):
        around.check_purpose(found, given.mark, reading)
    return found if isinstance(found, str) else ""
