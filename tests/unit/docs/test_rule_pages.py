"""The pages on the rules above the triggers: each is a sound folder, shows a picture, and tells what really comes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from trigger_pages import RULES, excerpts, loaded, page_text, settled, told, trials

from cuewire.trials.command import judge
from cuewire.wiring import PRESETS

ADMIN = Path(__file__).parents[3] / "docs" / "admin"

#: Pages that say what is above all triggers, those of others among them.
ALL = [*RULES, "../admin/consent"]


@pytest.mark.parametrize("page", RULES)
def test_a_page_is_one_sound_folder_whose_tests_pass(page: str) -> None:
    """No error, no warning, and every test holds."""
    assert [str(problem) for problem in loaded(page).problems] == []
    rules = loaded(page).rules
    assert rules is not None
    assert [str(failure) for trial in trials(page) for failure in judge(trial, rules)] == []


@pytest.mark.parametrize("page", RULES)
def test_what_a_page_shows_of_a_decision_is_what_came(page: str) -> None:
    """Letter by letter, but for ids and versions."""
    now = {settled(text) for _, text in told(page)}
    assert [text for text in map(settled, excerpts(page)) if text not in now] == []


def test_most_pages_show_a_decision() -> None:
    """The comparison has something to compare."""
    assert sum(bool(excerpts(page)) for page in RULES) >= 5


@pytest.mark.parametrize("page", ALL)
def test_a_page_shows_a_picture_that_is_told_in_words(page: str) -> None:
    """It is there, and who cannot see it reads what it says."""
    found = re.findall(r"!\[([^\]]+)\]\(\.\./pictures/([\w/-]+\.svg)\)", page_text(page))
    assert found
    for words, name in found:
        assert len(words) > 40
        assert (ADMIN.parent / "pictures" / name).is_file()


def test_the_overview_names_every_rule_with_its_page() -> None:
    """Whoever opens the policy's page finds each rule."""
    text = (ADMIN / "policy.md").read_text()
    assert [page for page in ALL if f"]({Path(page).name}.md)" not in text] == []


def test_the_overview_shows_the_starter_sets_policy() -> None:
    """The same rules, so that what is told of them is what `cuewire init` writes."""
    shown = re.findall(r"^```yaml\n(.*?)^```", (ADMIN / "policy.md").read_text(), re.DOTALL | re.MULTILINE)
    assert rules_in(shown[0]) == rules_in((PRESETS / "policy.yaml").read_text())


def rules_in(text: str) -> list[str]:
    """Give a file's lines without comments and alignment."""
    lines = (re.sub(r"\s+", " ", re.sub(r"(^|\s)#.*", "", line)).rstrip() for line in text.splitlines())
    return [line for line in lines if line]
