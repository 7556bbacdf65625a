"""Mappings that are only tried: compiled from texts, with the shipped files where they have none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from connectors import catalogue
from core.config.loader import load
from cuewire.check import PRESETS
from webhooks.api.port import Compiled


def compile_files(files: Mapping[str, str]) -> Compiled:
    """Compile mapping files given by their paths in the folder; problems name these paths."""
    with TemporaryDirectory(prefix="cuewire-tried-") as made:
        folder = Path(made)
        for path, text in files.items():
            target = folder / path
            target.parent.mkdir(exist_ok=True)
            target.write_text(text, encoding="utf-8", errors="replace")
        loaded = load(folder, presets=PRESETS, catalogue=catalogue())
        prefix = f"{folder}/"
        return Compiled(
            loaded.rules,
            [replace(one, file=one.file.removeprefix(prefix)) for one in loaded.problems],
        )
