"""An answer in a record of its own, as mParticle's are, is as old as the record says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from mapped_call import IDENTITY, RECEIVED, SOURCE

from core.engine.consent import standing, state
from core.engine.event import ConsentStatement, Event
from core.engine.formula import compile_formula
from core.engine.mapping import map_event
from core.engine.profile import Profile
from core.pipeline.ledger import said

SAID = RECEIVED - 86_400_000
STOPPED = RECEIVED - 3_600_000


def heard(record: Any, *, formula: str = "context.state.gdpr.marketing.consented") -> Event:
    """Map a call that carries a record of consent."""
    source = replace(SOURCE, consent={("marketing", ""): compile_formula(formula)})
    call = {
        "type": "track",
        "event": "E",
        "userId": "u1",
        "context": {"state": {"gdpr": {"marketing": record}}},
    }
    return map_event(call, source, IDENTITY, seq=7, received_at=RECEIVED, raw_id="raw-1")


@pytest.mark.parametrize(
    ("record", "at", "text"),
    [
        ({"consented": True, "timestamp_unixtime_ms": SAID, "document": "terms-3"}, SAID, "terms-3"),
        ({"consented": True}, RECEIVED, ""),
        ({"consented": True, "timestamp_unixtime_ms": 0, "document": 5}, RECEIVED, ""),
        ({"consented": True, "timestamp_unixtime_ms": "yesterday"}, RECEIVED, ""),
        ({"consented": True, "timestamp_unixtime_ms": RECEIVED + 1}, RECEIVED, ""),
    ],
)
def test_an_answer_is_as_old_as_its_record(record: dict[str, Any], at: int, text: str) -> None:
    """Without a time that can be read it is as old as its event, and never newer than that."""
    event = heard(record)
    [statement] = event.consent
    assert (statement.said_at(event.timestamp), statement.text) == (at, text)


@pytest.mark.parametrize(
    ("record", "formula"),
    [
        (True, "context.state.gdpr.marketing"),
        (
            {"consented": True, "timestamp_unixtime_ms": SAID},
            "event.context.state.gdpr.other.consented == null",
        ),
        (True, "has(context.state.other.consented) || context.state.gdpr.marketing"),
    ],
)
def test_an_answer_that_stands_alone_is_as_old_as_its_event(record: Any, formula: str) -> None:
    """A record of something else says nothing of its time."""
    assert all(one.at == 0 for one in heard(record, formula=formula).consent)


def test_an_old_yes_that_is_repeated_does_not_undo_a_no() -> None:
    """A sender repeats all that was ever said with each batch: what is older than the withdrawal stays so."""
    person = Profile("p1", first_seen=SAID, last_seen=SAID)
    repeated = heard({"consented": True, "timestamp_unixtime_ms": SAID, "document": "terms-3"})
    state(ConsentStatement("marketing", "", False), person, STOPPED, "preferences")
    state(repeated.consent[0], person, repeated.timestamp, "mparticle")
    found = standing(person, "marketing", "email")
    assert found is not None
    assert (found.granted, found.at) == (False, STOPPED)
    [entry] = said(repeated, person)
    assert (entry.at, entry.stands, entry.evidence) == (SAID, False, {"text_version": "terms-3"})


def test_a_new_yes_after_a_no_stands() -> None:
    """Who agrees anew has agreed anew, and the ledger says when."""
    person = Profile("p1", first_seen=SAID, last_seen=SAID)
    again = heard({"consented": True, "timestamp_unixtime_ms": STOPPED + 1})
    state(ConsentStatement("marketing", "", False), person, STOPPED, "preferences")
    state(again.consent[0], person, again.timestamp, again.source)
    [entry] = said(again, person)
    assert (entry.granted, entry.at, entry.stands, entry.evidence) == (True, STOPPED + 1, True, {})
