"""Every parser of what strangers send, under atheris: it may refuse, and must never fail, hang or eat memory.

``python tests/fuzz/parsers.py envelope -max_total_time=60``; without a name it lists them, and ``all`` is each of them
on the same bytes.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import atheris
import structlog

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

# The edge alone: what it lets through, the engine's own tests judge.
with atheris.instrument_imports(include=["webhooks"]):
    from edge.bad_bodies import BATCHES, CALL_DOCUMENTS, DOCUMENTS, VENDOR

    from core.engine.instant import parse_time
    from core.engine.mapping import map_event
    from core.errors import SenderError
    from core.secret import Secret
    from cuewire.wiring import PRESETS, load_mappings
    from webhooks.callbacks.braze.notice import read_item
    from webhooks.callbacks.hubspot.notice import read_subscription, read_workflow
    from webhooks.callbacks.salesforce.soap import read_message
    from webhooks.callbacks.sendgrid.notice import read_event as read_mail
    from webhooks.callbacks.sendgrid.signature import read_key
    from webhooks.payload import read_array, read_envelope, read_object, read_with_items
    from webhooks.preferences.link import PersonLinks
    from webhooks.receiver import inflate
    from webhooks.signatures import basic_pair, basic_user, bearer_token, strict_base64
    from webhooks.slices import first_item
    from webhooks.sources import kinds
    from webhooks.sources.custom.documents import documents, groups
    from webhooks.sources.custom.envelopes.pubsub import wrapped
    from webhooks.sources.custom.envelopes.sns import envelope_of, string_to_sign, urlsplit_safely
    from webhooks.sources.form import FORM, as_json, fields_of
    from webhooks.sources.segment.tracking import Shared

LIMIT = 500 * 1024
#: How long one input may take, in seconds of this process; instrumented code is several times slower.
SLOW = 2.0
NOW = 1_767_323_045_000

loaded = load_mappings(PRESETS)
assert loaded.rules is not None
RULES = loaded.rules
SOURCES = [one for one in RULES.sources.values() if one.uses in kinds()]
LINKS = PersonLinks(Secret("k" * 40), "https://cuewire.example.com")
Target = Callable[[bytes], object]


def mapped(name: str, call: Any) -> None:
    """Map a call as the pipeline does."""
    source = RULES.sources[name]
    map_event(call, source, RULES.identity, seq=0, received_at=NOW, raw_id="r")


def envelope(data: bytes) -> None:
    """Read a batch of the tracking API, and each of its items alone."""
    whole, items = read_envelope(data)
    shared = Shared(whole)
    for item in items:
        refusing(lambda item=item: mapped("segment", shared.call(read_object(item))))  # type: ignore[misc]


def webhook(data: bytes) -> None:
    """Read what each kind of source may be forwarded."""
    body = read_object(data)
    for source in SOURCES:
        refusing(lambda source=source: read_as(source, body))  # type: ignore[misc]


def read_as(source: Any, body: Any) -> None:
    """Read a body as one source does, and map what it gives."""
    for call in kinds()[source.uses].read(body, source):
        mapped(source.name, call)


def notices(data: bytes) -> None:
    """Read a vendor's notification."""
    body = read_object(data)
    for read in (read_subscription, read_workflow, read_mail, read_item):
        refusing(lambda read=read: read(body))  # type: ignore[misc]


def messages(data: bytes) -> None:
    """Read the envelopes of queues."""
    refusing(lambda: wrapped(data))
    message = read_object(data)
    # What comes before these asks for it.
    if message.get("Type") in ("Notification", "SubscriptionConfirmation"):
        refusing(lambda: (string_to_sign(message), envelope_of(message)))


def texts(data: bytes) -> None:
    """Read headers, keys, tokens, addresses and times."""
    text = data.decode("latin-1")
    for read in (basic_pair, basic_user, bearer_token, strict_base64, read_key, parse_time, urlsplit_safely):
        refusing(lambda read=read: read(text))  # type: ignore[misc]
    LINKS.read(text, "unsubscribe_url")
    refusing(lambda: fields_of(data.decode("utf-8", "replace")))


def lists(data: bytes) -> None:
    """Split documents and lists by their brackets."""
    for document in documents(data):
        refusing(lambda document=document: groups(document, [("a",), ("a", "b")]))  # type: ignore[misc]
    refusing(lambda: read_array(data))
    refusing(lambda: read_with_items(data, "events"))
    first_item(data, LIMIT)


def refusing(read: Callable[[], object]) -> None:
    """Let a refusal pass: it is an answer."""
    try:
        read()
    except SenderError:
        return


TARGETS: dict[str, Target] = {
    "object": read_object,
    "envelope": envelope,
    "webhook": webhook,
    "notices": notices,
    "messages": messages,
    "texts": texts,
    "lists": lists,
    "gzip": lambda data: inflate(data, LIMIT),
    "form": lambda data: as_json(data, FORM),
    "soap": read_message,
}
PARSERS = tuple(TARGETS)


def every(data: bytes) -> None:
    """Read the same bytes as everything that they may be."""
    for name in PARSERS:
        refusing(lambda name=name: TARGETS[name](data))  # type: ignore[misc]


TARGETS["all"] = every


def seeds() -> Iterator[bytes]:
    """Give what to begin with: bodies by hand and the fixtures of all sources."""
    yield from (one for one in (*DOCUMENTS, *CALL_DOCUMENTS, *BATCHES, *VENDOR) if len(one) < 4_096)
    fixtures = [one for name in ("sources", "callbacks") for one in (TESTS / "fixtures" / name).rglob("*")]
    yield from (path.read_bytes() for path in fixtures if path.is_file() and path.stat().st_size < 8_192)


def main() -> None:
    """Fuzz the parser that is named, from all the seeds."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"name one of: {', '.join(TARGETS)}")
    target = TARGETS[sys.argv.pop(1)]

    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())

    def judge(data: bytes) -> None:
        begun = time.thread_time()
        refusing(lambda: target(data))
        taken = time.thread_time() - begun
        assert taken < SLOW, f"it took {taken:.1f} s"

    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds()):
            (Path(corpus) / str(number)).write_bytes(seed)
        atheris.Setup(
            [*sys.argv, "-max_len=4096", "-rss_limit_mb=1024", f"-artifact_prefix={corpus}/", corpus], judge
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
