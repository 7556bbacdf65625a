"""A new user's first hour, the part with files alone: init, edit, break, check, fix, test.

The part with a running server (serve, send, explain) stands in ``test_first_hour_live.py``.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

CUEWIRE = Path(sys.executable).with_name("cuewire")


class Desk:
    """A fresh directory with a shell, where nobody has set anything."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *arguments: str, code: int) -> str:
        """Type a command; gives all that it printed."""
        done = subprocess.run(
            [str(CUEWIRE), *arguments],
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def edit(self, name: str, old: str, new: str) -> None:
        """Change one place of a file."""
        path = self.folder / "mappings" / name
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} in {name}"
        path.write_text(text.replace(old, new))

    def line_of(self, name: str, part: str) -> int:
        """Find the line in which something stands."""
        lines = (self.folder / "mappings" / name).read_text().splitlines()
        return next(number for number, line in enumerate(lines, start=1) if part in line)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Give an empty desk."""
    return Desk(tmp_path)


CART = "triggers/abandoned_cart.yaml"


def test_the_first_hour_with_the_files(desk: Desk) -> None:
    """Every mistake is found where it is, and the way back is told each time."""
    assert "cuewire check mappings" in desk.run("init", "mappings", code=0)
    assert "no problems" in desk.run("check", "mappings", "--strict", code=0)
    assert "all passed" in desk.run("test", code=0)
    assert "is not empty" in desk.run("init", "mappings", code=2)

    # Edit: another threshold, which a test of the starter set holds.
    desk.edit(CART, "case.sum > 50", "case.sum > 100")
    desk.run("check", code=0)
    failed = desk.run("test", code=1)
    place = f"mappings/{CART}:{desk.line_of(CART, '{at: 15m, send: cart_reminder, fields')}:"
    assert place in failed
    assert "expected `send: cart_reminder` at 15m; instead not_met by only_if at 15m" in failed
    assert "only_if: case.sum > 100 (saw case.sum 80)" in failed

    # Break: a key, a formula, and a quote that YAML would have needed.
    desk.edit(CART, "limits: {cooldown", "limts: {cooldown")
    desk.edit(CART, "case.sum > 100", "case.summ > 100")
    desk.edit("messages/cart_last_call.yaml", "body: 'Last call", "body: Last call")
    problems = desk.run("check", code=1)
    assert f"{CART}:{desk.line_of(CART, 'limts')}:1: unknown key `limts` (did you mean `limits`?)" in problems
    assert (
        f"{CART}:{desk.line_of(CART, 'summ >')}:16: `summ` does not exist here (did you mean `sum`?)"
        in problems
    )
    assert (
        f"messages/cart_last_call.yaml:{desk.line_of('messages/cart_last_call.yaml', 'body:')}:" in problems
    )
    assert "the files have errors" in desk.run("test", code=1)

    # Fix: what the hints say, the line to paste included.
    desk.edit(CART, "limts: {cooldown", "limits: {cooldown")
    desk.edit(CART, "case.summ > 100", "case.sum > 50")
    found = re.search(r"\(quote it: (body: .*)\)\n", problems)
    assert found is not None, problems
    message = desk.folder / "mappings" / "messages" / "cart_last_call.yaml"
    message.write_text(re.sub(r"body: .*", lambda _: found[1], message.read_text()))
    assert "no problems" in desk.run("check", "--strict", code=0)
    assert "all passed" in desk.run("test", code=0)


def test_going_live_without_a_limit_is_warned_of(desk: Desk) -> None:
    """A warning lets the folder pass, unless warnings are asked to fail."""
    desk.run("init", "mappings", code=0)
    desk.edit("triggers/welcome.yaml", "status: shadow", "status: live")
    assert "no problems" in desk.run("check", code=0)
    desk.edit("triggers/welcome.yaml", "limits: {once: true}", "# limits: {once: true}")
    desk.edit("triggers/welcome.yaml", "- Signed Up\n", "- Sign Up\n")
    warned = desk.run("check", code=0)
    assert "warning: a live trigger without cooldown, cap or once" in warned
    assert "warning: no event `Sign Up` is known (did you mean `Signed Up`?)" in warned
    desk.run("check", "--strict", code=1)
