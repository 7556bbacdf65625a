"""The server's modes, from an event to what the fake vendors got: no real recipient hears of anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors import catalogue
from core.dispatch.redirect import KIND_OF_CHANNEL, NO_DATA, Redirect, Redirected
from core.ports import Delivered, DeliveryRow, Destination, Filter, Outcome, RawEvent, Rejected
from cuewire.clock import SystemClock
from cuewire.sandbox import Sandbox
from cuewire.settings import Settings
from cuewire.wiring import Runtime

SECRET = "k" * 40
PERSON, TESTER = "+14155550199", "+14155550101"
RECIPIENTS = {"phone": (TESTER, "+14155550102"), "email": ("qa@example.com",)}

WELCOME = """
trigger: welcome
status: live
when: {event: Signed Up}
do:
  - send: hello
  - braze.track_event: {external_id: =profile.id, name: Welcomed}
"""

HELLO = """
message: hello
purpose: transactional
valid_for: 1h
channels:
  sms: {via: twilio.send_message, body: Hello}
"""

PROFILE = "segments: {welcomed: {count: {event: Signed Up, at_least: 1, within: 7d}}}"
TOLD = """
destination: segment_out
tell: {segments: all, decisions: all}
actions:
  identify: {fields: {user_id: =profile.id}}
  track: {fields: {user_id: =profile.id}}
"""
FILES = {
    "triggers/welcome": WELCOME,
    "messages/hello": HELLO,
    "profile": PROFILE,
    "destinations/segment_out": TOLD,
}


@contextmanager
def running(folder: Path, mode: str) -> Iterator[tuple[Runtime, Sandbox]]:
    """Run everything in one process, on mappings of a message, a data action and what Segment is told."""
    for name, text in FILES.items():
        path = folder / "mappings" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with Sandbox() as fakes:
        environment = {
            "CUEWIRE_API_KEY": SECRET,
            "CUEWIRE_SECRET_KEY": SECRET,
            "CUEWIRE_TWILIO_FROM": "+15005550006",
            "CUEWIRE_MODE": mode,
            "CUEWIRE_TEST_RECIPIENTS": f"{TESTER}, qa@example.com",
            **fakes.settings.as_environment(fakes.url),
        }
        settings = Settings.read(environment)
        runtime = Runtime(settings, folder / "mappings", folder / "data", SystemClock())
        runtime.start()
        try:
            yield runtime, fakes
        finally:
            runtime.stop()


def sign_up(runtime: Runtime) -> None:
    """Let one person sign up."""
    call = {
        "type": "track",
        "event": "Signed Up",
        "userId": "u1",
        "messageId": "m1",
        "context": {"traits": {"phone": PERSON}},
    }
    now = runtime.clock.now()
    assert runtime.pipeline.accept("segment", [RawEvent(msgspec.json.encode(call), call)], now) == ["applied"]


def deliveries(runtime: Runtime) -> dict[str, Any]:
    """Give the deliveries by the name of their destination."""
    return {row.destination: row for row in runtime.store.read.deliveries(Filter()).rows}


def test_in_redirect_mode_only_a_test_recipient_hears_of_it(
    tmp_path: Path, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    """The message goes to the test recipient, the data action is suppressed, and both say so."""
    with running(tmp_path, "redirect") as (runtime, fakes):
        sign_up(runtime)
        wait_until(
            lambda: {row.status for row in deliveries(runtime).values()} == {"delivered", "suppressed"}
        )
        found = deliveries(runtime)
        assert found["twilio"].reason.startswith("redirected to a test recipient")
        assert (found["braze"].status, found["braze"].reason) == ("suppressed", NO_DATA)
        assert found["segment_out"].reason == NO_DATA
        (sent,) = fakes.state.ledger.since(0)
        assert sent["body"]["To"] == TESTER
        assert PERSON not in str(sent)
        assert runtime.app.test_client().get("/readyz").json == {
            "status": "ready",
            "mode": "redirect",
            "sends": "on",
        }


def test_in_shadow_mode_triggers_decide_and_nothing_is_sent(tmp_path: Path) -> None:
    """A live trigger's decision is a shadow one and leaves no delivery."""
    with running(tmp_path, "shadow") as (runtime, fakes):
        sign_up(runtime)
        (decision,) = runtime.store.read.decisions(Filter()).rows
        assert (decision.outcome, decision.shadow) == ("fired", True)
        assert deliveries(runtime) == {}
        assert fakes.state.ledger.since(0) == []
        assert runtime.app.test_client().get("/readyz").json == {
            "status": "ready",
            "mode": "shadow",
            "sends": "on",
        }


