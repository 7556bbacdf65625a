"""What Twilio tells a running server: how messages fare, and what people answer."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from embedded.crm import PUBLIC
from embedded.mailing import FILES, Mailing
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from core.ports import Attempt, DeliveryRow, Filter, Status, Transaction

SAMPLES = Path(__file__).parents[3] / "shared/samples/inbound/twilio"
PHONE, OURS = "+4915112345678", "+15005550006"
TOKEN = "token-of-twilio"
TEXT = """
trigger: texted
status: live
when: {event: Texted}
limits: {cap: {times: 100, per: 1d}}
do: [{twilio.send_message: {purpose: transactional, body: Hello}}]
"""
ANSWERED = """
trigger: answered
status: live
when: {event: [Message Answered, Messages Stopped, Message Delivered, Message Failed], key: =event.messageId}
limits: {cap: {times: 100, per: 1d}}
do: [{braze.track_event: {external_id: =profile.id, name: Answered}}]
"""
ANSWERS = {"stop": "You will get no more messages.", "start": "Welcome back.", "help": "Call <us> & ask."}


class Texting(Mailing):
    """One server that texts, with the shipped file of Twilio's callbacks unless another is given."""

    def __init__(self, folder: Path, **files: str) -> None:
        given = {f"callbacks/{name}.yaml": text for name, text in files.items()}
        more = {
            "CUEWIRE_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "CUEWIRE_TWILIO_AUTH_TOKEN": TOKEN,
            "CUEWIRE_TWILIO_FROM": OURS,
        }
        files_of = {**FILES, "triggers/texted.yaml": TEXT, "triggers/answered.yaml": ANSWERED, **given}
        super().__init__(folder, more=more, files=files_of)

    def call(self, path: str, params: dict[str, str]) -> TestResponse:
        """Call as Twilio does, signed."""
        signature = RequestValidator(TOKEN).compute_signature(PUBLIC + path, params)
        return self.client.post(
            path,
            data=urlencode(params),
            headers={"X-Twilio-Signature": signature},
            content_type="application/x-www-form-urlencoded",
        )

    def tells(self, row: DeliveryRow, status: str, **more: str) -> TestResponse:
        """Tell how a message fares."""
        params = {"MessageSid": "SM1", "MessageStatus": status, "From": OURS, "To": PHONE, **more}
        return self.call(f"/callbacks/twilio/status?delivery={row.id}", params)

    def answers(self, body: str, sid: str = "SM9", **more: str) -> TestResponse:
        """Answer by SMS."""
        params = {"MessageSid": sid, "SmsStatus": "received", "From": PHONE, "To": OURS, "Body": body, **more}
        return self.call("/callbacks/twilio/inbound", params)

    def texted(self) -> DeliveryRow:
        """Let a message be made, and be taken by Twilio."""
        self.tell("Texted", context={"traits": {"phone": PHONE}})
        row: DeliveryRow = next(one for one in self.deliveries() if one.destination == "twilio")

        def take(tx: Transaction) -> None:
            row.status, row.reference = Status.DELIVERED, "SM1"
            row.attempts = [Attempt(1, row.created_at, row.created_at + 5, "delivered", "accepted")]
            tx.deliveries.save(row)

        self.runtime.store.write(take)
        return row

    def fate(self, row: DeliveryRow) -> tuple[str, str]:
        """Tell how a delivery stands."""
        (found,) = [one for one in self.deliveries() if one.id == row.id]
        return found.status, found.reason

    def names(self) -> list[str]:
        """Name the events that took effect, in order."""
        return [row.event for row in self.events("applied", "twilio") if row.type == "track"]

    def fired(self) -> int:
        """Count what the events set off."""
        return len(self.runtime.store.read.decisions(Filter(trigger="answered", status="fired")).rows)


@pytest.fixture
def texting(tmp_path: Path) -> Iterator[Texting]:
    """Give a server whose background is not needed."""
    made = Texting(tmp_path)
    yield made
    made.runtime.store.close()


def test_in_whatever_order_statuses_come_the_delivery_ends_by_the_final_one(texting: Texting) -> None:
    """Each of them twice; each is one event, and starts a trigger once."""
    row = texting.texted()
    for order in itertools.permutations(("sent", "delivered", "queued", "read")):
        for status in order:
            assert texting.tells(row, status).status_code == 200
            assert texting.tells(row, status).status_code == 200
    assert texting.fate(row) in (("delivered", "delivered"), ("delivered", "read"))
    assert sorted(texting.names()) == ["Message Delivered", "Message Read"]
    assert texting.fired() == 1
    assert texting.tells(row, "failed", ErrorCode="30003").status_code == 200
    assert texting.fate(row)[0] == "delivered"
    (event,) = texting.runtime.store.read.past(row.profile_id, ["Message Delivered"], 10)
    told = json.loads(event.call)["context"]["delivery"]
    assert (told["id"], told["trigger"], event.identifiers) == (row.id, "texted", {"phone": [PHONE]})


def test_a_failure_rejects_the_delivery_and_is_an_event_with_twilios_code(texting: Texting) -> None:
    """A late word of its way changes nothing any more."""
    row = texting.texted()
    for status in ("undelivered", "sent", "undelivered"):
        texting.tells(row, status, **({"ErrorCode": "30003"} if status == "undelivered" else {}))
    assert texting.fate(row) == ("rejected", "undelivered (error 30003)")
    assert texting.names() == ["Message Failed"]
    assert texting.fired() == 1
    requests = texting.runtime.journal.requests(name="twilio", limit=3)
    assert [one.verdict for one in requests] == ["duplicate", "duplicate", "accepted"]


