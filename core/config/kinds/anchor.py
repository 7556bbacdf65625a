"""``when:`` of a trigger: what happens."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as MappingABC
from typing import Any

from core.config.kinds.anchor_event import EVENT, WAITING, build_event
from core.config.kinds.anchor_marks import (
    COUNTED,
    DWELT,
    SEQUENCE,
    VISITED,
    build_count,
    build_dwell,
    build_sequence,
    build_session,
)
from core.config.kinds.anchor_state import (
    DATE,
    ENTERS,
    INACTIVE,
    LEAVES,
    SCORED,
    build_date,
    build_enters,
    build_inactive,
    build_leaves,
    build_score,
)
from core.config.kinds.misplaced import refuse_misplaced
from core.config.nearest import did_you_mean
from core.config.node import Mapping, Node, Scalar
from core.config.schema import BAD, Fields, JsonSchema, Parts, Reading, Record, Shape, any_of
from core.engine.rule import ApiAnchor

Build = Callable[[Fields, Reading], Any]

#: The keys that tell one anchor from another.
_ANCHORS: dict[str, tuple[Record, Build]] = {
    "event": (EVENT, build_event),
    "count": (COUNTED, build_count),
    "sequence": (SEQUENCE, build_sequence),
    "inactive_for": (INACTIVE, build_inactive),
    "dwell": (DWELT, build_dwell),
    "session": (VISITED, build_session),
    "enters": (ENTERS, build_enters),
    "leaves": (LEAVES, build_leaves),
    "score": (SCORED, build_score),
    "date": (DATE, build_date),
}

#: Anchors whose keys stand one level deeper: how they are written, and the keys that tell them.
_DEEPER = {
    "count": ("count: {event: NAME, at_least: 3, within: 10m}", ("trigger", "at_least", "distinct")),
    "dwell": ("dwell: {longer_than: 3m}", ("longer_than", "seconds")),
    "session": ("session: {visits: 4, within: 24h}", ("visits",)),
    "score": ("score: {name: NAME, above: 0.7}", ("above", "reset_below")),
}


class AnchorShape(Shape):
    """One of the anchors."""

    says = "an anchor such as {event: NAME}"

    def check(self, node: Node, reading: Reading) -> Any:
        """Build the anchor that its telling key names."""
        if isinstance(node, Scalar) and node.text == "api":
            return ApiAnchor()
        if not isinstance(node, Mapping):
            near = did_you_mean(node.text, ["api"]) if isinstance(node, Scalar) else ""
            hint = near if near.startswith("did") else "write `event: NAME` under it"
            return self.refuse(node, reading, hint)
        telling = [key for key, _ in node.entries if key.text in _ANCHORS]
        if len(telling) > 1:
            names = f"`{telling[0].text}` and `{telling[1].text}`"
            hint = "keep one; what must be true besides stands under `only_if`"
            return reading.error(telling[1].mark, f"an anchor is one thing, and here are {names}", hint)
        if refuse_misplaced(node, _homes(telling[0].text if telling else ""), reading):
            return BAD
        if not telling:
            return self.refuse_keys(node, reading)
        record, build = _ANCHORS[telling[0].text]
        fields = record.read(node, reading)
        return build(fields, reading) if isinstance(fields, Fields) else BAD

    def refuse_keys(self, node: Mapping, reading: Reading) -> Any:
        """Say what an anchor without a telling key lacks."""
        known = [*EVENT.keys, *_ANCHORS]
        unknown = [key for key, _ in node.entries if key.text not in known]
        for key in unknown:
            hint = "write `when: api`" if key.text == "api" else did_you_mean(key.text, known)
            reading.error(key.mark, f"unknown key `{key.text[:60]}`", hint)
        if not unknown:
            names = ", ".join(_ANCHORS)
            return reading.error(node.mark, f"an anchor needs one of {names}", "add `event: NAME`")
        return BAD

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe each anchor; what only makes sense while something is awaited needs it."""
        event = {**EVENT.schema(parts), "dependentRequired": WAITING}
        others = [record.schema(parts) for name, (record, _) in _ANCHORS.items() if name != "event"]
        return any_of({"const": "api"}, event, *others)


def _homes(telling: str) -> MappingABC[str, str]:
    """Give the keys that stand on the wrong level beside a telling key, and how they are written."""
    if telling in _DEEPER:
        record, _ = _ANCHORS[telling]
        inner = record.keys[telling].shape
        keys = inner.keys if isinstance(inner, Record) else {}
        return {key: _DEEPER[telling][0] for key in keys if key not in record.keys}
    known = _ANCHORS[telling][0].keys if telling else {}
    return {key: form for form, keys in _DEEPER.values() for key in keys if key not in known}
