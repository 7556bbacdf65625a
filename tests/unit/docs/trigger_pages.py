"""Pages as folders of mappings; run as a script it refreshes what they show of `cuewire explain`."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import to_builtins

from core.config.loader import Loaded
from core.config.trial import TriggerTrial
from core.ports import DecisionRow
from cuewire.explain import decided
from cuewire.trials.trigger import rehearse
from cuewire.wiring import PRESETS, load_mappings
from webhooks.api.shapes import decision_shape

FOLDER = Path(__file__).parents[3] / "docs" / "triggers"
PAGES = sorted(path.stem for path in FOLDER.glob("*.md"))

#: The pages on the rules above the triggers, by the way to them.
RULES = [
    f"../admin/{page}"
    for page in ("caps", "channels", "codes", "conversions", "groups", "guard", "journeys", "quiet_hours")
]

_PLACES = {
    "trigger": "triggers/{}.yaml",
    "message": "messages/{}.yaml",
    **dict.fromkeys(("caps", "groups", "guard", "purposes", "quiet_hours"), "policy.yaml"),
}

#: What differs between two runs, or with each change of a file, and says nothing.
_CHANGING = re.compile(r"(?<=decision )\w+|(?<=rules )\w+")


def page_text(page: str) -> str:
    """Read a page."""
    return (FOLDER / f"{page}.md").read_text()


def files(page: str) -> list[tuple[str, str]]:
    """Give each whole file that a page shows, by its place in the folder."""
    found = re.findall(r"^```yaml\n(.*?)^```", page_text(page), re.DOTALL | re.MULTILINE)
    return [(_place(text), text) for text in found]


def _place(text: str) -> str:
    key, name = re.findall(r"^(\w+):[ \t]*([\w-]*)", text, re.MULTILINE)[0]
    return _PLACES[key].format(name) if key in _PLACES else "profile.yaml"


@cache
def loaded(page: str) -> Loaded:
    """Load everything that a page shows as one folder."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(PRESETS / "messages", folder / "messages")
        shutil.copy(PRESETS / "policy.yaml", folder)
        for place, text in files(page):
            path = folder / place
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return load_mappings(folder)


def trials(page: str, trigger: str = "") -> list[TriggerTrial]:
    """Give the tests of a page's triggers, or of one of them."""
    found = [one for one in loaded(page).trials if isinstance(one, TriggerTrial)]
    return [one for one in found if trigger in ("", one.subject)]


def told(page: str) -> Iterator[tuple[TriggerTrial, str]]:
    """Give every decision that a page's tests come to, as `cuewire explain` tells it."""
    rules = loaded(page).rules
    assert rules is not None
    for trial in trials(page):
        for decision in rehearse(trial, rules).decisions:
            if decision.trigger == trial.subject:
                row = DecisionRow.of(decision)
                row.reasons = to_builtins(row.reasons)  # as the store gives them back
                yield trial, "\n".join(decided(decision_shape(row) | {"shadow": row.shadow})) + "\n"


def excerpts(page: str) -> list[str]:
    """Give what a page shows of `cuewire explain`."""
    return re.findall(r"^```text\n(decision .*?)^```", page_text(page), re.DOTALL | re.MULTILINE)


def settled(text: str) -> str:
    """Leave out what changes with each edit."""
    return _CHANGING.sub("…", text)


def head(text: str) -> str:
    """Tell which decision it is: its trigger, outcome, key and time."""
    return "\n".join(settled(text).splitlines()[:2])


def likeness(one: str, other: str) -> float:
    """Tell how much two texts have in common."""
    return SequenceMatcher(None, settled(one), settled(other), autojunk=False).ratio()


def refresh(page: str) -> None:
    """Put what comes now in place of what a page shows."""
    now = [text for _, text in told(page)]
    text = page_text(page)
    for excerpt in excerpts(page):
        same = [one for one in now if head(one) == head(excerpt)]
        text = text.replace(excerpt, max(same, key=lambda one: likeness(one, excerpt), default=excerpt))
    (FOLDER / f"{page}.md").write_text(text)


if __name__ == "__main__":
    for each in [*PAGES, *RULES]:
        refresh(each)