@pytest.mark.parametrize("word", ["STOP", "Abmelden!", "annulla"])
def test_a_stop_holds_with_its_answer_for_everyone_with_the_number_and_can_start_a_trigger(
    texting: Texting, word: str
) -> None:
    """Also for those whose number stayed another's; a repeat is no second event."""
    for user in ("u1", "u2"):
        texting.tell("Seen", userId=user, context={"traits": {"phone": PHONE}})
    for _ in range(2):
        answer = texting.answers(word)
        assert (answer.status_code, answer.mimetype) == (200, "text/xml")
        assert answer.text.endswith("<Response></Response>")
    for user in ("u1", "u2"):
        assert texting.consent("user_id", user) == {"marketing/sms": False, "transactional/sms": False}
    assert texting.names() == ["Messages Stopped"]
    assert texting.fired() == 1


def test_start_help_and_any_other_answer_are_events_too(texting: Texting) -> None:
    """A word inside a sentence withdraws nothing, a yes grants only what was refused; Twilio's reading is believed."""
    texting.tell("Seen", context={"traits": {"phone": PHONE}})
    told = {"please stop": "", "Oui": "", "Stopp": "", "Ja": "", "Hilfe": "", "Nein danke": "STOP"}
    expected = [None, None, False, True, True, False]
    for number, (body, vendor) in enumerate(told.items()):
        texting.answers(body, f"SM{number}", **({"OptOutType": vendor} if vendor else {}))
        assert texting.consent("user_id", "u1").get("marketing/sms") is expected[number]
    assert texting.names() == [
        *("Message Answered", "Messages Resumed", "Messages Stopped"),
        *("Messages Resumed", "Help Asked", "Messages Stopped"),
    ]


def test_the_file_answers_where_twilio_does_not(tmp_path: Path) -> None:
    """Its English words by SMS, and all with Advanced Opt-Out, Twilio answers itself; nobody hears two."""
    lines = "\n".join(f"  {word}: {text!r}" for word, text in ANSWERS.items())
    texting = Texting(tmp_path, twilio=f"callback: twilio\nevents: {{}}\nanswers:\n{lines}\n")
    heard: Any = {
        ("STOP", ""): "",
        ("Abmelden", ""): "You will get no more messages.",
        ("Abmelden", "STOP"): "",
        ("Oui", ""): "Welcome back.",
        ("Hilfe", ""): "Call &lt;us&gt; &amp; ask.",
        ("Hello", ""): "",
    }
    for number, ((body, vendor), text) in enumerate(heard.items()):
        answer = texting.answers(body, f"SM{number}", **({"OptOutType": vendor} if vendor else {}))
        assert answer.text.partition("<Response>")[2] == (
            f"<Message>{text}</Message></Response>" if text else "</Response>"
        )
    by_whatsapp = texting.answers("STOP", "SM99", From=f"whatsapp:{PHONE}", To=f"whatsapp:{OURS}")
    assert "You will get no more messages." in by_whatsapp.text
    texting.runtime.store.close()


@pytest.mark.parametrize(
    ("unknown", "status"), [("create", "applied"), ("park", "set_aside"), ("ignore", "ignored")]
)
def test_what_becomes_of_a_stranger_who_texts_is_the_files_to_say(
    tmp_path: Path, unknown: str, status: str
) -> None:
    """A profile, kept until somebody has the number, or nothing; what is parked takes effect then."""
    lines = ["callback: twilio", "identifiers: {phone: =properties.number}", f"unknown: {unknown}"]
    texting = Texting(tmp_path, twilio="\n".join([*lines, "events: {reply: Message Answered}\n"]))
    texting.answers("Hello")
    (row,) = texting.events(source="twilio")
    assert (row.status, texting.person("phone", PHONE) is not None) == (status, unknown == "create")
    texting.tell("Seen", context={"traits": {"phone": PHONE}})
    assert texting.names() == ([] if unknown == "ignore" else ["Message Answered"])
    texting.runtime.store.close()


def test_without_the_file_deliveries_and_consent_work_and_no_event_is_made(tmp_path: Path) -> None:
    """The file says what becomes an event, and nothing else."""
    texting = Texting(tmp_path, twilio="null\n")
    row = texting.texted()
    assert texting.tells(row, "delivered").status_code == 200
    assert texting.fate(row) == ("delivered", "delivered")
    texting.answers("STOP")
    assert texting.consent("user_id", "u1")["marketing/sms"] is False
    assert texting.events("ignored", "twilio") == [] and texting.names() == []
    texting.runtime.store.close()


@pytest.mark.skipif(not SAMPLES.exists(), reason="the vendors' recorded samples are not here")
def test_every_recorded_form_is_taken_and_named(texting: Texting) -> None:
    """Statuses and answers, by SMS and by WhatsApp, with parameters that nobody has told of."""
    row = texting.texted()
    found = {}
    for path in sorted(SAMPLES.glob("*.txt")):
        form = dict(parse_qsl(path.read_text().partition("\n\n")[2].strip(), keep_blank_values=True))
        form["MessageSid"] = f"SM{path.stem}"  # some were recorded under one id
        address = f"status?delivery={row.id}" if path.stem.startswith("status") else "inbound"
        assert texting.call(f"/callbacks/twilio/{address}", form).status_code == 200
        last = texting.events(source="twilio")[-1]
        found[path.stem] = (last.event, json.loads(last.raw)["AccountSid"] == form["AccountSid"])
    assert found == {
        "inbound-sms": ("Message Answered", True),
        "inbound-sms-stop-advanced-optout": ("Messages Stopped", True),
        "inbound-whatsapp": ("Message Answered", True),
        "status-delivered": ("Message Delivered", True),
        "status-sent": ("message.sent", True),
        "status-undelivered": ("Message Failed", True),
    }
    assert texting.fate(row)[0] == "delivered"
