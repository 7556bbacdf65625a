"""Each form of formula and template that YAML breaks, at each place where one may stand."""

from __future__ import annotations

from itertools import product

import pytest
from mapping_folder import Folder

from core.config.node import plain_data
from core.config.reader import read
from core.config.repair import quoted

FORMULAS = {
    "colon": '=properties.a == "x: y"',
    "colon in single quotes": "=properties.a == 'x: y'",
    "hash": '=properties.a == "x #y"',
    "choice": "=properties.a > 1 ? true : false",
    "map first": '={"a": 1}.a == 1',
    "map last": '=properties.a == {"k": 1}',
    "list": '=properties.a in ["x", "y"]',
    "comma": "=math.greatest(properties.a, 3) > 2",
    "macro": '=properties.a.exists(x, x == "q")',
    "index": "=properties.a[0]",
}
TEMPLATES = {
    "alone": "{{ profile.id }}",
    "colon": "Total: {{ case.sum }}",
    "default": 'Hi {{ profile.id | default: "you" }}',
    "default in single quotes": "Hi {{ profile.id | default: 'you' }}",
    "hash inside": "No {{ profile.id | append: ' #1' }}",
    "hash before": "You are #1, {{ profile.id }}",
    "tag": "{% if profile.id %}x{% endif %}",
    "comma in a tag": "A {% if profile.id %}x, y{% endif %}",
    "comma after": "Hi {{ profile.id }}, bye",
    "index": "To {{ profile.identifiers.email[0] }}",
    "filter": '{{ profile.id | replace: "a", "b" }}',
    "quotes": 'Say "hi" {{ profile.id }}',
    "apostrophe": "It's {{ profile.id }}: yes",
}
TRIGGER = "trigger: t\nwhen: {event: Signed Up}\n"
STEP = "do: [braze.track_event: {name: x}]\n"
MESSAGE = "message: m\npurpose: marketing\nchannels:\n"
FORMULA_PLACES = [
    (TRIGGER + STEP, "only_if: %s"),
    (TRIGGER + STEP + "only_if:\n  all:\n", "    - %s"),
    (TRIGGER + STEP, "only_if: {not: %s}"),
    (TRIGGER + STEP, "only_if: {any: [=profile.id == '1', %s, =properties.b == 2]}"),
    ("trigger: t\n" + STEP, "when: {event: Signed Up, where: %s, key: =properties.k}"),
    ("trigger: t\n" + STEP + "when:\n  event: Signed Up\n", "  where: %s"),
    (TRIGGER, "do: [braze.track_event: {name: x, properties: {z: %s, y: 1}}]"),
]
TEMPLATE_PLACES = [
    (MESSAGE + "  sms:\n    via: twilio.send_message\n", "    body: %s"),
    (MESSAGE, "  sms: {via: twilio.send_message, body: %s}"),
    (MESSAGE, "  sms: {body: %s, via: twilio.send_message}"),
]
FORMS = [*product(FORMULAS.values(), FORMULA_PLACES), *product(TEMPLATES.values(), TEMPLATE_PLACES)]


@pytest.mark.parametrize(("code", "place"), FORMS)
def test_a_form_that_yaml_breaks_is_told_its_line(folder: Folder, code: str, place: tuple[str, str]) -> None:
    """Either the line means what was written, or the line to paste does."""
    head, line = place
    name = "messages/m.yaml" if head == MESSAGE or "sms" in head else "triggers/t.yaml"
    meant = plain_data(read((head + line % quoted(code)).encode(), name).root)
    folder.write(name, head + line % code + "\n")
    problems = folder.problems()
    if not problems:
        assert plain_data(read((head + line % code).encode(), name).root) == meant
        return
    indent = line[: len(line) - len(line.lstrip())]
    pasted = [one.split("(quote it: ", 1)[1][:-1] for one in problems if "(quote it: " in one]
    assert pasted, problems
    folder.write(name, head + indent + pasted[0] + "\n")
    assert folder.problems() == []
    assert plain_data(read((head + indent + pasted[0]).encode(), name).root) == meant


def test_quotes_inside_the_same_quotes_are_told(folder: Folder) -> None:
    """A text that holds the quotes around it gets others."""
    folder.write(
        "messages/m.yaml",
        MESSAGE + '  sms:\n    via: twilio.send_message\n    body: "Hi {{ profile.id | default: "you" }}"\n',
    )
    (problem,) = folder.problems()
    assert "(quote it: body: 'Hi {{ profile.id | default: \"you\" }}')" in problem


@pytest.mark.parametrize(
    "body", ["Hi there   # {spaces and words}", "Hi  # a comment", "'You are #1, {{ profile.id }}'"]
)
def test_a_comment_is_left_alone(folder: Folder, body: str) -> None:
    """Only a sign with something right behind it, or with a template, was meant to be read."""
    folder.write("messages/m.yaml", MESSAGE + f"  sms:\n    via: twilio.send_message\n    body: {body}\n")
    assert folder.problems() == []


@pytest.mark.parametrize(
    ("text", "key"),
    [("do: [{send: }]", "send"), ("do: [{only_if: }]", "only_if"), (STEP + "only_if: {any: }", "any")],
)
def test_an_empty_step_or_condition_is_no_step_left_out(folder: Folder, text: str, key: str) -> None:
    """Without its condition a trigger would fire for everybody."""
    folder.write("triggers/t.yaml", TRIGGER + text + "\n")
    (problem,) = folder.problems()
    assert f"`{key}` is empty" in problem
