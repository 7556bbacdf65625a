"""Formulas and templates that YAML tears apart are recognised, and the line to paste is whole again."""

from __future__ import annotations

import pytest
import yaml
from mapping_folder import TRIGGER, Folder

from core.config.repair import quoted

HEAD = "trigger: t\ndo: [braze.track_event: {name: x}]\n"


def pasted(problems: list[str]) -> list[str]:
    """Give the lines that the hints tell to paste."""
    return [one.split("(quote it: ", 1)[1][:-1] for one in problems if "(quote it: " in one]


@pytest.mark.parametrize(
    ("line", "fixed"),
    [
        (
            "only_if: =has(profile.traits.a) ? true : false",
            "only_if: '=has(profile.traits.a) ? true : false'",
        ),
        ('only_if: =properties.a == "x: y"', "only_if: '=properties.a == \"x: y\"'"),
        ("only_if: =properties.a == 'x: y'", "only_if: \"=properties.a == 'x: y'\""),
        ('only_if: =properties.tag == "a #b"', "only_if: '=properties.tag == \"a #b\"'"),
        ('only_if: =properties.tag == "a #b"  # why', "only_if: '=properties.tag == \"a #b\"'  # why"),
        (
            "only_if: {any: [=profile.traits.a ? true : false]}",
            "only_if: {any: ['=profile.traits.a ? true : false']}",
        ),
        ("only_if: {not: =properties.a in [1, 2]}", "only_if: {not: '=properties.a in [1, 2]'}"),
        (
            "only_if: {all: [=size([1, 2]) > 1, =properties.b > 1]}",
            "only_if: {all: ['=size([1, 2]) > 1', =properties.b > 1]}",
        ),
        ("only_if: ={'a': 1}.a == 1", "only_if: \"={'a': 1}.a == 1\""),
    ],
)
def test_a_broken_formula_is_printed_quoted(folder: Folder, line: str, fixed: str) -> None:
    """The line to paste loads without a problem."""
    folder.write("triggers/t.yaml", HEAD + "when: {event: A}\n" + line + "\n")
    problems = folder.problems()
    assert pasted(problems) == [fixed]
    assert problems[0].startswith("triggers/t.yaml:4:")
    folder.write("triggers/t.yaml", HEAD + "when: {event: A}\n" + fixed + "\n")
    assert folder.problems() == []


def test_a_broken_formula_in_a_list_is_found(folder: Folder) -> None:
    """A list item that YAML reads as a mapping is one problem, not several."""
    folder.write(
        "triggers/t.yaml", TRIGGER + "only_if:\n  all:\n    - =has(profile.traits.a) ? true : false\n"
    )
    assert folder.problems() == [
        "triggers/t.yaml:6:7: YAML reads this text as a key and a value "
        "(quote it: - '=has(profile.traits.a) ? true : false')"
    ]


def test_a_formula_cut_at_a_comma_is_pasted_whole(folder: Folder) -> None:
    """Inside braces a comma ends the text; the hint holds the whole formula."""
    folder.write("triggers/t.yaml", HEAD + "when: {event: A, where: =[1, 2].exists(x, x > 1), key: =key}\n")
    assert "when: {event: A, where: '=[1, 2].exists(x, x > 1)', key: =key}" in pasted(folder.problems())


@pytest.mark.parametrize(
    ("line", "fixed"),
    [
        ("body: {{ profile.id }}", "body: '{{ profile.id }}'"),
        ("body: {{ profile.id }} hello", "body: '{{ profile.id }} hello'"),
        ("body: {{ profile.id }} hello  # greeting", "body: '{{ profile.id }} hello'  # greeting"),
        ("body: {% if profile.id %}x{% endif %}", "body: '{% if profile.id %}x{% endif %}'"),
        ('body: Hi {{ profile.id | default: "you" }}', "body: 'Hi {{ profile.id | default: \"you\" }}'"),
        ("body: Total: {{ case.sum }}", "body: 'Total: {{ case.sum }}'"),
        ("body: Last call: buy now", "body: 'Last call: buy now'"),
        ("body: @everyone", "body: '@everyone'"),
        ("body: Hi {{ profile.id | append: ' #1' }}", "body: \"Hi {{ profile.id | append: ' #1' }}\""),
    ],
)
def test_a_broken_template_is_printed_quoted(folder: Folder, line: str, fixed: str) -> None:
    """Templates and texts with a colon get their line as well, and it loads."""
    head = "message: m\npurpose: marketing\nchannels:\n  sms:\n    via: twilio.send_message\n    "
    folder.write("messages/m.yaml", head + line + "\n")
    problems = folder.problems()
    assert pasted(problems) == [fixed]
    assert problems[0].startswith("messages/m.yaml:6:")
    folder.write("messages/m.yaml", head + fixed + "\n")
    assert folder.problems() == []


def test_a_template_inside_braces_is_quoted_up_to_its_comma(folder: Folder) -> None:
    """Only the template is quoted, not the keys after it."""
    line = "  sms: {body: Hi {{ profile.id }}, via: twilio.send_message}"
    folder.write("messages/m.yaml", f"message: m\npurpose: marketing\nchannels:\n{line}\n")
    assert pasted(folder.problems()) == ["sms: {body: 'Hi {{ profile.id }}', via: twilio.send_message}"]


def test_a_comment_after_a_whole_formula_is_no_problem(folder: Folder) -> None:
    """A cut at a comment is only suspected where the formula does not compile."""
    folder.write("triggers/t.yaml", TRIGGER + "only_if: =properties.a > 1   # enough\n")
    assert folder.problems() == []


def test_an_indentation_slip_is_not_taken_for_a_broken_text(folder: Folder) -> None:
    """A key that is indented too far is not told to be quoted."""
    folder.write("triggers/t.yaml", "trigger: t\n  when: {event: A}\n")
    (problem,) = folder.problems()
    assert "quote it" not in problem
    assert "indentation" in problem


@pytest.mark.parametrize("text", ["plain", "it's", 'say "x"', 'it\'s "x"', "back\\slash's"])
def test_quoting_keeps_the_text(text: str) -> None:
    """What is quoted reads back as the same text."""
    assert yaml.safe_load(quoted(text)) == text
