"""How the pages look: plain HTML, light and dark, without scripts, and nothing from any other host."""

from __future__ import annotations

import base64
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Response, request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from webhooks.preferences.words import words_for

FOLDER = Path(__file__).parent
STYLE = (FOLDER / "page.css").read_text(encoding="utf-8")
_DIGEST = base64.b64encode(sha256(STYLE.encode()).digest()).decode()

HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # The address is the key to somebody's choices: no other site may hear of it.
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}

_templates = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals["style"] = Markup(STYLE)  # noqa: S704 - our own file


def render(template: str, status: int = 200, **context: Any) -> Response:
    """Give a page in the language that the browser asks for."""
    words = words_for(request.accept_languages)
    html = _templates.get_template(template).render(words=words, say=words.say, **context)
    answer = Response(html, status, content_type="text/html; charset=utf-8")
    answer.content_language.add(words.language)
    answer.vary.add("Accept-Language")
    return answer


def harden(answer: Response) -> Response:
    """Set what keeps a page from being more than itself."""
    for name, value in HEADERS.items():
        answer.headers[name] = value
    return answer
