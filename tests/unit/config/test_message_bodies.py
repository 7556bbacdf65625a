"""Bodies of messages: in files of their own, and in several languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mapping_folder import Folder, rules

from core.config.watch import scan
from core.engine.formula import Unknown
from core.engine.rule import Act, Send
from core.engine.scope import Scope
from core.engine.value import Localized, evaluate_fields

TRIGGER = "trigger: t\nwhen: {event: A}\ndo: [send: hello]\n"
MAIL = """\
message: hello
purpose: marketing
channels:
  email: {via: mailer.send_email, subject: Hi, html: {file: NAME}}
"""
CASE = {
    "events": [
        {"properties": {"name": "Tent <4>", "price": 240.0, "image_url": "https://shop.example/a?b=1&c=2"}},
        {"properties": {"name": "Stove", "price": 59.5}},
    ]
}


def acts(folder: Folder) -> list[Act]:
    """Give the channels of the message that the folder's only trigger sends."""
    folder.write("triggers/t.yaml", TRIGGER)
    (step,) = rules(folder).triggers["t"].steps
    assert isinstance(step, Send)
    return list(step.channels)


def filled(act: Act, case: Any = None, **traits: Any) -> tuple[dict[str, Any], dict[str, Unknown]]:
    """Fill a channel's fields in for somebody; gives the values and what stops the send."""
    profile = {"traits": traits, "identifiers": {"email": ["a@b.c"], "phone": ["+14155550100"]}}
    scope = Scope(event={}, profile=profile, now=0, case=case)
    values, stopping, _ = evaluate_fields(act.fields, scope)
    return values, stopping


def mail(folder: Folder, text: str, name: str = "cart.html") -> Act:
    """Write a message whose HTML stands in a file; gives its channel."""
    folder.write(f"messages/{name}", text)
    folder.write("messages/hello.yaml", MAIL.replace("NAME", name))
    return acts(folder)[0]


def problems(folder: Folder, name: str) -> list[str]:
    """Give what is wrong with a message that names a file."""
    folder.write("messages/hello.yaml", MAIL.replace("NAME", name))
    return folder.problems()


# Files.


def test_a_body_may_stand_in_a_file_and_loops_over_the_case(folder: Folder) -> None:
    """Every product of the case is written, and what comes from data is escaped in HTML."""
    text = (
        "{% for one in case.events %}<p>{{ one.properties.name }}: {{ one.properties.price }}</p>{% endfor %}"
    )
    values, stopping = filled(mail(folder, text), CASE)
    assert values["html"] == "<p>Tent &lt;4&gt;: 240</p><p>Stove: 59.5</p>"
    assert not stopping


def test_an_attribute_of_a_product_is_escaped_and_may_be_missing(folder: Folder) -> None:
    """An image is left out where a product has none, and its address cannot end the attribute."""
    text = (
        "{% for one in case.events %}{% if one.properties.image_url %}"
        '<img src="{{ one.properties.image_url }}">{% endif %}{% endfor %}'
    )
    values, _ = filled(mail(folder, text), CASE)
    assert values["html"] == '<img src="https://shop.example/a?b=1&amp;c=2">'
    hostile = {"events": [{"properties": {"image_url": '"><script>'}}]}
    assert "<script>" not in filled(mail(folder, text), hostile)[0]["html"]


def test_a_missing_value_in_a_file_stops_the_send_and_is_named(folder: Folder) -> None:
    """Also inside a loop: nobody gets half a message."""
    text = "Hi {{ profile.traits.name }}"
    assert filled(mail(folder, text))[1]["html"].reason == "profile.traits.name is missing"
    text = "{% for one in case.events %}{{ one.properties.image_url }}{% endfor %}"
    stopping = filled(mail(folder, text), CASE)[1]
    assert stopping["html"].field == "one.properties.image_url"


def test_a_file_without_anything_to_fill_in_is_itself(folder: Folder) -> None:
    """What looks like a formula or a number is text there."""
    assert filled(mail(folder, "=1 + 1"))[0]["html"] == "=1 + 1"
    assert filled(mail(folder, "42\n"))[0]["html"] == "42\n"


@pytest.mark.parametrize(("name", "expected"), [("a.txt", "<Ada>"), ("a.html", "&lt;Ada&gt;")])
def test_a_file_is_escaped_where_its_name_says_html(folder: Folder, name: str, expected: str) -> None:
    """A plain text keeps its letters."""
    folder.write(f"messages/{name}", "{{ profile.traits.name }}")
    folder.write("messages/hello.yaml", MAIL.replace("html: {file: NAME}", f"subject: {{file: {name}}}"))
    folder.write(
        "messages/hello.yaml", MAIL.replace("subject: Hi, html: {file: NAME}", f"subject: {{file: {name}}}")
    )
    assert filled(acts(folder)[0], name="<Ada>")[0]["subject"] == expected


