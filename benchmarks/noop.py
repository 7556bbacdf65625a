"""A Flask app that reads the body and stores nothing, in the same server with the same threads as Cuewire."""

from __future__ import annotations

import sys

from flask import Flask, Response, jsonify, request
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from cuewire.serve import ARRIVING, WAITERS
from webhooks.gateway import Gateway


def app() -> Flask:
    """Build the app; it answers what Cuewire answers."""
    made = Flask(__name__)

    @made.post("/v1/track")
    @made.post("/v1/batch")
    def accept() -> Response:
        request.get_data()
        return jsonify(success=True)

    @made.get("/readyz")
    def ready() -> Response:
        return jsonify(status="ready")

    return made


def main(port: int) -> None:
    """Serve until stopped."""
    server = Granian(
        "noop",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGINL,
        workers=1,
        backpressure=ARRIVING,
        websockets=False,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=lambda *_: Gateway(app(), threads=WAITERS).call, wrap_loader=False)


if __name__ == "__main__":
    main(int(sys.argv[1]))
