"""Secrets in files are rotated without a restart; what is wrong with a new one leaves the old one in force."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cuewire.settings import Settings

OLD, NEW = "o" * 40, "n" * 40


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give a file that holds a secret."""
    path = tmp_path / "secret"
    path.write_text(f"{OLD}\n")
    return path


def settings(file: Path, name: str) -> Settings:
    """Read the environment with one secret in a file."""
    env = {"CUEWIRE_API_KEY": OLD, "CUEWIRE_SECRET_KEY": OLD, f"CUEWIRE_{name}_FILE": str(file)}
    return Settings.read({key: value for key, value in env.items() if f"{key}_FILE" not in env})


def change(file: Path, text: str) -> None:
    """Write another text, at a time that is surely another."""
    before = file.stat().st_mtime_ns
    file.write_text(text)
    os.utime(file, ns=(before + 1_000_000_000, before + 1_000_000_000))


def test_a_sources_secret_is_read_again_when_its_file_changes(file: Path) -> None:
    """Two values while the sender changes over, then only the new one."""
    found = settings(file, "SEGMENT_WRITE_KEY").secrets("segment", "write_key")
    assert found.accepted() == (OLD,)
    change(file, f"{OLD}, {NEW}")
    assert found.accepted() == (OLD, NEW)
    change(file, NEW)
    assert (found.accepted(), found.reveal(), bool(found), repr(found)) == ((NEW,), NEW, True, "***")


def test_the_api_key_is_read_again_too(file: Path) -> None:
    """One that the server would not have started with is not taken."""
    keys = settings(file, "API_KEY").api_keys
    change(file, "short")
    assert keys.accepted() == (OLD,)
    change(file, NEW)
    assert keys.accepted() == (NEW,)


@pytest.mark.parametrize("text", ["", " \n", ","])
def test_an_empty_file_leaves_the_last_secret_in_force(file: Path, text: str) -> None:
    """A half-written file locks nobody out, and lets nobody in."""
    found = settings(file, "SEGMENT_WRITE_KEY").secrets("segment", "write_key")
    change(file, text)
    assert found.accepted() == (OLD,)


def test_a_file_that_is_gone_or_no_text_leaves_the_last_secret_in_force(file: Path) -> None:
    """As while a new one is put in its place; that one is read as soon as it is there."""
    found = settings(file, "SEGMENT_WRITE_KEY").secrets("segment", "write_key")
    file.unlink()
    assert found.accepted() == (OLD,)
    file.write_bytes(b"\xff\xfe")
    assert found.accepted() == (OLD,)
    file.unlink()
    file.write_text(NEW)
    change(file, NEW)
    assert found.accepted() == (NEW,)
