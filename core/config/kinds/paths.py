"""What formulas and templates may read below ``profile``, ``case``, ``cases``, ``event`` and ``context``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.config.nearest import did_you_mean, nearest
from core.config.node import Scalar
from core.config.schema import Reading, Use
from core.engine.formula import FIELD_NAMES, Formula
from core.engine.formula.lexer import read_path, tokens
from core.engine.template import Template

#: A step of a path and where it stands in its text.
Step = tuple[str | int, int]


@dataclass(frozen=True)
class Branch:
    """The names below one place; where it is open others may stand too, and only a slip is suspected."""

    names: Mapping[str, Branch | None] = field(default_factory=dict)
    is_open: bool = False


def _open(*names: str, **below: Branch | None) -> Branch:
    return Branch({**dict.fromkeys(names), **below}, is_open=True)


_ITEM = Branch(dict.fromkeys(("event", "timestamp", "messageId", "properties")))

_CASE = Branch({"first": _ITEM, "last": _ITEM, "events": _ITEM, "count": None, "sum": None})

_CASES = Branch({**_CASE.names, "key": None, "trigger": None, "at": None})

_CONTEXT = _open(
    *("active", "app", "externalIds", "groupId", "ip", "library", "locale", "location", "network", "os"),
    *("referrer", "screen", "timezone", "traits", "userAgent"),
    campaign=_open("name", "source", "medium", "term", "content"),
    consent=_open("categoryPreferences"),
    device=_open("id", "manufacturer", "model", "name", "type", "advertisingId", "token", "version"),
    page=_open("path", "referrer", "search", "title", "url"),
)

_EVENT = _open(
    *("type", "event", "messageId", "userId", "anonymousId", "previousId", "groupId", "name", "category"),
    *("timestamp", "originalTimestamp", "receivedAt", "sentAt", "properties", "traits", "integrations"),
    *("channel", "version"),
    context=_CONTEXT,
)


def roots(reading: Reading) -> dict[str, Branch]:
    """Give what stands below each name, with this folder's own identifiers and purposes."""
    own = {name: Branch(dict.fromkeys(names)) for name, names in reading.own_names.items() if names}
    profile = {"id": None, "traits": None, "segments": None, "scores": None, "consent": None}
    below: dict[str, Branch | None] = {**profile, "identifiers": own.get("identifiers")}
    return {"profile": Branch(below), "case": _CASE, "cases": _CASES, "event": _EVENT, "context": _CONTEXT}


def check_paths(compiled: Any, node: Scalar, reading: Reading) -> None:
    """Report names below a known place that do not exist there, or that look mistyped."""
    if isinstance(compiled, Formula):
        paths = _formula_paths(node.text)
    elif isinstance(compiled, Template):
        paths = _template_paths(compiled)
    else:
        return
    known = roots(reading)
    for path in paths:
        _check(path, known, node, reading)
        _note(path, node, reading)


def _note(path: list[Step], node: Scalar, reading: Reading) -> None:
    """Remember what a path reads that another file may define."""
    steps = [*path, ("", 0), ("", 0)]
    (root, _), (branch, place), (name, _) = steps[:3]
    if root != "profile":
        return
    mark = reading.inside(node, place)
    if branch == "segments":
        reading.uses.append(Use("segments", "", mark))
    elif branch == "traits" and isinstance(name, str) and name:
        reading.uses.append(Use("trait", name, mark))
    elif branch == "scores" and isinstance(name, str) and name:
        reading.uses.append(Use("score", name, reading.inside(node, path[2][1])))


def _check(path: list[Step], known: Mapping[str, Branch], node: Scalar, reading: Reading) -> None:
    branch = known.get(str(path[0][0]))
    for name, place in path[1:]:
        if branch is None:
            return
        if isinstance(name, int):
            continue
        if name not in branch.names:
            _refuse(name, place, branch, node, reading)
            return
        branch = branch.names[name]


def _refuse(name: str, place: int, branch: Branch, node: Scalar, reading: Reading) -> None:
    mark = reading.inside(node, place)
    near = nearest(name, branch.names)
    if not branch.is_open:
        reading.error(mark, f"`{name[:60]}` does not exist here", did_you_mean(name, branch.names))
    elif near:
        reading.warn(mark, f"`{name[:60]}` is a new name", f"did you mean `{near}`?")


def _formula_paths(text: str) -> Iterator[list[Step]]:
    """Give each path of a formula; its text begins with the sign that makes it one."""
    found = tokens(text[1:])
    before = last = ""
    for index, token in enumerate(found[:-1]):
        is_member = last == "." or (last == "?" and before == ".")
        if token.text in FIELD_NAMES and not is_member and found[index + 1].text != "(":
            steps, end = read_path(found, index)
            places = [one.start + 1 for one in found[index:end] if one.kind in ("name", "number", "text")]
            yield list(zip(steps, places, strict=True))
        before, last = last, token.text


def _template_paths(template: Template) -> Iterator[list[Step]]:
    """Give each path of a template, as far as its steps are written out."""
    for steps, start in template.reads():
        path: list[Step] = []
        place = start
        for step in steps:
            place = max(place, template.text.find(str(step), place))
            path.append((step, place))
        yield path
