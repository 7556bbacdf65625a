"""The pages behind a message's links speak the reader's language, whatever they show."""

from __future__ import annotations

import re
import string
from typing import Any

import pytest
from embedded.world import World
from test_unsubscribe import Desk
from werkzeug.datastructures import LanguageAccept

from webhooks.preferences.words import FALLBACK, TEXTS, Words, words_for

HEADS = {
    "en": ("Unsubscribe?", "You are unsubscribed", "What you hear of", "This link does not work."),
    "de": ("Abmelden?", "Sie sind abgemeldet", "Wovon Sie hören möchten", "Dieser Link funktioniert nicht."),
    "fr": ("Se désabonner ?", "Vous êtes désabonné(e)", "Ce que vous recevez", "Ce lien ne fonctionne pas."),
    "es": ("¿Darse de baja?", "Se ha dado de baja", "Qué recibe", "Este enlace no funciona."),
}


@pytest.fixture
def desk(world: World) -> Desk:
    """Give a desk over a world."""
    return Desk(world)


def flat(language: str) -> dict[str, str]:
    """Give every text of a language by its place."""
    found = {}
    for name, text in TEXTS[language].items():
        found |= (
            {f"{name}.{key}": one for key, one in text.items()} if isinstance(text, dict) else {name: text}
        )
    return found


def blanks(text: str) -> set[str]:
    """Name what is filled in."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_every_language_has_every_text_with_the_same_blanks(language: str) -> None:
    """Nobody reads a page that is half in English, or one without what it is about."""
    mine, english = flat(language), flat(FALLBACK)
    assert mine.keys() == english.keys()
    assert {name: blanks(text) for name, text in mine.items()} == {
        name: blanks(text) for name, text in english.items()
    }
    assert all(mine.values())


@pytest.mark.parametrize("language", sorted(HEADS))
def test_every_page_is_in_the_readers_language(desk: Desk, language: str) -> None:
    """Asked, done, choices and a link that does not work; the document says which language it is."""
    asked = {"Accept-Language": f"{language}-XX,{language};q=0.9,it;q=0.1"}
    link = desk.path("unsubscribe_url")
    pages = [
        desk.client.get(link, headers=asked),
        desk.client.post(link, headers=asked),
        desk.client.get(desk.path("preferences_url"), headers=asked),
        desk.client.get("/u/made-up", headers=asked),
    ]
    for page, head in zip(pages, HEADS[language], strict=True):
        assert f"<h1>{head}</h1>" in page.text
        assert f'<html lang="{language}">' in page.text
        assert page.headers["Content-Language"] == language
        assert "Accept-Language" in page.headers["Vary"]
    saved = desk.client.post(desk.path("preferences_url"), data={"nothing": "1"}, headers=asked)
    assert Words(language).say("saved") in saved.text
    assert not re.search(r"[{}]", re.sub(r"<style>.*?</style>", "", saved.text, flags=re.DOTALL))


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("it", "en"),
        ("de-AT,en;q=0.5", "de"),
        ("pt-BR,fr-CA;q=0.8,en;q=0.7", "fr"),
        ("en;q=0.3, es;q=0.9", "es"),
        ("de;q=0, fr", "fr"),
        ("*", "en"),
        ("x" * 5_000, "en"),
    ],
)
def test_the_best_language_that_is_there_is_taken(desk: Desk, header: str, language: str) -> None:
    """By the weights of the browser; for what is not there, English."""
    page = desk.client.get(desk.path("preferences_url"), headers={"Accept-Language": header})
    assert f'<html lang="{language}">' in page.text


def test_what_an_admin_called_a_purpose_is_shown_as_text(desk: Desk) -> None:
    """A purpose of their own has its own name, in every language, and is never more than text."""
    page = desk.client.get(desk.path("preferences_url"), headers={"Accept-Language": "de"}).text
    assert "Werbung" in page and "Product news" in page and "E-Mail" in page
    words: Any = words_for(LanguageAccept([("fr", 1)]))
    assert words.purpose("{0}<b>") == "{0}<b>" and words.channel("pigeon") == "Pigeon"
