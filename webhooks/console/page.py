"""Render the pages: everything escaped, nothing from any other host, nothing kept by the browser."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Response, g, request
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core.ports import AlertRow
from core.runners.alerts.notice import saying
from webhooks.console import telling, wording
from webhooks.services import Services

#: A page's script asks for its changing part alone with this header.
PART = "X-Console-Part"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

#: Open alerts that stand on each page; GET /api/alerts lists all.
MOST_ALERTS = 5
#: What the stop's own banner says, as of this moment; its alert comes and goes some seconds later.
SENDS_STOPPED = ("paused", "server", "sends")

FOLDER = Path(__file__).parent

#: Named in the addresses of style and script, which browsers may then keep: what changes gets another address.
EDITION = blake2b(
    b"".join(path.read_bytes() for path in sorted((FOLDER / "static").iterdir())), digest_size=6
).hexdigest()

MODES = {
    "shadow": "Shadow mode: decisions are made, nothing is sent.",
    "redirect": "Redirect mode: messages go to the test recipients, data actions are not sent.",
}


def link(kind: str, identifier: str = "", /, **more: str) -> str:
    """Give a page's address from another; all of them stand side by side, whatever the prefix before them."""
    query = urlencode({name: value for name, value in {"id": identifier, **more}.items() if value})
    page = kind or "./"
    return f"{page}?{query}" if query else page


def root(services: Services) -> str:
    """Lead from the present address to where the pages stand: side by side, so mostly by nothing at all.

    Below them is nothing but mistyped addresses. Those may hold encoded slashes, which only the browser can
    tell from others, so that no relative way leads back for certain.
    """
    return "" if request.path.count("/") == 2 else f"{urlsplit(services.public_url).path}/console/"


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = (
        *("moment", "timed", "plain", "clipped", "short", "spoken", "tone", "document"),
        *("percent", "amount", "lasting", "written"),
    )
    made.filters |= {name: getattr(wording, name) for name in words}
    made.globals |= {"edition": EDITION, "link": link, "gates": wording.GATES, "headline": telling.headline}
    made.globals |= {"sentences": telling.sentences, "content": telling.content, "saying": saying}
    return made


_templates = _environment()


def render(services: Services, template: str, status: int = 200, **context: Any) -> Response:
    """Give a page, or only its changing part where the page's own script asks for that."""
    is_part = PART in request.headers
    mode = services.mode
    html = _templates.get_template(template).render(
        **{"polls": False, **context},
        layout="part.html" if is_part else "base.html",
        root=root(services),
        mode=mode,
        mode_text=MODES.get(mode, ""),
        stopped=services.control.stopped,
        alerts=_alerts(services) if g.get("session") and not is_part else (),
        session=g.get("session"),
    )
    # Half characters come in raw events; no page is lost for them.
    body = html.encode("utf-8", "replace")
    answer = Response(body, status, content_type="text/html; charset=utf-8")
    if is_part:
        answer.set_etag(blake2b(body, digest_size=12).hexdigest())
        answer.make_conditional(request.environ)
    return answer


def _alerts(services: Services) -> list[AlertRow]:
    found = services.reader.alerts("open", MOST_ALERTS + 1)
    return [alert for alert in found if alert.key != SENDS_STOPPED][:MOST_ALERTS]


def harden(answer: Response) -> Response:
    """Set what keeps a page's content from becoming more than text."""
    for name, value in HEADERS.items():
        answer.headers[name] = value
    is_kept = request.endpoint == "console.static" and request.args.get("v") == EDITION
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_kept else "no-store"
    return answer