class Recorder:
    """A destination that notes what it is handed."""

    def __init__(self, inner: Any) -> None:
        self.name, self.spec = inner.name, inner
        self.sent: list[DeliveryRow] = []

    def missing_settings(self) -> list[str]:
        """Name nothing."""
        return []

    def send(self, action: str, batch: Any) -> list[Outcome]:
        """Take everything."""
        self.sent += batch
        return [Delivered("ok") for _ in batch]


ACTIONS = [(spec, action) for spec in catalogue().values() for action in spec.actions.values()]


@pytest.mark.parametrize(("spec", "action"), ACTIONS, ids=lambda one: one.name)
def test_no_action_of_any_destination_reaches_the_person(spec: Any, action: Any) -> None:
    """With every field naming the person, either nothing leaves or only the test recipient is named."""
    named = [field.name for field in action.fields] + ["to", "cc", "bcc"]
    row = DeliveryRow(
        id="x",
        decision_id="d",
        trigger="t",
        step=0,
        destination=spec.name,
        action=action.name,
        fields={name: PERSON if name in ("to", "cc", "bcc") else "text" for name in named},
        profile_id="p",
        status="sending",
        due_at=0,
        created_at=0,
        channel=action.channel,
    )
    recorder = Recorder(spec)
    destination: Destination = Redirected(recorder, Redirect(RECIPIENTS))
    (outcome,) = destination.send(action.name, [row])
    if not action.channel:
        assert isinstance(outcome, Rejected)
    assert PERSON not in str(recorder.sent)
    assert (recorder.sent == []) == isinstance(outcome, Rejected)


@pytest.mark.parametrize("spec", catalogue().values(), ids=lambda one: one.name)
def test_an_action_on_a_known_channel_is_addressed_by_one_field_or_does_not_know_it(spec: Any) -> None:
    """A message that could name its person otherwise would slip through; one without ``to`` is always refused."""
    for action in spec.actions.values():
        required = {field.name: field.required for field in action.fields}
        if action.channel in KIND_OF_CHANNEL:
            assert required.get("to", not action.open_fields), action.name


def row_on(channel: str, **fields: str) -> DeliveryRow:
    """Make a delivery by a channel."""
    head = {"id": "x", "decision_id": "d", "trigger": "t", "step": 0, "destination": "v", "action": "send"}
    return DeliveryRow(
        **head, fields=dict(fields), profile_id="p", status="s", due_at=0, created_at=0, channel=channel
    )


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (row_on("", to=PERSON), "data actions"),
        (row_on("push", to=PERSON), "nobody for push"),
        (row_on("email", external_id="u1"), "by more than an address"),
        (row_on("sms", to=PERSON), ""),
        (row_on("email", to="a@example.com", cc="b@example.com"), ""),
    ],
)
def test_what_cannot_be_redirected_says_why(row: DeliveryRow, why: str) -> None:
    """The first recipient of the channel's kind gets it; without one, or without an address, nobody does."""
    redirect = Redirect(RECIPIENTS)
    assert why in redirect.refusal(row)
    assert bool(redirect.refusal(row)) == bool(why)
    if not why:
        sent = redirect.redirected(row).fields
        assert sent == {"to": RECIPIENTS["phone" if row.channel == "sms" else "email"][0]}


def test_what_the_vendor_answers_otherwise_stays_as_it_is() -> None:
    """Only what was delivered is marked; a refusal or a lost answer keeps its own reason."""

    class Refusing(Recorder):
        """Refuses everything."""

        def send(self, action: str, batch: Any) -> list[Outcome]:
            """Refuse."""
            return [Rejected("no such number") for _ in batch]

    destination = Redirected(Refusing(catalogue()["twilio"]), Redirect(RECIPIENTS))
    assert destination.missing_settings() == []
    assert destination.send("send_message", [row_on("sms", to=PERSON)]) == [Rejected("no such number")]
