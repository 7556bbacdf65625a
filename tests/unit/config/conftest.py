"""Fixtures of the tests of mapping files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from mapping_folder import MESSAGE, Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Give an empty folder of mappings."""
    root = tmp_path / "mappings"
    root.mkdir()
    return Folder(root)


@pytest.fixture
def refuse(folder: Folder) -> Callable[[str, str], list[str]]:
    """Write one file beside a valid message and give the problems."""

    def problems(name: str, text: str) -> list[str]:
        if name != "messages/hello.yaml":
            folder.write("messages/hello.yaml", MESSAGE)
        folder.write(name, text)
        return [one.removeprefix(name + ":") for one in folder.problems()]

    return problems
