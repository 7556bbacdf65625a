"""Pools of codes: how full they are, and more for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from core.engine.instant import parse_time
from core.errors import BadRequest
from core.pipeline.pools import Dated
from webhooks.answers import json_answer
from webhooks.api.query import read_args
from webhooks.api.trigger import check_fields
from webhooks.payload import read_object
from webhooks.receiver import read_body
from webhooks.services import Services

FIELDS = ("pool", "codes", "expires_at")


class CodesApi:
    """Shows pools and loads them."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def codes(self) -> Response:
        """List the pools; a code itself is never shown."""
        read_args(())
        rows = self.services.reader.code_pools(self.services.clock.now())
        return json_answer({"pools": rows})

    def load_codes(self) -> Response:
        """Add codes to a pool."""
        body = read_object(read_body(request.environ, self.services.limits.array))
        check_fields(body, FIELDS)
        pool, codes = body.get("pool"), read_codes(body)
        if not isinstance(pool, str):
            raise BadRequest("must be the name of a pool", field="pool", hint="send pool and codes")
        added = self.services.codes.load(pool, codes)
        return json_answer({"pool": pool, "added": added, "known": len(codes) - added}, 201)


def read_codes(body: Mapping[str, Any]) -> list[Dated]:
    """Read the codes, all with the same expiry."""
    codes, expires = body.get("codes"), body.get("expires_at")
    if not isinstance(codes, list) or not all(isinstance(one, str) for one in codes):
        raise BadRequest("must be a list of texts", field="codes", hint='such as ["SPRING-1", "SPRING-2"]')
    expires_at = parse_time(expires) if expires is not None else None
    if expires is not None and expires_at is None:
        raise BadRequest("must be a time", field="expires_at", hint="such as 2026-12-31T23:59:59Z")
    return [(one, expires_at) for one in codes]
