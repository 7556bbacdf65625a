"""A number that says STOP, or is refused for having said it, speaks for everyone who has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from embedded.published import person
from embedded.telling import PHONE, Shop
from embedded.world import MINUTE

from core.engine.consent import standing
from core.ports import Filter


@pytest.fixture
def shop(tmp_path: Path) -> Any:
    """Give a shop of its own to each test."""
    made = Shop(tmp_path)
    yield made
    made.store.close()


def test_a_stop_is_a_withdrawal_of_all_purposes_by_everyone_who_has_the_number(shop: Shop) -> None:
    """Also by those who came with it while it stayed another's; other channels and people are left alone."""
    for user in ("u1", "u2"):
        shop.has(PHONE, user)
        shop.say(user, properties={"sms": True, "email": True})
    shop.say("u3", properties={"sms": True})
    shop.clock.time += MINUTE
    assert shop.stop() == 2
    for user in ("u1", "u2"):
        assert shop.granted(user) == {
            "marketing/email": True,
            "marketing/sms": False,
            "news/sms": False,
            "transactional/sms": False,
        }
    assert shop.granted("u3") == {"marketing/sms": True}
    assert shop.ledger()[-1] == ("transactional", "sms", False, "twilio", True)
    row = shop.store.read.consent_log(Filter(profile=person(shop).id)).rows[0]
    assert (row.event_id, row.evidence) == ("SM1", {"callback_id": "SM1"})


def test_a_stop_is_heard_once_and_a_start_takes_it_back(shop: Shop) -> None:
    """A repeat of the same message changes nothing, however late it comes."""
    shop.has(PHONE, "u1")
    assert shop.stop() == 1
    shop.clock.time += MINUTE
    assert shop.stop(granted=True, sid="SM2") == 1
    assert shop.stop() == 0
    assert shop.granted() == {"marketing/sms": True, "news/sms": True, "transactional/sms": True}
    assert len(shop.ledger()) == 6


def test_a_yes_from_who_refused_nothing_is_no_consent(shop: Shop) -> None:
    """It may answer anything; an unknown number does not become a person by it."""
    shop.has(PHONE, "u1")
    assert shop.stop(granted=True, sid="SM1") == 1
    assert (shop.granted(), shop.ledger()) == ({}, [])
    assert shop.stop(granted=True, sid="SM2", phone="+4915112345679") == 0


def test_a_yes_to_all_channels_does_not_undo_a_stop(shop: Shop) -> None:
    """A banner says it again with every page; only what names the channel ends a refusal of it."""
    shop.has(PHONE, "u1")
    shop.say("u1", at=1, properties={"news": True})
    shop.stop()
    shop.say("u1", at=9, properties={"news": True})
    stands = {channel: standing(person(shop, "u1"), "news", channel) for channel in ("sms", "email")}
    assert {name: one is not None and one.granted for name, one in stands.items()} == {
        "sms": False,
        "email": True,
    }
    assert shop.stop(granted=True, sid="SM2") == 1
    after = standing(person(shop, "u1"), "news", "sms")
    assert after is not None and after.granted


def test_a_stop_by_whatsapp_is_meant_for_sms_as_well(shop: Shop) -> None:
    """The channels come from what the number said it by."""
    shop.has(PHONE, "u1")
    shop.stop(by=("sms", "whatsapp"))
    assert {name for name in shop.granted() if name.startswith("news")} == {"news/sms", "news/whatsapp"}


def test_a_number_that_nobody_has_is_remembered_for_who_turns_out_to_have_it(shop: Shop) -> None:
    """It becomes a person, who joins the one with the number; the stricter stands."""
    assert shop.stop() == 1
    for user in ("u1", "u2"):
        shop.say(user, at=1, properties={"sms": True})
    shop.say("u1", at=2, traits={"phone": PHONE})
    shop.say("u2", at=2, traits={"phone": "+4915112345679"})
    assert shop.granted("u1")["marketing/sms"] is False
    assert shop.granted("u2") == {"marketing/sms": True}


def test_what_is_no_number_concerns_nobody(shop: Shop) -> None:
    """A sender's name or a short code without a country stands for no person."""
    assert shop.stop("MYBANK") == 0


def test_a_refused_number_is_a_withdrawal_with_the_delivery_as_evidence(shop: Shop) -> None:
    """Also for a person whose address is no identifier; the number alone makes nobody."""
    shop.has(PHONE, "u1")
    shop.say(properties={"sms": True})
    shop.say(name="Signed Up")
    (row,) = shop.store.read.deliveries(Filter()).rows
    shop.clock.time += MINUTE
    shop.consents.opted_out(row, "code 21610")
    shop.consents.opted_out(row, "code 21610")
    assert shop.granted()["marketing/sms"] is False
    (entry, *_) = shop.store.read.consent_log(Filter(profile=person(shop).id)).rows
    assert entry.evidence == {"delivery_id": row.id, "answer": "code 21610"}
    assert len(shop.ledger()) == 4
    elsewhere = {**row.fields, "to": "+4915112345679"}
    row.id, row.fields = "a_other", elsewhere
    shop.consents.opted_out(row, "code 21610")
    assert len(shop.ledger()) == 7
    assert shop.store.read.owner("phone", "+4915112345679") is None
