"""The recorded requests of every source, and the real app that they are sent to."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

from edge.doubles import Edge, edge

from core.engine.rule import RuleSet, SourceMapping
from cuewire.check import PRESETS
from cuewire.trying import compile_files
from cuewire.wiring import load_mappings

FOLDER = Path(__file__).parents[1] / "fixtures" / "sources"
FIXTURES = sorted(path for path in FOLDER.glob("*/*.json") if path.stem != "source")
SOURCES = sorted(path.parent.name for path in FOLDER.glob("*/source.json"))


@cache
def shipped() -> RuleSet:
    """Load the shipped mappings once."""
    rules = load_mappings(PRESETS).rules
    assert rules is not None
    return rules


@cache
def rules_of(source: str) -> RuleSet:
    """Give the rules that a source's fixtures are read by."""
    own = FOLDER / source / "source.yaml"
    if not own.exists():
        return shipped()
    compiled = compile_files({f"sources/{source}.yaml": own.read_text()})
    assert compiled.rules is not None, compiled.problems
    return compiled.rules


def mapping_of(source: str) -> SourceMapping:
    """Give what a source's file says."""
    return rules_of(source).sources[source]


def about(source: str) -> dict[str, Any]:
    """Read what is said of all fixtures of a source."""
    found: dict[str, Any] = json.loads((FOLDER / source / "source.json").read_text())
    return found


def name_of(path: Path) -> str:
    """Name a fixture in the test's report."""
    return f"{path.parent.name}-{path.stem}"


def is_taken(path: Path) -> bool:
    """Tell the requests that are answered with success."""
    return json.loads(path.read_text()).get("status", 200) < 300


def opened(path: Path) -> tuple[dict[str, Any], Edge]:
    """Read a fixture, and build an app that has its source's settings."""
    told = about(path.parent.name)
    secrets = {(path.parent.name, name): value for name, value in told["settings"].items()}

    def fetch(address: str) -> tuple[int, bytes]:
        found = told.get("fetches", {}).get(address)
        return (404, b"") if found is None else (200, found.encode())

    return json.loads(path.read_text()), edge(
        secrets=secrets, rule_set=rules_of(path.parent.name), fetch=fetch
    )


def send(app: Edge, recorded: dict[str, Any]) -> Any:
    """Send a recorded request as it was."""
    body = recorded["body"].encode()
    data = gzip.compress(body) if recorded["gzip"] else body
    return app.client.open(
        recorded["path"], method=recorded["method"], headers=recorded["headers"], data=data
    )
