"""One browser window, which notes every dialog, violation, script error and request to another host."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Request

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 860}

#: Runs before anything of a page: what a payload would call, and what the browser says it has stopped.
TRAP = """
window.trapped = [];
window.fired = (what) => window.trapped.push("executed: " + what);
document.addEventListener("securitypolicyviolation", (event) =>
  window.trapped.push("violation: " + event.violatedDirective + " " + event.blockedURI));
"""

#: What no page may hold, however it came there.
STRANGE = """[
  ...[...document.querySelectorAll("*")].filter((one) =>
    [...one.attributes].some((a) => /^on/i.test(a.name) || (a.name === "style" && a.value))),
  ...document.querySelectorAll("iframe, object, embed, base, meta[http-equiv], style, math, textarea"),
  ...document.querySelectorAll("script:not([src])"),
  ...[...document.links].filter((one) => !one.href.startsWith(location.origin + "/console/")),
  ...[...document.forms].filter((one) => !one.action.startsWith(location.origin + "/console/")),
].map((one) => one.outerHTML.slice(0, 200))"""

LOOK = f"() => [[...window.trapped, ...{STRANGE}], [...document.links].map((one) => one.href)]"


class Window:
    """A page with its own cookies; ``faults`` is empty as long as all is well."""

    def __init__(self, browser: Browser, url: str, options: dict[str, Any]) -> None:
        self.base = f"{url}/console/"
        self.faults: list[str] = []
        given = {"viewport": DESK, "timezone_id": "Europe/Berlin", "locale": "en-GB", **options}
        self._context = browser.new_context(**given)
        self._context.set_default_timeout(45_000)
        self._context.add_init_script(TRAP)
        self._url = url
        self.requests: list[str] = []
        self.page = self._context.new_page()
        self.page.on("dialog", self._note_dialog)
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        self._context.on("request", self._note_request)

    def go(self, address: str = "") -> list[str]:
        """Go to a page of the console, see that nothing forbidden is on it, and give where it leads."""
        self.page.goto(self.base + address)
        return self.look()

    def look(self) -> list[str]:
        """Note what the trap has caught, and what must not be there; give the links."""
        faults, links = self.page.evaluate(LOOK)
        self.faults += faults
        found: list[str] = links
        return found

    def sign_in(self, link: str) -> None:
        """Go in by a link."""
        self.page.goto(link)
        self.page.locator("[data-live]").wait_for()

    def has_sideways_scroll(self) -> bool:
        """Tell whether the page is wider than the window."""
        wide: bool = self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        return wide

    def close(self) -> None:
        """Look a last time and close."""
        self.look()
        self._context.close()

    def _note_dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _note_console(self, message: ConsoleMessage) -> None:
        # A page that is a refusal is told by the browser too; everything else is ours to mend.
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            self.faults.append(f"console: {message.text}")

    def _note_request(self, request: Request) -> None:
        self.requests.append(request.url)
        if not request.url.startswith(f"{self._url}/console/"):
            self.faults.append(f"request: {request.url}")
