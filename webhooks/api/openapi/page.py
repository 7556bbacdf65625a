"""Make the page that lists every route; it loads nothing from anywhere."""

from __future__ import annotations

from html import escape

from webhooks.api.openapi.operation import KEY, TWILIO, Operation
from webhooks.api.openapi.table import OPERATIONS
from webhooks.callbacks import kinds as callback_kinds
from webhooks.console.operation import SESSION
from webhooks.sources import kinds

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0 }
td { border-top: 1px solid #d0d7de }
code { font-size: 90% }
"""

ACCESS = {
    KEY: "API key",
    TWILIO: "X-Twilio-Signature",
    SESSION: "sign-in",
    **{way.name: way.label for one in kinds().values() for way in (*one.ways, *one.own_ways)},
    **{way.name: way.label for one in callback_kinds().values() for way in one.ways},
}


def build_page(operations: tuple[Operation, ...] = OPERATIONS) -> str:
    """Give the page as HTML."""
    rows = "\n".join(row(operation) for operation in operations)
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Cuewire API</title>'
        f"<style>{STYLE}</style></head>\n<body>\n<h1>Cuewire API</h1>\n"
        "<p>The machine-readable form is <code>/openapi.json</code>.</p>\n"
        "<table>\n<thead><tr><th>Route</th><th>What it does</th><th>Access</th></tr></thead>\n"
        f"<tbody>\n{rows}\n</tbody>\n</table>\n</body>\n</html>\n"
    )


def row(operation: Operation) -> str:
    """Give one route's row."""
    route = escape(f"{operation.method} {operation.path}")
    names = ", ".join(f"<code>{escape(one.name)}</code>" for one in operation.parameters)
    more = f"<br>{names}" if names else ""
    access = " or ".join(escape(ACCESS[way]) for way in operation.ways) or "open"
    cells = (f"<code>{route}</code>", escape(operation.help) + more, access)
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


PAGE = build_page()