def test_a_files_own_mistakes_are_shown_at_their_place(folder: Folder) -> None:
    """The line and column are those of the file, not of the message that names it."""
    folder.write("messages/cart.html", "<p>\n  {{ profile.trait.name }}\n</p>\n")
    (found,) = problems(folder, "cart.html")
    assert found.startswith("messages/cart.html:2:14: `trait` does not exist here")
    folder.write("messages/cart.html", "<p>\n\n{% for x in case.events %}\n<b>\n")
    (found,) = problems(folder, "cart.html")
    assert found.startswith("messages/cart.html:4:3: template: expected tag endfor")
    folder.write("messages/cart.html", "<p>é\n <i>{{ properties.x | upcas }}</i>\n")
    (found,) = problems(folder, "cart.html")
    assert found.startswith("messages/cart.html:2:") and "did you mean upcase?" in found


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("../secret.html", "stands outside messages/"),
        ("/etc/passwd", "stands outside messages/"),
        ("a/../../secret.html", "stands outside messages/"),
        ("a\\b.html", "stands outside messages/"),
        ("hello.yaml", "is a mapping file"),
        ("card.html", "there is no file messages/card.html (did you mean `cart.html`?"),
        ("folder", "there is no file messages/folder"),
    ],
)
def test_only_files_of_the_folder_are_read(folder: Folder, name: str, told: str) -> None:
    """Whatever a name says, nothing outside messages/ is opened."""
    folder.write("secret.html", "secret")
    folder.write("messages/cart.html", "x")
    (folder.root / "messages" / "folder").mkdir()
    found = problems(folder, name)
    assert len(found) == 1 and told in found[0], found
    assert found[0].startswith("messages/hello.yaml:4:")


def test_a_link_that_leads_outside_is_refused(folder: Folder, tmp_path: Path) -> None:
    """A link may not smuggle a file of the machine into a message."""
    (tmp_path / "secret.html").write_text("secret")
    folder.write("messages/hello.yaml", MAIL)
    (folder.root / "messages" / "out.html").symlink_to(tmp_path / "secret.html")
    (found,) = problems(folder, "out.html")
    assert "is a link to a file outside messages/" in found


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"x\n\xff", "cart.html:2:1: the file is not UTF-8"),
        (b"x" * 1_000_001, "larger than 1,000,000 bytes"),
    ],
)
def test_a_file_that_is_no_text_is_refused(folder: Folder, data: bytes, told: str) -> None:
    """What cannot be read is said once, at the file."""
    folder.write("messages/cart.html", data)
    (found,) = problems(folder, "cart.html")
    assert told in found


def test_a_changed_file_is_a_new_version_and_is_noticed(folder: Folder) -> None:
    """A body belongs to the mappings as much as the YAML beside it; a file that nobody names does not."""
    mail(folder, "one")
    first, seen = folder.load().version, scan(folder.root)
    folder.write("messages/notes.txt", "not named by any message")
    assert folder.load().version == first
    folder.write("messages/cart.html", "another")
    assert folder.load().version != first
    assert scan(folder.root) != seen


def test_segments_and_scores_named_in_a_file_are_looked_up(folder: Folder) -> None:
    """What a file reads of the person is known to the folder, as in YAML."""
    folder.write("profile.yaml", "scores: {churn: =profile.traits.c}\n")
    folder.write("messages/cart.html", "<p>{{ profile.scores.chrn }}</p>")
    (found,) = problems(folder, "cart.html")
    assert found.startswith("messages/cart.html:1:") and "did you mean `churn`?" in found


# Languages.

LOCAL = """\
message: hello
purpose: marketing
channels:
  sms:
    via: twilio.send_message
    body: 'Hi {{ profile.traits.name }}'
    locales:
      de: {body: 'Hallo {{ profile.traits.name }}'}
      fr-CA: {body: Bonjour}
      zh-Hant: {body: 你好}
"""


