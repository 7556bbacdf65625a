"""An instance whose every secret is set, and the proof with which each of its doors opens: only bodies are judged."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from embedded.crm import PUBLIC, SECRET, TOKEN, Crm
from embedded.mailing import SIGNATURE, TIMESTAMP, public
from twilio.request_validator import RequestValidator

from core.secret import Secret
from webhooks.sources import kinds

AUTH_TOKEN = "auth-token-of-tests"
BRAZE_TOKEN = "braze-token-of-tests"
ACCOUNT = "acme"
#: The door of Salesforce, whose path is the secret.
SOAP = f"/callbacks/salesforce/{TOKEN}"
FIXTURES = Path(__file__).parents[1] / "fixtures" / "sources"

#: Sources that a file alone describes, of which none is shipped; the last wants proof that no test can make.
DESCRIBED = {
    f"sources/{name}.yaml": (FIXTURES / name / "source.yaml").read_text() for name in ("webshop", "firehose")
} | {
    "sources/plain.yaml": """
source: plain
receive: {events: events, event: =item.name, timestamp: =item.at, user_id: =item.who}
identifiers: {user_id: =event.userId}
""",
    **{
        f"sources/{name}.yaml": f"source: {name}\nuses: segment\nreceive: {{envelope: {envelope}}}\nidentifiers: {{}}\n"
        for name, envelope in (("queue", "sns"), ("push", "pubsub"))
    },
}
WELCOME = "trigger: welcome\nstatus: live\nwhen: api\nlimits: {cooldown: 1h}\ndo:\n  - braze.track_event: {name: Hi}\n"
PROFILE = "segments:\n  seen: {count: {event: Seen, at_least: 1}}\n"

#: Tables that every request may write to: they hold nothing of what was sent.
OWN = frozenset({"keys", "counters", "daily", "arrivals", "alerts"})

Headers = dict[str, str]


class Place(Crm):
    """The instance."""

    def __init__(self, folder: Path) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.data = folder / "data"
        self.names = ("segment", "tealium", "mparticle", "mixpanel", "amplitude", "heap")
        settings = {
            "SEGMENT_WRITE_KEY": "secret-write_key",
            "TEALIUM_ACCOUNTS": ACCOUNT,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "SENDGRID_PUBLIC_KEY": public(self.key),
            "BRAZE_CALLBACK_TOKEN": BRAZE_TOKEN,
            "MPARTICLE_OPENDSR_DOMAINS": "processor.example.com",
            "QUEUE_TOPIC_ARN": "arn:aws:sns:eu-west-1:1:shop",
            "PUSH_TOKEN": "secret-token",
        }
        secrets = (
            "SHARED_SECRET",
            "TOKEN",
            "AUTHORIZATION",
            "KEY",
            "SECRET",
            "USER",
            "PASSWORD",
            "ACCESS_KEY",
        )
        for source in (*self.names, "webshop", "plain", "firehose"):
            settings |= {f"{source.upper()}_{name}": f"secret-{name.lower()}" for name in secrets}
        files = {**DESCRIBED, "triggers/welcome.yaml": WELCOME, "profile.yaml": PROFILE}
        super().__init__(folder, None, files, {f"CUEWIRE_{name}": text for name, text in settings.items()})

    def of_source(self, path: str, body: bytes) -> Headers:
        """Prove a request as its source does."""
        name = path.split("/")[2] if path.startswith("/webhooks/") else owner_of(path)
        mapping = self.runtime.pipeline.rules.sources[name]
        now = self.runtime.clock.now()
        return kinds()[mapping.uses].proof(path, body, secret_of, mapping=mapping, now=now)

    def of_hubspot(self, path: str, body: bytes) -> Headers:
        """Prove a request as HubSpot does."""
        return self.signed(body, path)

    def of_sendgrid(self, path: str, body: bytes) -> Headers:
        """Prove a request as SendGrid does."""
        at = str(self.runtime.clock.now() // 1_000)
        made = self.key.sign(at.encode() + body, ec.ECDSA(SHA256()))
        return {SIGNATURE: base64.b64encode(made).decode(), TIMESTAMP: at}

    def of_twilio(self, path: str, body: bytes) -> Headers:
        """Prove a request as Twilio does, as far as its body is a form."""
        pairs = dict(parse_qsl(body.decode("latin-1"), keep_blank_values=True))
        made = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC + path, pairs)
        return {"X-Twilio-Signature": made, "Content-Type": "application/x-www-form-urlencoded"}

    def of_braze(self, path: str, body: bytes) -> Headers:
        """Prove a request as Braze does."""
        return {"Authorization": f"Bearer {BRAZE_TOKEN}"}

    def of_operator(self, path: str, body: bytes) -> Headers:
        """Prove a request by the API key."""
        return {"Authorization": f"Bearer {SECRET}"}

    def rows(self) -> Mapping[str, int]:
        """Count the rows of every table that may hold what was sent."""
        (file,) = self.data.glob("*.db")
        with closing(sqlite3.connect(file)) as store:
            names = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            counts = (
                (name, store.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])
                for name in names
                if name not in OWN
            )
            return {name: count for name, count in counts if count}


def owner_of(path: str) -> str:
    """Name the source whose own route this is."""
    if path.startswith("/v1/"):
        return "segment"
    return "mparticle" if path.startswith("/v2/") else "tealium"


def secret_of(name: str) -> Secret:
    """Give a source's secret as it was set."""
    return Secret(ACCOUNT if name == "accounts" else f"secret-{name}")


