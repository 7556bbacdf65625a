"""Find the mapping files of a folder, and refuse what would otherwise be passed over in silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.config.nearest import did_you_mean
from core.config.problem import TOP, Problem
from core.config.reader import MAX_BYTES

Kind = Literal["policy", "identity", "profile", "source", "callback", "destination", "message", "trigger"]

#: Single files, and folders of files, by the kind they hold; in the order in which they build on each other.
FILES: dict[str, Kind] = {"policy.yaml": "policy", "identity.yaml": "identity", "profile.yaml": "profile"}
FOLDERS: dict[str, Kind] = {
    "sources": "source",
    "callbacks": "callback",
    "destinations": "destination",
    "messages": "message",
    "triggers": "trigger",
}

#: Kinds that are taken from the shipped files where the folder has none.
PRESET_FOLDERS = ("sources", "destinations")

#: Written for editors by the program itself.
_GENERATED = ("schema",)


@dataclass(frozen=True, slots=True)
class MappingFile:
    """One file as found: its kind, its own name without ``.yaml``, and its bytes."""

    kind: Kind
    name: str
    path: str
    data: bytes
    is_preset: bool = False


class Gathering:
    """The files of one folder, with the shipped ones where it has none."""

    def __init__(self, folder: Path, presets: Path) -> None:
        self.problems: list[Problem] = []
        self.files: list[MappingFile] = []
        if not folder.is_dir():
            self.refuse(folder, "there is no such folder", "give the folder that holds triggers/")
            return
        for path in self.listed(folder):
            self.check_known(path)
        for name, kind in FILES.items():
            self.take_file(name, kind, folder, presets)
        for name, kind in FOLDERS.items():
            self.take_folder(name, kind, folder, presets)

    def refuse(self, path: Path, message: str, hint: str = "") -> None:
        """Report a file or folder as a whole."""
        self.problems.append(Problem(str(path), TOP.line, TOP.column, message, hint))

    def listed(self, folder: Path) -> Iterator[Path]:
        """List a folder in name order, without hidden files."""
        try:
            found = sorted(path for path in folder.iterdir() if not path.name.startswith((".", "_")))
        except OSError as error:
            self.refuse(folder, f"the folder cannot be read: {error.strerror}")
            return
        yield from found

    def check_known(self, path: Path) -> None:
        """Refuse files and folders that look like mappings but would not be read."""
        name = path.name
        if name in FILES or name in FOLDERS or name in _GENERATED:
            return
        if path.suffix in (".yaml", ".yml"):
            self.refuse(path, f"unknown file `{name}`", did_you_mean(name, FILES))
        elif path.is_dir() and any(path.glob("*.y*ml")):
            self.refuse(path, f"unknown folder `{name}`", did_you_mean(name, FOLDERS))

    def take_file(self, name: str, kind: Kind, folder: Path, presets: Path) -> None:
        """Take a single file, or the shipped one for identities."""
        stem = name.removesuffix(".yaml")
        if _exists(folder / name):
            self.take(folder / name, kind, stem)
        elif kind == "identity":
            self.take(presets / name, kind, stem, is_preset=True)

    def take_folder(self, name: str, kind: Kind, folder: Path, presets: Path) -> None:
        """Take all files of a folder, and the shipped ones that it does not replace."""
        own = list(self.yaml_files(folder / name)) if _exists(folder / name) else []
        for path in own:
            self.take(path, kind, path.stem)
        if name in PRESET_FOLDERS and (presets / name).is_dir():
            replaced = {path.stem for path in own}
            for path in self.yaml_files(presets / name):
                if path.stem not in replaced:
                    self.take(path, kind, path.stem, is_preset=True)

    def yaml_files(self, folder: Path) -> Iterator[Path]:
        """Give a folder's mapping files; other files in it, such as notes, are let be."""
        for path in self.listed(folder):
            if path.suffix == ".yml":
                self.refuse(path, "mapping files end in .yaml", f"name it {path.stem}.yaml")
            elif path.suffix == ".yaml":
                yield path
            elif path.is_dir() and any(path.glob("*.y*ml")):
                self.refuse(path, "folders inside this one are not read", "move the files up")

    def take(self, path: Path, kind: Kind, name: str, *, is_preset: bool = False) -> None:
        """Read one file's bytes, no more than the reader will look at."""
        if not path.is_file():
            reason = "is a folder" if path.is_dir() else "is no file that can be read"
            self.refuse(path, f"{path.name} {reason}", "replace it by a file, or remove it")
            return
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            self.refuse(path, f"the file cannot be read: {error.strerror}", "check its permissions")
            return
        self.files.append(MappingFile(kind, name, str(path), data, is_preset))


def _exists(path: Path) -> bool:
    return path.exists() or path.is_symlink()