@pytest.mark.parametrize(
    ("traits", "body"),
    [
        ({}, "Hi Ada"),
        ({"locale": "de"}, "Hallo Ada"),
        ({"locale": "de-AT"}, "Hallo Ada"),
        ({"locale": "DE_de.UTF-8"}, "Hallo Ada"),
        ({"locale": "fr-CA"}, "Bonjour"),
        ({"locale": "fr"}, "Hi Ada"),
        ({"locale": "fr-FR"}, "Hi Ada"),
        ({"locale": "zh-Hant-TW"}, "你好"),
        ({"language": "de"}, "Hallo Ada"),
        ({"locale": "en-GB", "language": "de"}, "Hallo Ada"),
        ({"locale": "fr_ca", "language": "de"}, "Bonjour"),
        ({"locale": 7}, "Hi Ada"),
        ({"locale": "-"}, "Hi Ada"),
    ],
)
def test_the_persons_language_picks_the_text(folder: Folder, traits: dict[str, Any], body: str) -> None:
    """First the whole tag, then the language, then the text for everyone else."""
    folder.write("messages/hello.yaml", LOCAL)
    (act,) = acts(folder)
    assert filled(act, name="Ada", **traits)[0]["body"] == body


def test_a_missing_value_in_the_chosen_language_stops_the_send(folder: Folder) -> None:
    """The other languages are not asked: neither their gaps nor their texts stand in."""
    folder.write("messages/hello.yaml", LOCAL)
    (act,) = acts(folder)
    assert filled(act, locale="de")[1]["body"].reason == "profile.traits.name is missing"
    assert filled(act, locale="fr-CA")[0]["body"] == "Bonjour"


def test_a_formula_in_a_language_is_left_out_when_it_is_unknown(folder: Folder) -> None:
    """As in any other field: only templates stop a send."""
    folder.write("messages/hello.yaml", LOCAL.replace("{body: Bonjour}", "{body: =profile.traits.none}"))
    values, stopping = filled(acts(folder)[0], locale="fr-CA")
    assert "body" not in values and not stopping


def test_languages_of_the_whole_message_reach_each_channel_that_has_the_field(folder: Folder) -> None:
    """A channel's own text goes over them, and files stand in for texts there too."""
    folder.write("messages/de.html", "<p>{{ profile.traits.name }}</p>")
    folder.write(
        "messages/hello.yaml",
        """\
message: hello
purpose: marketing
locales:
  de: {body: Kurz, subject: Betreff, html: {file: de.html}}
channels:
  sms: {via: twilio.send_message, body: Short, locales: {de: {body: Eigener}}}
  email: {via: mailer.send_email, subject: Subject, html: <p>x</p>}
""",
    )
    folder.write("triggers/t.yaml", TRIGGER)
    sms, email = acts(folder)
    assert filled(sms, locale="de")[0]["body"] == "Eigener"
    assert isinstance(email.fields["html"], Localized)
    found = filled(email, locale="de", name="A&B")[0]
    assert (found["subject"], found["html"]) == ("Betreff", "<p>A&amp;B</p>")


SMS = "message: hello\npurpose: marketing\nchannels:\n  sms: {via: twilio.send_message, body: Hi, locales: %s}\n"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{german: {body: x}}", "`german` is no language"),
        ("{de: {bdy: x}}", "unknown field `bdy` of send_message (did you mean `body`?"),
        ("{de: {media_url: x}}", "`media_url` has no text for everyone else"),
        ("{de: {body: null}}", "`body` is empty"),
        ("{de: {body: x}, DE: {body: y}}", "`DE` is here twice"),
        ("{de: {body: '{{ profil.id }}'}}", "template: name profil is unknown"),
        ("{de: {body: {file: none.txt}}}", "there is no file messages/none.txt"),
        ("[de]", "must be a mapping of languages"),
    ],
)
def test_languages_that_cannot_be_sent_are_refused(
    refuse: Callable[[str, str], list[str]], written: str, told: str
) -> None:
    """Each mistake is named at its place, before anybody is written to."""
    found = refuse("messages/hello.yaml", SMS % written)
    assert len(found) == 1 and told in found[0], found


def test_a_language_that_no_channel_can_use_is_refused(refuse: Callable[[str, str], list[str]]) -> None:
    """A text that would never be sent is a mistake."""
    text = "message: hello\npurpose: marketing\nlocales: {de: {subject: x}}\n"
    text += "channels:\n  sms: {via: twilio.send_message, body: Hi}\n"
    (found,) = refuse("messages/hello.yaml", text)
    assert found.startswith("3:16: no channel of this message has `subject`")


def test_a_language_with_some_of_the_texts_only_is_warned_of(refuse: Callable[[str, str], list[str]]) -> None:
    """A German body under an English subject is rarely meant; a country may lean on its language."""
    text = MAIL.replace("html: {file: NAME}", "html: x, locales: LOCALES")
    both = "{de: {subject: a, html: b}, fr: {subject: c}, de-AT: {subject: d}}"
    (found,) = refuse("messages/hello.yaml", text.replace("LOCALES", both))
    assert "warning: `fr` has no `html`: a message in two languages" in found
