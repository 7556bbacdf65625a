"""What the files of a folder say of each other: names that must exist, and in which order they build on each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from core.config.graph import arrange
from core.config.kinds.profile import ProfileFile, ScoreFile
from core.config.nearest import did_you_mean, nearest
from core.config.node import Mark
from core.config.problem import TOP, Problem
from core.config.schema import Use
from core.engine.digest import derive
from core.engine.formula import compile_formula
from core.engine.formula.lexer import path_text
from core.engine.rule import Segment

#: One thing that others build on: its kind and its name.
Node = tuple[str, str]

#: A file, and a place in it.
Place = tuple[str, Mark]

#: What has a meaning of its own that others build on.
_BUILDING = ("segment", "segments", "trigger", "score")

#: Stands for all segments: whoever reads them all builds on it, and it builds on each.
_ALL: Node = ("segments", "")

#: Names that a formula can spell.
_SCORE_NAME = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Linked:
    """One file and what it names; ``trigger`` is the one it describes, ``anchor`` what that's ``when`` names."""

    file: str
    uses: tuple[Use, ...]
    trigger: str = ""
    is_draft: bool = False
    anchor: tuple[Use, ...] = ()


class Web:
    """All files of a folder, tied together by the names they use.

    ``profile`` is None where ``profile.yaml`` is too wrong for its names to be known; ``triggers`` are the names of
    all files in ``triggers/``, ``tags`` those that messages carry.
    """

    def __init__(
        self,
        files: Iterable[Linked],
        *,
        profile: ProfileFile | None,
        place: str,
        triggers: Iterable[str],
        tags: Iterable[str] = (),
    ) -> None:
        self.files = list(files)
        self.named = profile.named if profile else None
        self.profile = profile or ProfileFile()
        self.place = place
        self.triggers = tuple(triggers)
        self.tags = frozenset(tags)
        self.scores = {**self.implied_scores(), **self.profile.scores}

    def implied_scores(self) -> dict[str, ScoreFile]:
        """Give the scores that no file defines: each is read from the trait of its name."""
        used = {use.name for file in self.files for use in file.uses if use.kind == "score"}
        names = sorted(name for name in used if _SCORE_NAME.fullmatch(name))
        formulas = {name: compile_formula(path_text(("profile", "traits", name))) for name in names}
        return {name: ScoreFile(formula, _trait(name)) for name, formula in formulas.items()}

    def problems(self) -> Iterator[Problem]:
        """Report names that do not exist or look mistyped, drafts that are counted, and circles."""
        drafts = {file.trigger for file in self.files if file.trigger and file.is_draft}
        for file in self.files:
            for use in file.uses:
                yield from self.judge(use, file, drafts)
        yield from self.circles()

    def judge(self, use: Use, file: Linked, drafts: set[str]) -> Iterator[Problem]:
        """Judge one name."""
        shown, defined = use.name[:60], self.profile.scores
        if use.kind == "segment" and self.named is not None and use.name not in self.named:
            hint = did_you_mean(use.name, self.named) or "name it under `segments` in profile.yaml"
            yield _problem(file, use, f"unknown segment `{shown}`", hint)
        elif use.kind == "computed" and self.named is not None and use.name not in self.profile.computed:
            hint = did_you_mean(use.name, self.profile.computed) or "name it under `computed` in profile.yaml"
            yield _problem(file, use, f"unknown computed trait `{shown}`", hint)
        elif use.kind == "trigger" and use.name not in self.triggers:
            hint = did_you_mean(use.name, self.triggers) or f"write triggers/{shown}.yaml"
            yield _problem(file, use, f"unknown trigger `{shown}`", hint)
        elif use.kind == "trigger" and use.name in drafts and not file.is_draft:
            message = f"the trigger `{shown}` is a draft, so there is nothing to count"
            yield _warning(file, use, message, "let it be shadow or live")
        elif use.kind == "tag" and use.name not in self.tags:
            message = f"no message carries the tag `{shown}`, so there is nothing to count"
            yield _warning(file, use, message, did_you_mean(use.name, self.tags))
        elif use.kind == "score" and use.name not in defined and nearest(use.name, defined):
            message = f"no score `{shown}` is defined, so the trait of that name is read"
            yield _warning(file, use, message, f"did you mean `{nearest(use.name, defined)}`?")

    def links(self) -> dict[Node, dict[Node, Place]]:
        """Give for each thing what it builds on, and where the files say so."""
        profile, scores = self.profile, self.scores
        links = {
            ("segment", name): self.targets(one.uses, self.place) for name, one in profile.segments.items()
        }
        links[_ALL] = {("segment", name): (self.place, TOP) for name in profile.segments}
        links |= {("score", name): self.targets(one.uses, self.place) for name, one in scores.items()}
        for file in self.files:
            if file.trigger:
                links["trigger", file.trigger] = self.targets(file.anchor, file.file)
        return links

    def targets(self, uses: Iterable[Use], file: str) -> dict[Node, Place]:
        """Resolve what is used: a trait only matters where it is computed."""
        found: dict[Node, Place] = {}
        for use in uses:
            nodes: list[Node] = [(use.kind, use.name)] if use.kind in _BUILDING else []
            if use.kind == "trait":
                nodes = [("computed", use.name)] if use.name in self.profile.computed else []
            elif use.kind == "score" and use.name not in self.scores:
                nodes = []
            for node in nodes:
                found.setdefault(node, (file, use.mark))
        return found

    def circles(self) -> Iterator[Problem]:
        """Report each circle once, where its first link stands."""
        links = self.links()
        for circle in arrange(links)[1]:
            file, mark = links[circle[0]][circle[1]]
            told = " > ".join(f"{kind} `{name[:60]}`" if name else "all segments" for kind, name in circle)
            hint = "take one of these out: nothing can be worked out from itself"
            yield Problem(file, mark.line, mark.column, f"a circle: {told}", hint)

    def segments(self) -> dict[str, Segment]:
        """Build the segments, each behind those it builds on; there must be no circle."""
        links, hashes = self.links(), self.base_hashes()
        found: dict[str, Segment] = {}
        for node in arrange(links)[0]:
            kind, name = node
            if kind in ("trigger", "computed"):
                continue
            below = [f"{kind} {name} {hashes[kind, name]}" for kind, name in links[node] if kind != "trigger"]
            hashes[node] = derive("m", self.own_meaning(node), *sorted(below))
            if kind == "segment":
                found[name] = Segment(name, self.profile.segments[name].condition, hashes[node])
        return found

    def own_meaning(self, node: Node) -> str:
        """Give what a segment or score says itself, without what it builds on."""
        kind, name = node
        if kind == "segment":
            return self.profile.segments[name].meaning
        return self.scores[name].formula.text if kind == "score" else ""

    def base_hashes(self) -> dict[Node, str]:
        """Give what computed traits mean: they build on nothing but events."""
        computed = self.profile.computed
        return {
            ("computed", name): derive("m", one.kind, one.tally.id, str(one.limit))
            for name, one in computed.items()
        }


def _trait(name: str) -> tuple[Use, ...]:
    return (Use("trait", name, TOP),)


def _problem(file: Linked, use: Use, message: str, hint: str) -> Problem:
    return Problem(file.file, use.mark.line, use.mark.column, message, hint)


def _warning(file: Linked, use: Use, message: str, hint: str) -> Problem:
    return replace(_problem(file, use, message, hint), severity="warning")
