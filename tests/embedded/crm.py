"""A running server that CRMs call back: everything in one process, with fake vendors."""

from __future__ import annotations

import base64
import hashlib
import hmac
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.engine import decode
from core.engine.profile import Profile
from core.ports import EventRow, Filter, RawEvent
from cuewire.check import PRESETS
from cuewire.clock import SystemClock
from cuewire.sandbox import Sandbox
from cuewire.settings import Settings
from cuewire.wiring import Runtime

SECRET = "k" * 40
PUBLIC = "https://cuewire.example.com/in"
CLIENT_SECRET = "app-secret-of-tests"
TOKEN, ORG = "token-of-tests", "00D7F00000107XsUAI"
NO_SETTINGS: Mapping[str, str] = {}


class Crm:
    """One server; ``files`` are written over the shipped callbacks, ``more`` are further settings."""

    def __init__(
        self,
        folder: Path,
        fakes: Sandbox | None,
        files: Mapping[str, str],
        more: Mapping[str, str] = NO_SETTINGS,
    ) -> None:
        mappings = folder / "mappings"
        shutil.copytree(PRESETS / "callbacks", mappings / "callbacks", dirs_exist_ok=True)
        for name, text in files.items():
            path = mappings / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        environment = {
            **(fakes.settings.as_environment(fakes.url) if fakes else {}),
            "CUEWIRE_API_KEY": SECRET,
            "CUEWIRE_SECRET_KEY": SECRET,
            "CUEWIRE_PUBLIC_URL": PUBLIC,
            "CUEWIRE_HUBSPOT_CLIENT_SECRET": CLIENT_SECRET,
            "CUEWIRE_SALESFORCE_CALLBACK_TOKEN": f"old-token,{TOKEN}",
            "CUEWIRE_SALESFORCE_ORG_ID": ORG,
            **more,
        }
        environment.pop("CUEWIRE_HUBSPOT_CLIENT_ID", None)
        environment.pop("CUEWIRE_HUBSPOT_REFRESH_TOKEN", None)
        self.runtime = Runtime(Settings.read(environment), mappings, folder / "data", SystemClock())
        self.client: FlaskClient = self.runtime.app.test_client()
        self.count = 0

    def hubspot(self, body: Any, path: str = "/callbacks/hubspot") -> TestResponse:
        """Send what HubSpot sends, signed by the third version."""
        raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
        headers = self.signed(raw, path)
        return self.client.post(path, data=raw, headers=headers, content_type="application/json")

    def signed(self, raw: bytes, path: str) -> dict[str, str]:
        """Sign as HubSpot does, by the third version and the first."""
        at = str(self.runtime.clock.now())
        message = b"POST" + (PUBLIC + path).encode() + raw + at.encode()
        made = hmac.digest(CLIENT_SECRET.encode(), message, "sha256")
        return {
            "X-HubSpot-Signature-v3": base64.b64encode(made).decode(),
            "X-HubSpot-Request-Timestamp": at,
            "X-HubSpot-Signature": hashlib.sha256(CLIENT_SECRET.encode() + raw).hexdigest(),
            "X-HubSpot-Signature-Version": "v1",
        }

    def salesforce(self, body: bytes, token: str = TOKEN) -> TestResponse:
        """Send an outbound message."""
        path = f"/callbacks/salesforce/{quote(token, safe='')}"
        return self.client.post(path, data=body, content_type="text/xml; charset=utf-8")

    def tell(self, name: str = "", kind: str = "track", **more: Any) -> str:
        """Let an event of a person come in, and give its status."""
        self.count += 1
        call = {"type": kind, "event": name, "userId": "u1", "messageId": f"m{self.count}", **more}
        item = RawEvent(msgspec.json.encode(call), call)
        return self.runtime.pipeline.accept("segment", [item], self.runtime.clock.now())[0]

    def events(self, status: str = "", source: str = "") -> list[EventRow]:
        """List events in the order in which they came."""
        rows = self.runtime.store.read.events(Filter(status=status, limit=500)).rows
        return [row for row in rows if source in ("", row.source)][::-1]

    def person(self, namespace: str, value: str) -> Profile | None:
        """Give who has an identifier."""
        owner = self.runtime.store.read.owner(namespace, value)
        state = self.runtime.store.read.profile(owner) if owner else None
        return decode(state) if state else None
