"""What SendGrid tells a running server of e-mails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from embedded.mailing import SIGNATURE, TIMESTAMP, Mailing

from core.ports import Filter

SAMPLES = Path(__file__).parents[3] / "shared/samples/inbound/sendgrid"


@pytest.fixture
def mailing(tmp_path: Path) -> Iterator[Mailing]:
    """Give a server whose background is not needed."""
    made = Mailing(tmp_path)
    yield made
    made.runtime.store.close()


@pytest.mark.skipif(not SAMPLES.exists(), reason="the vendors' recorded samples are not here")
def test_every_recorded_event_is_taken(mailing: Mailing) -> None:
    """Of strangers no event is made, but their withdrawal is remembered; the one id of all samples is read once."""
    mailing.tell("Seen", context={"traits": {"email": "example@test.com"}})
    events = json.loads((SAMPLES / "event-webhook-all-types.json").read_bytes())
    for number, one in enumerate(events):
        if one["sg_event_id"] == "sg_event_id":
            one["sg_event_id"] = f"e{number}"
    assert mailing.sendgrid(*events).status_code == 200
    found = {row.event: row.status for row in mailing.events(source="sendgrid") if row.type == "track"}
    assert found == {
        "processed": "ignored",
        "deferred": "ignored",
        "account_status_change": "ignored",
        "Email Delivered": "applied",
        "Email Opened": "applied",
        "Email Link Clicked": "applied",
        "Email Bounced": "applied",
        "Email Dropped": "applied",
        "Email Marked as Spam": "applied",
        "Unsubscribed": "applied",
        "Email Group Unsubscribed": "applied",
        "Email Group Resubscribed": "applied",
    }
    raw = (SAMPLES / "event-webhook-category-array.json").read_bytes()
    assert mailing.sendgrid(*json.loads(raw)).status_code == 200
    assert mailing.consent("email", "example@test.com")["marketing/email"] is False


def test_the_delivery_that_an_event_names_is_settled_and_a_repeat_changes_nothing(mailing: Mailing) -> None:
    """Out of order too: what was delivered is not on its way again, nor does it bounce."""
    row = mailing.sent()
    about = {"cuewire_delivery": row.id, "sg_message_id": "m.filter1"}
    for number, kind in enumerate(("deferred", "delivered", "deferred", "processed", "bounce", "delivered")):
        assert mailing.sendgrid({"event": kind, "sg_event_id": f"e{number}", **about}).status_code == 200
        (found,) = [one for one in mailing.deliveries() if one.id == row.id]
        expected = "deferred" if number == 0 else "delivered"
        assert (found.status, found.reason, found.reference) == ("delivered", expected, "m.filter1")


def test_a_bounce_rejects_the_delivery_and_the_next_channel_follows(mailing: Mailing) -> None:
    """With the mail server's own words as the reason; the event names trigger and message."""
    row = mailing.sent()
    mailing.sendgrid(
        {"event": "bounce", "sg_event_id": "b1", "reason": "550 unknown", "cuewire_delivery": row.id}
    )
    mail, text = mailing.deliveries()
    assert (mail.status, mail.reason) == ("rejected", "bounce: 550 unknown")
    assert (text.destination, text.channel, text.message) == ("twilio", "sms", "hello")
    event = mailing.runtime.store.read.past(mail.profile_id, ["Email Bounced"], 10)[-1]
    told = json.loads(event.call)["context"]["delivery"]
    assert (event.event, told["trigger"], told["message"]) == ("Email Bounced", "welcome", "hello")


