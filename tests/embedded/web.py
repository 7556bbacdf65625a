"""The API over a world's own store: what a test reads and tries by HTTP is what the engine left there."""

from __future__ import annotations

from typing import Any

from edge.doubles import API_KEY, BEARER, PUBLIC_URL, MemorySettle
from embedded.world import World
from flask.testing import FlaskClient

from core.secret import Secret
from cuewire.trying import compile_files
from webhooks.app import create_app
from webhooks.services import Services


class Web:
    """A client of the API that has the key."""

    def __init__(self, world: World) -> None:
        store, pipeline = world.store, world.pipeline
        services = Services(
            clock=world.clock,
            intake=pipeline,
            reader=store.read,
            triggers=pipeline,
            settle=MemorySettle(),
            rules=lambda: pipeline.rules,
            api_keys=Secret(API_KEY),
            secrets=lambda instance, name: Secret(""),
            public_url=PUBLIC_URL,
            gauges=dict,
            readiness=list,
            compile=compile_files,
            to_fill=lambda: store.read.count_unfilled(pipeline.rules.measures),
        )
        self.client: FlaskClient = create_app(services).test_client()

    def get(self, path: str, code: int = 200) -> Any:
        """Read a route of the API."""
        answer = self.client.get(f"/api/{path}", headers=BEARER)
        assert answer.status_code == code, answer.text
        return answer.json

    def post(self, path: str, body: Any, code: int = 200) -> Any:
        """Send a body to a route of the API."""
        answer = self.client.post(f"/api/{path}", json=body, headers=BEARER)
        assert answer.status_code == code, answer.text
        return answer.json
