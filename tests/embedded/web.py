"""The API over a world's own store: what a test reads and tries by HTTP is what the engine left there."""

from __future__ import annotations

from typing import Any

from edge.doubles import API_KEY, BEARER, PUBLIC_URL, MemorySettle
from embedded.world import World
from flask.testing import FlaskClient

from connectors import build, catalogue
from core.dispatch import Dispatcher, Redrive
from core.engine.governance import Permit
from core.pipeline.consenting import Consents
from core.pipeline.keyring import KeyRing
from core.pipeline.pools import CodePools
from core.runners.control import Control
from core.secret import Secret
from cuewire.trying import compile_files
from webhooks.app import create_app
from webhooks.services import Services


class Web:
    """A client of the API that has the key."""

    def __init__(self, world: World) -> None:
        store, pipeline = world.store, world.pipeline
        self.woken = 0
        self.control = Control(store, pipeline, world.clock, self.wake)
        braze = build("braze", "braze", {}, public_url=PUBLIC_URL)
        self.dispatcher = Dispatcher(store, {"braze": braze}, world.clock, lambda *_: Permit())
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
            consents=Consents(pipeline),
            codes=CodePools(store, world.clock),
            keys=KeyRing(store, world.clock),
            to_fill=lambda: store.read.count_unfilled(pipeline.rules.measures),
            control=self.control,
            redrive=Redrive(store, world.clock, catalogue, self.wake),
            destinations=lambda: self.dispatcher.metrics()["destinations"],
        )
        self.client: FlaskClient = create_app(services).test_client()

    def wake(self) -> None:
        """Count how often the lanes are told to look again."""
        self.woken += 1

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

    def delete(self, path: str, code: int = 200) -> Any:
        """Delete by a route of the API."""
        answer = self.client.delete(f"/api/{path}", headers=BEARER)
        assert answer.status_code == code, answer.text
        return answer.json
