"""The image's steps, run without a container engine, and what its files promise."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SECONDS = 900


def locked(name: str) -> dict[str, frozenset[str]]:
    """Give the hashes of each pinned package of a lock; where a package is not needed is no part of its pin."""
    text = (ROOT / "requirements" / f"{name}.lock").read_text()
    entries = re.findall(r"^(\S+==[^\s\\]+)(?: ; [^\\\n]+)?((?: \\\n\s+--hash=\S+)+)", text, re.MULTILINE)
    return {pin: frozenset(re.findall(r"--hash=(\S+)", hashes)) for pin, hashes in entries}


def test_the_wheel_serves_without_rights_on_a_tree_that_nobody_can_write() -> None:
    """Build, install, check and serve as the Dockerfile does, with the dependencies that are here already."""
    environment = {**os.environ, "INSTALLED": sysconfig.get_path("purelib")}
    ended = subprocess.run(
        [ROOT / "packaging" / "verify"], env=environment, capture_output=True, text=True, timeout=SECONDS
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "all well" in ended.stdout


def test_the_dependencies_here_are_those_of_the_image() -> None:
    """Every package of the runtime's lock stands in the other one too, with the same version and hashes."""
    runtime, dev = locked("runtime"), locked("dev")
    assert len(runtime) > 30
    assert {pin: hashes for pin, hashes in runtime.items() if dev.get(pin) != hashes} == {}


def test_the_image_is_built_by_the_steps_that_are_verified() -> None:
    """The Dockerfile and the check run one install script, start one command and ask one health check."""
    verify = (ROOT / "packaging" / "verify").read_text()
    for step in ("packaging/install", "cuewire-healthcheck", "serve"):
        assert step in DOCKERFILE
        assert step in verify


def test_the_image_runs_as_nobody_and_names_no_registry() -> None:
    """A user by number, which an orchestrator can prove not to be root; images by their plain name."""
    assert re.search(r"^USER 65532:65532$", DOCKERFILE, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"python:3.11-slim"}
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    service = compose["services"]["cuewire"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["ports"] == ["127.0.0.1:8080:8080"]
    assert "environment" not in service  # secrets stand in .env, which is neither in the image nor in git


def test_what_is_built_leaves_the_rest_at_home() -> None:
    """Neither data nor secrets nor a virtual environment of this machine get into the image."""
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {"data", ".env", ".venv", ".git", "tests"} <= set(ignored)
