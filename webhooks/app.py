"""Build the Flask app: every route, its errors and its cross-origin rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Flask, Response, request
from werkzeug.exceptions import MethodNotAllowed

from core.engine.receive import DESCRIBED
from core.errors import NotFound
from core.ports.verdict import Kind
from webhooks.answers import answer_errors
from webhooks.api.routes import api_routes
from webhooks.callbacks import kinds as callback_kinds
from webhooks.console.routes import console_routes
from webhooks.metrics import Tally
from webhooks.operate import operate_routes
from webhooks.preferences.routes import preference_routes
from webhooks.services import Services
from webhooks.sources import kinds
from webhooks.sources.base import Door, Source
from webhooks.tag import tag_routes
from webhooks.verdicts import Recorder


def create_app(services: Services) -> Flask:
    """Build the app from its services; nothing is read from anywhere else."""
    app = Flask("cuewire", static_folder=None)
    tally = Tally(services.gauges)
    door = Door(services, tally)
    sources = {name: kind(door) for name, kind in kinds().items()}
    owners: dict[str, tuple[Kind, str]] = {}
    for kind, source in sources.items():
        for routes in source.routes():
            app.register_blueprint(routes)
            owners[routes.name] = "source", kind
    add_webhooks(app, door, sources)
    for callback in callback_kinds().values():
        for routes in callback(door).routes():
            app.register_blueprint(routes)
            owners[routes.name] = "callback", callback.name
    app.register_blueprint(api_routes(services))
    app.register_blueprint(operate_routes(services, tally))
    app.register_blueprint(console_routes(services))
    app.register_blueprint(preference_routes(services))
    app.register_blueprint(tag_routes())
    answer_errors(app, tally)
    Recorder(services, owners).install(app)
    app.after_request(allow_browsers(tuple(path for one in sources.values() for path in one.browser_paths)))
    return app


def add_webhooks(app: Flask, door: Door, sources: Mapping[str, Source]) -> None:
    """Add the route that serves each mapped source by what its file says it ``uses``."""

    def receive(name: str) -> Response:
        mapping = door.services.rules().sources.get(name)
        if mapping is None or mapping.uses not in sources:
            raise NotFound(
                f"There is no source {name!r} that takes webhooks.",
                hint=f"Add mappings/sources/{name}.yaml with `receive:`, or with `uses:` one of "
                f"{', '.join(kind for kind in sources if kind != DESCRIBED)}, or correct the address.",
            )
        source = sources[mapping.uses]
        if request.method not in source.methods:
            raise MethodNotAllowed(source.methods)
        return source.receive(name)

    methods = {method for source in sources.values() for method in source.methods}
    app.add_url_rule("/webhooks/<name>", "webhook", receive, methods=methods)


def allow_browsers(paths: tuple[str, ...]) -> Callable[[Response], Response]:
    """Let any page's SDK call the routes that are made for browsers, whose keys are no secret."""

    def allow(answer: Response) -> Response:
        if request.path.startswith(paths):
            headers = answer.headers
            headers["Access-Control-Allow-Origin"] = "*"
            headers["Access-Control-Expose-Headers"] = "Retry-After"
            if request.method == "OPTIONS":
                wanted = request.environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
                headers["Access-Control-Allow-Headers"] = wanted or "Authorization, Content-Type"
                headers["Access-Control-Allow-Methods"] = headers.get("Allow", "POST, OPTIONS")
                headers["Access-Control-Max-Age"] = "86400"
        return answer

    return allow