def test_a_click_starts_a_trigger_and_an_open_by_a_machine_is_told_apart(mailing: Mailing) -> None:
    """The same event again starts nothing."""
    row = mailing.sent()
    click = {
        "event": "click",
        "sg_event_id": "c1",
        "url": "https://a.example.com",
        "cuewire_delivery": row.id,
    }
    opened = {"event": "open", "sg_event_id": "o1", "sg_machine_open": True, "cuewire_delivery": row.id}
    for _ in range(2):
        assert (
            mailing.sendgrid(
                click, opened, {**opened, "sg_event_id": "o2", "sg_machine_open": False}
            ).status_code
            == 200
        )
    names = [row.event for row in mailing.events(source="sendgrid") if row.status == "applied"]
    assert names == ["Email Link Clicked", "Email Opened By Machine", "Email Opened"]
    fired = mailing.runtime.store.read.decisions(Filter(trigger="clicked")).rows
    assert [one.outcome for one in fired] == ["fired"]


@pytest.mark.parametrize(
    "told",
    [
        {"event": "unsubscribe"},
        {"event": "spamreport"},
        {"event": "dropped", "reason": "Unsubscribed Address"},
    ],
)
def test_who_wants_no_more_mail_withdraws_for_everyone_with_the_address(
    mailing: Mailing, told: dict[str, str]
) -> None:
    """Also those who came with it while it stayed another's; of other channels nothing is said."""
    for user in ("u1", "u2"):
        mailing.tell("Seen", userId=user, context={"traits": {"email": "ada@example.com"}})
    for _ in range(2):
        assert mailing.sendgrid({"sg_event_id": "w1", **told}).status_code == 200
    for user in ("u1", "u2"):
        agreed = mailing.consent("user_id", user)
        assert agreed.items() >= {"marketing/email": False, "transactional/email": False}.items()
        assert {name.rpartition("/")[2] for name in agreed} == {"email"}
    person = mailing.person("user_id", "u1")
    assert person is not None
    ledger = mailing.runtime.store.read.consent_log(Filter(profile=person.id)).rows
    assert len(ledger) == len(mailing.consent("user_id", "u1"))


def test_a_hard_bounce_withdraws_nothing(mailing: Mailing) -> None:
    """An address that does not work has said nothing."""
    mailing.tell("Seen", context={"traits": {"email": "ada@example.com"}})
    mailing.sendgrid({"event": "dropped", "reason": "Bounced Address", "sg_event_id": "d1"})
    assert mailing.consent("user_id", "u1") == {}


def test_one_event_that_cannot_be_read_costs_the_others_nothing(mailing: Mailing) -> None:
    """And a delivery that is another destination's is left alone."""
    row = mailing.sent("Bought")
    answer = mailing.sendgrid(
        {"event": 1},
        {"event": "bounce", "sg_event_id": "b1", "cuewire_delivery": row.id},
        {"event": "new_kind"},
    )
    assert answer.status_code == 200
    told = [(one.status, one.reason.partition(" ")[0]) for one in mailing.events(source="sendgrid")]
    assert sorted(told) == [("applied", ""), ("set_aside", "`events`"), ("set_aside", "event:")]
    assert mailing.deliveries()[-1].status == "delivered"


def test_only_what_one_of_the_keys_has_signed_is_taken(mailing: Mailing) -> None:
    """Not a body, a time or a signature that was changed, nor another spelling of a right one."""
    assert mailing.sendgrid({"event": "open", "sg_event_id": "o1"}, key=1).status_code == 200
    kept = len(mailing.events())
    raw, right = mailing.signed_mail({"event": "open", "sg_event_id": "o2"})
    signature = right[SIGNATURE]
    wrong = [
        (raw + b" ", {}),
        (raw, {TIMESTAMP: "1772445601"}),
        (raw, {TIMESTAMP: ""}),
        (raw, {SIGNATURE: ""}),
        (raw, {SIGNATURE: signature[:-4]}),
        (raw, {SIGNATURE: signature + "AAAA"}),
        (raw, {SIGNATURE: signature.lower()}),
        (raw, {SIGNATURE: "ü"}),
    ]
    for body, change in wrong:
        answer = mailing.client.post("/callbacks/sendgrid", data=body, headers={**right, **change})
        assert answer.status_code == 401, change
        assert "CUEWIRE_SENDGRID_PUBLIC_KEY" in answer.text
    assert len(mailing.events()) == kept
