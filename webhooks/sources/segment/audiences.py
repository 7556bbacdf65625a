"""What Segment's Webhook Audiences asks before it sends people: an audience's id with us."""

from __future__ import annotations

from flask import Blueprint, Response, request

from core.errors import BadRequest, NotFound
from webhooks.answers import json_answer
from webhooks.payload import read_object
from webhooks.receiver import read_body
from webhooks.sources.base import Door
from webhooks.sources.loose import text_of


class Audiences:
    """Answer what an audience is called here; nothing is kept, so nobody needs to prove anything."""

    def __init__(self, door: Door) -> None:
        self.door = door

    def routes(self) -> Blueprint:
        """Give the one route, for the call that creates and the call that asks."""
        routes = Blueprint("segment_audiences", __name__, url_prefix="/webhooks")
        routes.add_url_rule("/<name>/audiences", "audiences", self.receive, methods=["POST"])
        return routes

    def receive(self, name: str) -> Response:
        """Give an audience its id: Segment's own name of it."""
        if name not in self.door.sources("segment"):
            raise NotFound(f"There is no Segment source {name!r}.", hint="Name it in mappings/sources/.")
        body = read_object(read_body(request.environ, self.door.limits.callback))
        found = text_of(body.get("externalId")) or text_of(body.get("audienceName"))
        if not found:
            raise BadRequest(
                "Neither audienceName nor externalId is here.",
                field="audienceName",
                hint="Only Segment's Webhook Audiences calls this address.",
            )
        return json_answer({"externalId": found})
