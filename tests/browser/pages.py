"""Pages of a shop's own site, on another port than Cuewire and under a strict policy, and what they sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from browser.shop import API_KEY, Shop, until
from playwright.sync_api import Browser, ConsoleMessage, Page
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from core.ports import EventRow, Filter
from cuewire.sandbox.server import QuietHandler

#: Only the tag may be loaded, and only Cuewire be asked: what a careful site allows.
POLICY = "default-src 'none'; script-src {tag}; connect-src {tag}; form-action 'self'; img-src data:"
BODY = """<h1>Tent</h1>
<p><button data-cue="Demo Requested" data-cue-sku="t1">A demo</button>
<a href="https://elsewhere.example.com/offer?token=hidden" target="later">Elsewhere</a>
<a href="/about">About</a></p>
<form id="newsletter" action="/about?from=form"><input name="id" value="typed-in-the-form">
<input name="email" value="typed@example.com"><button id="send">Send</button></form>
"""
LONG = "<br>" * 200

#: What a page notes of the browser's own complaints.
TRAP = """window.trapped = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.trapped.push(event.violatedDirective + " " + event.blockedURI));"""


class Site:
    """A site whose every address is a page with the tag."""

    def __init__(self, shop: Shop, key: str, **attributes: str) -> None:
        self.shop, self.key = shop, key
        told = {"key": key, "heartbeat": "1", **attributes}
        tag = " ".join(f'data-{name}="{value}"' for name, value in told.items())
        self.head = f'<script async src="{shop.url}/tag.js" {tag}></script>'
        self.policy = POLICY.format(tag=shop.url)
        #: Where the scripts of ``/umd/`` are.
        self.folder: Path | None = None
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=QuietHandler)
        self.url = f"http://127.0.0.1:{self._server.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, environ: dict[str, Any], start: Any) -> Any:
        path = Request(environ).path
        if self.folder and path.startswith("/umd/"):
            script = (self.folder / Path(path).name).read_bytes()
            return Response(script, mimetype="text/javascript")(environ, start)
        page = f"<!doctype html><title>{path}</title><link rel=icon href=data:,>{self.head}{BODY}{LONG}"
        headers = {"Content-Security-Policy": self.policy} if self.policy else {}
        return Response(page, mimetype="text/html", headers=headers)(environ, start)


class Visitor:
    """Somebody with a browser of their own; ``faults`` is empty as long as all is well."""

    def __init__(self, browser: Browser, site: Site, script: str = "") -> None:
        self.site, self.shop = site, site.shop
        self.faults: list[str] = []
        self._context = browser.new_context()
        self._context.set_default_timeout(45_000)
        self._context.add_init_script(TRAP + script)
        self.page = self.open()

    def open(self) -> Page:
        """Open one more tab."""
        page = self._context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("console", self._note_console)
        return page

    def go(self, path: str) -> None:
        """Go to a page of the site, and wait until the tag is there."""
        self.page.goto(self.site.url + path)
        self.page.wait_for_function("window.cue && window.cue.isTag")

    def cue(self, *words: Any) -> None:
        """Say something to the tag, as a page's own script does."""
        self.page.evaluate("(words) => window.cue(...words)", list(words))

    def kept(self, name: str = "cuewire_id") -> str:
        """Give what the tag keeps in this browser."""
        found: str = self.page.evaluate("(name) => localStorage.getItem(name) || ''", name)
        return found

    def stay(self, seconds: float) -> None:
        """Stay on the page for so long from now."""
        least = self.page.evaluate("performance.now()") + seconds * 1_000
        self.page.wait_for_function("(least) => performance.now() > least", arg=least)

    def rows(self, anonymous_id: str) -> list[EventRow]:
        """Give everything that has come from this browser, the oldest first."""
        wanted = Filter(profile=self.shop.runtime.store.read.owner("anonymous_id", anonymous_id) or "-")
        return list(reversed(self.shop.runtime.store.read.events(wanted).rows))

    def names(self, anonymous_id: str) -> list[str]:
        """Name the events that have come, as they happened: a beacon may be overtaken by the next page's first call.

        Heartbeats are left out: how many there are is the clock's affair.
        """
        rows = sorted(self.rows(anonymous_id), key=lambda row: str(call_of(row)["timestamp"]))
        return [row.event for row in rows if row.status == "applied" and row.event != "Page Heartbeat"]

    def wait_for(self, name: str, count: int = 1) -> list[EventRow]:
        """Wait until so many events of a name have come from this browser; give them."""
        who = self.kept()

        def found() -> list[EventRow]:
            return [row for row in self.rows(who) if row.event == name]

        until(lambda: len(found()) >= count)
        return found()

    def _note_console(self, said: ConsoleMessage) -> None:
        # A refusal is told by the browser too; everything else is ours to mend.
        if said.type == "error" and "the server responded with a status of" not in said.text:
            self.faults.append(f"console: {said.text}")

    def close(self) -> None:
        """Go, and see that the browser had nothing to complain of."""
        self.faults += self.page.evaluate("window.trapped") if not self.page.is_closed() else []
        self._context.close()


def call_of(row: EventRow) -> dict[str, Any]:
    """Give a call as the tag has sent it."""
    call: dict[str, Any] = json.loads(row.raw)
    return call


def browser_key(shop: Shop) -> str:
    """Make a key for pages."""
    asked = {"name": "shop pages", "kind": "browser", "source": "segment"}
    key: str = shop.post("/api/keys", asked, Authorization=f"Bearer {API_KEY}")["key"]
    return key


Visit = Callable[..., Visitor]
