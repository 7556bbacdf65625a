"""The page tag: a script that pages load from here and that sends the tracking API what happens on them."""

from __future__ import annotations

import gzip
from importlib.resources import files

from flask import Blueprint, Response, request

from webhooks.api.openapi.operation import OPEN, Operation

PATH = "/tag.js"
SCRIPT = "text/javascript"
TAG = (files(__package__) / "tag.js").read_bytes()
#: What a page loads: made once, the same bytes in every process.
PACKED = gzip.compress(TAG, mtime=0)

#: Any page may load it, and nobody keeps an old one for longer than an hour.
HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
}

OPERATIONS = (Operation("GET", PATH, "Give the page tag's script.", OPEN, gives_type=SCRIPT),)


def tag_routes() -> Blueprint:
    """Give the one route."""
    routes = Blueprint("tag", __name__)
    routes.add_url_rule(PATH, "script", script)
    return routes


def script() -> Response:
    """Give the script, packed for whoever takes it so."""
    is_packed = request.accept_encodings.quality("gzip") > 0
    answer = Response(PACKED if is_packed else TAG, mimetype=SCRIPT, headers=HEADERS)
    if is_packed:
        answer.headers["Content-Encoding"] = "gzip"
    answer.add_etag()
    answer.make_conditional(request)
    return answer