Proof = Callable[[Place, str, bytes], Headers]

SINGLE = [f"/v1/{name}" for name in ("track", "identify", "page", "screen", "group", "alias", *"tipsga")]
BATCH = ["/v1/batch", "/v1/b", "/v1/import"]
PUSH = "/webhooks/push?token=secret-token"
COLLECT = ["/event", "/v3/collect/event"]
COLLECT_BULK = ["/bulk-event", "/v3/collect/bulk-event"]
API = [
    *("/api/trigger", "/api/consent", "/api/segments/preview", "/api/rehearse", "/api/audit", "/api/stop"),
    *("/api/deliveries/redrive", "/api/codes", "/api/keys", "/api/privacy-requests/none/close"),
]

#: Every door through which JSON comes, with what proves who brings it.
DOORS: dict[str, Proof] = {
    **dict.fromkeys([*SINGLE, *BATCH, *COLLECT, *COLLECT_BULK], Place.of_source),
    **dict.fromkeys(["/v2/events", "/v2/bulkevents", "/v2/bulkevents/historical"], Place.of_source),
    **dict.fromkeys(
        [
            f"/webhooks/{name}"
            for name in (
                "segment",
                "tealium",
                "mparticle",
                "mparticle/firehose",
                "mixpanel",
                "amplitude",
                "heap",
            )
        ],
        Place.of_source,
    ),
    **dict.fromkeys([f"/webhooks/{name}" for name in ("webshop", "plain", "firehose")], Place.of_source),
    **dict.fromkeys(["/webhooks/queue", PUSH, "/webhooks/mparticle/opendsr"], Place.of_braze),
    **dict.fromkeys(["/callbacks/hubspot", "/callbacks/hubspot/action"], Place.of_hubspot),
    SOAP: Place.of_braze,
    "/callbacks/sendgrid": Place.of_sendgrid,
    "/callbacks/braze": Place.of_braze,
    **dict.fromkeys(API, Place.of_operator),
}

#: Every door through which a form comes.
FORMS: dict[str, Proof] = {
    "/callbacks/twilio/status?delivery=": Place.of_twilio,
    "/callbacks/twilio/inbound": Place.of_braze,
    "/console/signin": Place.of_braze,
    "/u/x.y": Place.of_braze,
    "/preferences/x.y": Place.of_braze,
}
