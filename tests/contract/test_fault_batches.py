"""Deliveries that travel together when a call goes wrong in their middle: each keeps what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from scripted_server import ScriptedServer, scripted
from test_destinations import exchanges, load, make, row
from test_fault_matrix import ACTIONS, TWICE, delivered, first_of, repeats_of

import connectors
from core.ports import Delivered, DeliveryRow, Outcome, Rejected, Repeats, RetryLater, Unknown

BATCHED = [
    (kind, action) for kind, action in ACTIONS if connectors.catalogue()[kind].actions[action].batch > 1
]

#: What makes the second delivery one about somebody else, where its vendor takes nobody twice in a request.
SOMEBODY_ELSE = {
    "hubspot": {"email": "bob@example.com", "contact_id": "52", "id": "other"},
    "salesforce": {"external_id": "u2"},
    "twilio": {"to": "+4915112345679"},
}

#: What is refused here is the list, whoever is to be on it.
OF_A_LIST = [("hubspot", "add_to_list"), ("hubspot", "remove_from_list")]
APART = [one for one in BATCHED if one not in OF_A_LIST]


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    """Serve every script of this file, one after the other."""
    with scripted([{"status": 200}]) as running:
        yield running


def two_of(kind: str, action: str) -> list[DeliveryRow]:
    """Give two deliveries of an action for two people; the first is that of its fixture."""
    first = row(load(delivered(kind)[action]))
    changes = {name: to for name, to in SOMEBODY_ELSE.get(kind, {}).items() if name in first.fields}
    fields = {**first.fields, **changes}
    return [first, msgspec.structs.replace(first, id="dlv_2", profile_id="p2", fields=fields)]


def send(server: ScriptedServer, kind: str, action: str, *answers: Any) -> tuple[list[Outcome], int]:
    """Send the two; ``ok`` stands for the fixture's answer. Give the outcomes, and the requests that it took."""
    path = delivered(kind)[action]
    script = [exchanges(path)[-1]["answer"] if answer == "ok" else answer for answer in answers]
    server.play([*first_of(path), *script])
    outcomes = make(path, server.url).send(action, two_of(kind, action))
    assert all(answer in server.served for answer in script), "a fault was never met"
    return outcomes, len(server.requests) - len(first_of(path))


@pytest.mark.parametrize(("kind", "action"), APART, ids=lambda one: one)
def test_one_that_is_refused_costs_the_other_nothing(server: ScriptedServer, kind: str, action: str) -> None:
    """Refused together, they are sent apart."""
    (one, other), requests = send(server, kind, action, {"status": 400}, "ok", {"status": 400})
    assert isinstance(one, Delivered)
    assert isinstance(other, Rejected)
    assert requests == 3


@pytest.mark.parametrize(("kind", "action"), APART, ids=lambda one: one)
def test_a_key_that_ends_in_mid_batch_takes_back_nothing(
    server: ScriptedServer, kind: str, action: str
) -> None:
    """What was delivered before it stays so; the other waits for the operator."""
    (one, other), requests = send(server, kind, action, {"status": 400}, "ok", {"status": 401})
    assert isinstance(one, Delivered)
    assert isinstance(other, RetryLater)
    assert other.pause
    assert requests == (4 if kind in TWICE else 3)


@pytest.mark.parametrize(("kind", "action"), APART, ids=lambda one: one)
def test_a_line_that_breaks_in_mid_batch_leaves_open_only_what_was_under_way(
    server: ScriptedServer, kind: str, action: str
) -> None:
    """What may have arrived is not sent again, but where that is harmless."""
    (one, other), requests = send(server, kind, action, {"status": 413}, "ok", {"fault": "reset"})
    assert isinstance(one, Delivered)
    assert_lost(kind, action, other)
    assert requests == 3


@pytest.mark.parametrize(("kind", "action"), OF_A_LIST, ids=lambda one: one)
def test_what_is_not_about_any_of_them_is_refused_once(
    server: ScriptedServer, kind: str, action: str
) -> None:
    """Apart they would fare no better."""
    outcomes, requests = send(server, kind, action, {"status": 400})
    assert [type(one) for one in outcomes] == [Rejected, Rejected]
    assert requests == 1


@pytest.mark.parametrize(("kind", "action"), BATCHED, ids=lambda one: one)
def test_a_lost_answer_for_all_is_one_for_each(server: ScriptedServer, kind: str, action: str) -> None:
    """And nothing is asked a second time."""
    outcomes, requests = send(server, kind, action, {"fault": "reset"})
    assert len(outcomes) == 2
    for outcome in outcomes:
        assert_lost(kind, action, outcome)
    assert requests == 1


def assert_lost(kind: str, action: str, outcome: Outcome) -> None:
    """Check that an outcome says what a lost answer means for its action."""
    if repeats_of(kind, action) == Repeats.AT_MOST_ONCE:
        assert isinstance(outcome, Unknown)
    else:
        assert isinstance(outcome, RetryLater)
        assert outcome.may_have_arrived
