"""Load one folder of mappings: everything valid becomes one rule set, anything wrong a list of problems."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from core.config.event_names import Waiting, unseen
from core.config.gather import Gathering, Kind, MappingFile
from core.config.kinds.around import Around, DestinationFile
from core.config.kinds.callback import compile_callback
from core.config.kinds.destination import compile_destination
from core.config.kinds.identity import compile_identity
from core.config.kinds.message import compile_message
from core.config.kinds.policy import compile_policy, phone_region
from core.config.kinds.profile import ProfileFile, compile_profile
from core.config.kinds.receive import follow
from core.config.kinds.route import wrong_ways
from core.config.kinds.source import compile_source
from core.config.kinds.text_file import Texts
from core.config.kinds.trigger import compile_trigger
from core.config.links import Linked, Web
from core.config.node import Mapping as MappingNode
from core.config.node import Node, Scalar
from core.config.problem import TOP, Problem, order
from core.config.reader import Document, read
from core.config.schema import Reading
from core.config.trial import Trial, TriggerTrial
from core.engine.callback import CallbackMapping
from core.engine.policy import Policy
from core.engine.rule import IdentityRules, RuleSet, Send, SourceMapping, Trigger
from core.ports import DestinationSpec, Pace

T = TypeVar("T")


@dataclass(frozen=True)
class Loaded:
    """What a folder holds: ``rules`` is None when there is any error.

    ``destinations`` gives the kind of each destination by its name, ``specs`` its actions with those of its file,
    ``paces`` how fast those are asked whose files say
    so; ``version`` hashes every file's bytes; ``trials`` are the tests that the folder's own files carry.
    """

    rules: RuleSet | None
    problems: list[Problem] = field(default_factory=list)
    destinations: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    trials: Sequence[Trial] = ()
    messages: Mapping[str, Send] = field(default_factory=dict)
    paces: Mapping[str, Pace] = field(default_factory=dict)
    specs: Mapping[str, DestinationSpec] = field(default_factory=dict)

    @property
    def errors(self) -> list[Problem]:
        """Give the problems that keep the set from being used."""
        return [one for one in self.problems if one.severity == "error"]


def load(folder: Path, *, presets: Path, catalogue: Mapping[str, DestinationSpec]) -> Loaded:
    """Read, check and compile all files of a folder; ``presets`` holds the shipped ones."""
    gathering = Gathering(folder, presets)
    loading = _Loading(gathering, presets=presets, catalogue=catalogue)
    texts = loading.around.texts = Texts(folder / "messages")
    loading.run()
    problems = order(loading.problems)
    version = _version(gathering.files, texts)
    has_errors = any(one.severity == "error" for one in problems)
    return Loaded(
        rules=None if has_errors else loading.rule_set(version),
        problems=problems,
        destinations={name: one.spec.name for name, one in loading.around.destinations.items() if one},
        paces={name: one.pace for name, one in loading.around.destinations.items() if one and one.pace},
        specs={name: one.spec for name, one in loading.around.destinations.items() if one},
        version=version,
        trials=loading.around.trials,
        messages={name: one for name, one in loading.around.messages.items() if one},
    )


class _Loading:
    """One run over the files, each kind after those it refers to."""

    def __init__(
        self, gathering: Gathering, *, presets: Path, catalogue: Mapping[str, DestinationSpec]
    ) -> None:
        # A shipped file follows the destinations that this program is built with.
        self.files = [one for one in gathering.files if _is_wanted(one, catalogue)]
        self.problems = list(gathering.problems)
        self.around = Around(
            catalogue, source_kinds=_stems(presets / "sources"), callback_kinds=_stems(presets / "callbacks")
        )
        self.identity: IdentityRules | None = None
        self.sources: dict[str, SourceMapping] = {}
        self.callbacks: dict[str, CallbackMapping] = {}
        self.triggers: dict[str, Trigger] = {}
        self.waiting: list[Waiting] = []
        self.linked: list[Linked] = []
        self.profile: ProfileFile | None = ProfileFile()
        self.web = self.tie()

    def run(self) -> None:
        """Compile every file, each kind after those it refers to."""
        around = self.around
        for _, identity in self.compiled(
            "identity", lambda root, reading, _: compile_identity(root, reading)
        ):
            self.identity = identity
            around.namespaces = tuple(rule.namespace for rule in identity.identifiers) if identity else ()
            around.region = phone_region(identity)
        for _, found in self.compiled(
            "policy", lambda root, reading, _: compile_policy(root, reading, around=around)
        ):
            around.purposes, around.policy = found or ({}, None)
        for _, profile in self.compiled("profile", lambda root, reading, _: compile_profile(root, reading)):
            self.profile = profile
        for name, source in self.compiled("source", self.source):
            if source:
                self.sources[name] = source
        self.sources = follow(self.sources)
        around.sources = set(self.sources)
        for name, callback in self.compiled("callback", self.callback):
            if callback:
                self.callbacks[name] = callback
        for name in self.around.catalogue:
            around.destinations[name] = DestinationFile(name, self.around.catalogue[name], {})
        around.destinations.update(self.compiled("destination", self.destination))
        self.problems += wrong_ways(around.destinations.values())
        around.messages.update(self.compiled("message", self.message))
        self.note_texts()
        self.triggers = {name: one for name, one in self.compiled("trigger", self.trigger) if one}
        self.problems += unseen(self.waiting, self.named, _tried(around.trials))
        self.web = self.tie()
        self.problems += self.web.problems()

    @property
    def named(self) -> list[SourceMapping]:
        """Give everything that names events: sources, and the events of callbacks."""
        notices = [one for each in self.callbacks.values() for many in each.notices.values() for one in many]
        return [*self.sources.values(), *(one.mapping for one in notices)]

    def tie(self) -> Web:
        """Tie the files together by the names they use."""
        place = next((one.path for one in self.files if one.kind == "profile"), "profile.yaml")
        triggers = tuple(one.name for one in self.files if one.kind == "trigger")
        tags = {tag for tags in self.around.tags.values() for tag in tags}
        return Web(self.linked, profile=self.profile, place=place, triggers=triggers, tags=tags)

    def compiled(
        self, kind: Kind, compile_one: Callable[[Node, Reading, MappingFile], T | None]
    ) -> Iterator[tuple[str, T | None]]:
        """Read and compile the files of one kind; None stands for a file that makes no sense as a whole."""
        for file in [one for one in self.files if one.kind == kind]:
            document = read(file.data, file.path)
            # A shipped file may read identifiers that this folder does not have.
            namespaces = () if file.is_preset else self.around.namespaces
            reading, result = Reading(document, {"identifiers": namespaces}), None
            if _is_empty(document):
                if document.root is not None and kind in ("source", "callback", "destination"):
                    self.around.destinations.pop(file.name, None)
                    continue
                document.report(TOP, "the file is empty", "fill it, or remove it")
            elif document.root is not None:
                root = _without_tests(document.root) if file.is_preset else document.root
                result = compile_one(root, reading, file)
            for use in [one for one in reading.uses if one.kind == "purpose"]:
                self.around.check_purpose(use.name, use.mark, reading)
            self.problems += document.problems
            self.note(file, reading, result)
            yield file.name, result

    def note(self, file: MappingFile, reading: Reading, result: object) -> None:
        """Remember what a file names of others, and which events it waits for."""
        is_trigger, is_draft = (
            file.kind == "trigger",
            isinstance(result, Trigger) and result.status == "draft",
        )
        anchor = tuple(use for part in reading.parts.values() for use in part) if is_trigger else ()
        name = file.name if is_trigger else ""
        self.linked.append(Linked(file.path, tuple(reading.uses), name, is_draft, anchor))
        if is_trigger or file.kind == "profile":
            names = tuple(reading.event_names)
            self.waiting.append(Waiting(file.path, is_draft or (is_trigger and result is None), names))

    def note_texts(self) -> None:
        """Take over what is wrong in the files that messages name, and what these name themselves."""
        texts = self.around.texts
        for reading in texts.readings.values() if texts else ():
            self.problems += reading.problems
            self.linked.append(Linked(reading.document.file, tuple(reading.uses)))

    def source(self, root: Node, reading: Reading, file: MappingFile) -> SourceMapping | None:
        """Compile a source."""
        return compile_source(root, reading, around=self.around, name=file.name, is_preset=file.is_preset)

    def callback(self, root: Node, reading: Reading, file: MappingFile) -> CallbackMapping | None:
        """Compile a callback."""
        return compile_callback(root, reading, around=self.around, name=file.name)

    def destination(self, root: Node, reading: Reading, file: MappingFile) -> DestinationFile | None:
        """Compile a destination; one with errors still tells which actions there are."""
        found = compile_destination(root, reading, around=self.around, name=file.name)
        return replace(found, is_sound=False) if found and reading.has_errors else found

    def message(self, root: Node, reading: Reading, file: MappingFile) -> Send | None:
        """Compile a message."""
        return compile_message(root, reading, around=self.around, name=file.name)

    def trigger(self, root: Node, reading: Reading, file: MappingFile) -> Trigger | None:
        """Compile a trigger."""
        version = _digest(file.data)
        return compile_trigger(root, reading, around=self.around, name=file.name, version=version)

    def rule_set(self, version: str) -> RuleSet | None:
        """Put the parts together."""
        if self.identity is None:
            return None
        return RuleSet(
            version=version,
            identity=self.identity,
            sources=self.sources,
            triggers=self.triggers,
            purposes=self.around.purposes,
            computed=self.profile.computed if self.profile else {},
            segments=self.web.segments(),
            scores={name: one.formula for name, one in self.web.scores.items()},
            policy=replace(self.around.policy or Policy(), tags=self.around.tags),
            codes=self.around.codes,
            callbacks=self.callbacks,
            tellings=tuple(one.telling for one in self.around.destinations.values() if one and one.telling),
        )


def _without_tests(root: Node) -> Node:
    """Leave out the tests of a shipped file: they speak of the shipped identities, and are run where it is made."""
    if not isinstance(root, MappingNode):
        return root
    return replace(root, entries=tuple(pair for pair in root.entries if pair[0].text != "tests"))


def _tried(trials: list[Trial]) -> set[str]:
    """Name the events that happen in the tests of triggers."""
    timelines = [one.timeline for one in trials if isinstance(one, TriggerTrial)]
    return {str(one.call["event"]) for timeline in timelines for one in timeline if "event" in one.call}


def _stems(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in folder.glob("*.yaml")))


def _is_wanted(file: MappingFile, catalogue: Mapping[str, DestinationSpec]) -> bool:
    return not file.is_preset or file.kind != "destination" or file.name in catalogue


def _is_empty(document: Document) -> bool:
    root = document.root
    is_null = isinstance(root, Scalar) and root.is_null and not root.broken
    return not document.problems and (root is None or is_null)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


def _version(files: list[MappingFile], texts: Texts) -> str:
    """Hash every file's kind, name and bytes, in an order that does not depend on the disk."""
    parts = [(str(file.kind), file.name, _digest(file.data)) for file in files]
    parts = sorted([*parts, *(("text", name, _digest(data)) for name, data in texts.taken.items())])
    return _digest(repr(parts).encode())
