"""Mappings written into a folder and put in force, as an admin would while the server runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from embedded.world import World

from connectors import catalogue
from core.config.loader import load
from core.engine import Profile, decode
from core.engine.rule import RuleSet
from cuewire.check import PRESETS


def rules_of(folder: Path, files: Mapping[str, str]) -> RuleSet:
    """Compile a folder that holds these files and no others."""
    for path in folder.rglob("*.yaml"):
        path.unlink()
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    folder.mkdir(parents=True, exist_ok=True)
    loaded = load(folder, presets=PRESETS, catalogue=catalogue())
    assert loaded.rules is not None, loaded.problems
    return loaded.rules


def publish(world: World, files: Mapping[str, str]) -> RuleSet:
    """Put these files in force, in place of what was."""
    rules = rules_of(world.folder / "published", files)
    world.pipeline.publish(rules)
    return world.pipeline.rules


def person(world: World, user: str = "u1") -> Profile:
    """Give a person as stored."""
    owner = world.store.read.owner("user_id", user)
    assert owner is not None
    state = world.store.read.profile(owner)
    assert state is not None
    return decode(state)
