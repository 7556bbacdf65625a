"""The story of ``make demo``, told for real, and told wrongly by a broken engine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

STORY_SECONDS = 400

#: Replaces one function of the engine in every process of the demo, wherever it was imported to.
#: What then never happens is waited for in vain, and so not for long.
SHIM = """
import sys
import cuewire.demo.watch
cuewire.demo.watch.PATIENCE_SECONDS = 25
import {module}
for module in list(sys.modules.values()):
    if getattr(module, "__name__", "").startswith("core.engine") and hasattr(module, "{name}"):
        module.{name} = lambda *_, **__: {answer}
"""


def demo(*, shim: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the demo to its end."""
    environment = {**os.environ, "PYTHONPATH": str(shim)} if shim else dict(os.environ)
    command = [sys.executable, "-m", "cuewire.demo", "--exit"]
    return subprocess.run(command, capture_output=True, text=True, timeout=STORY_SECONDS, env=environment)


def test_the_story_is_read_back_as_it_is_told() -> None:
    """Exit 0, with a line for each turn of the story."""
    ended = demo()
    told = ended.stdout
    assert ended.returncode == 0, told + ended.stderr
    for line in (
        "product_interest fired for visitor",
        "braze got POST users/track: answered 429",
        "braze.track_event to Anna: delivered, attempt 2",
        "twilio.send_message to Anna: unknown, attempt 1",
        "twilio.send_message to Anna: delivered, attempt 1",
        "abandoned_cart [cart-anna] fired for Anna",
        "abandoned_cart [cart-ben] not_met for Ben",
        "Page Viewed by email anna@example…, tealium_visitor_id",
        "loyal_customer fired for Anna",
        "hubspot got POST batch/upsert: answered 429",
        "salesforce.upsert_contact to Anna: delivered, attempt 1 (created)",
        "hubspot.upsert_contact to Anna: delivered, attempt 2 (created)",
        "hubspot has the contact anna@example.com: city Vienna,",
    ):
        assert line in told, f"{line!r} is not in\n{told}"
    assert told.count("dropped after the effect") == 1
    assert "\x1b[" not in told  # no colours where nobody watches


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "name", "answer", "missing"),
    [
        (
            "core.engine.hits.count",
            "_crosses_plainly",
            "False",
            "the third view fires product_interest at once",
        ),
        ("core.engine.apply", "next_due", "None", "abandoned_cart fires for Anna"),
    ],
)
def test_a_broken_engine_fails_the_demo(
    tmp_path: Path, module: str, name: str, answer: str, missing: str
) -> None:
    """Exit 1, naming the first thing that did not happen."""
    shim = SHIM.format(module=module, name=name, answer=answer)
    (tmp_path / "sitecustomize.py").write_text(shim)
    ended = demo(shim=tmp_path)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert f"Did not happen: {missing}." in ended.stdout
