"""Text files beside the messages: bodies that are too long to stand in YAML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from core.config.kinds.expression import AnyValue
from core.config.kinds.paths import check_paths
from core.config.nearest import did_you_mean
from core.config.node import Mapping, Mark, Node, Scalar
from core.config.problem import TOP
from core.config.reader import MAX_BYTES, Document
from core.config.schema import BAD, JsonSchema, Parts, Reading, Shape, Text
from core.config.schema.base import Bad
from core.engine.template import compile_template
from core.engine.value import Literal, Value
from core.errors import FormulaError

#: Files that are HTML by their name: what templates write into them is escaped.
HTML = (".html", ".htm")

#: The key under which a field names its file.
KEY = "file"


@dataclass
class Texts:
    """The text files of one folder, read as messages name them; ``taken`` holds their bytes by name."""

    folder: Path
    taken: dict[str, bytes] = field(default_factory=dict)
    readings: dict[tuple[str, bool], Reading] = field(default_factory=dict)

    def compile(self, node: Mapping, reading: Reading, *, html: bool) -> Value | Bad:
        """Compile the file that ``{file: NAME}`` names; what is wrong inside is reported at its own place."""
        named = node.entries[0][1]
        name = Text("the name of a file in messages/").read(named, reading)
        if not isinstance(name, str):
            return BAD
        wrong = self.refusal(name)
        if wrong:
            return reading.error(named.mark, *wrong)
        data = self.read(name, named.mark, reading)
        return BAD if data is None else self.template(name, data, reading, html=html or _is_html(name))

    def refusal(self, name: str) -> tuple[str, str] | None:
        """Say why a name is no file of the folder: nothing outside of it is ever read."""
        path = PurePosixPath(name)
        inside = "name a file that lies in messages/, such as cart.html"
        if path.is_absolute() or ".." in path.parts or "\\" in name:
            return f"`{name[:60]}` stands outside messages/", inside
        if path.suffix in (".yaml", ".yml"):
            return f"`{name[:60]}` is a mapping file, no text", inside
        found = self.folder / name
        if not found.is_file():
            known = sorted(one.relative_to(self.folder).as_posix() for one in self.known())
            return f"there is no file messages/{name[:60]}", did_you_mean(name, known) or "write it"
        if not found.resolve().is_relative_to(self.folder.resolve()):
            return f"`{name[:60]}` is a link to a file outside messages/", "put the file itself there"
        return None

    def known(self) -> Iterator[Path]:
        """Give the text files of the folder."""
        for path in self.folder.rglob("*"):
            if path.is_file() and path.suffix not in (".yaml", ".yml") and not path.name.startswith("."):
                yield path

    def read(self, name: str, mark: Mark, reading: Reading) -> bytes | None:
        """Read a file once; None after reporting that it cannot be read."""
        if name not in self.taken:
            try:
                with (self.folder / name).open("rb") as file:
                    self.taken[name] = file.read(MAX_BYTES + 1)
            except OSError as error:
                reading.error(mark, f"messages/{name[:60]} cannot be read: {error.strerror}")
                return None
        return self.taken[name]

    def template(self, name: str, data: bytes, reading: Reading, *, html: bool) -> Value | Bad:
        """Compile a file's text: a template where it holds anything to fill in, else itself."""
        document = Document(str(self.folder / name))
        own = self.readings.setdefault((name, html), Reading(document, reading.own_names))
        if len(data) > MAX_BYTES:
            return own.error(TOP, f"the file is larger than {MAX_BYTES:,} bytes", "shorten it")
        try:
            text = own.document.text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            return own.error(Mark(line, 1), "the file is not UTF-8 text", "save it as UTF-8")
        if "{{" not in text and "{%" not in text:
            return Literal(text)
        node = Scalar(TOP, text, end=len(text))
        try:
            compiled = compile_template(text, html=html)
        except FormulaError as error:
            return own.error(own.place(max(0, error.column - 1)), error.message, error.hint)
        check_paths(compiled, node, own)
        return compiled


@dataclass(frozen=True)
class TextOrFile(Shape):
    """A value as it stands, or ``{file: NAME}``."""

    texts: Texts
    html: bool
    says: str = "a value, a formula, a template or {file: NAME}"

    def check(self, node: Node, reading: Reading) -> Any:
        """Compile the value, or the file that it names."""
        if isinstance(node, Mapping) and names_file(node):
            return self.texts.compile(node, reading, html=self.html)
        return AnyValue(html=self.html).read(node, reading)

    def schema(self, parts: Parts) -> JsonSchema:
        """Allow everything."""
        return {}


def names_file(node: Mapping) -> bool:
    """Tell a field that names a file from one that holds its value."""
    return node.names() == [KEY]


def _is_html(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in HTML
