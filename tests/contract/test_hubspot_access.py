"""How HubSpot is signed in to: a private app's token, or OAuth, whose tokens are renewed once for all senders."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from crm_fakes import send, sign_ins
from traps import MovingClock

import connectors
from connectors.hubspot import HubSpot
from core.errors import OperatorError
from core.ports import Delivered
from cuewire.sandbox import Sandbox, SandboxSettings

SETTINGS = SandboxSettings()
ADA = "ada@example.com"
OAUTH = {
    "access_token": "",
    "client_id": SETTINGS.hubspot_client_id,
    "client_secret": SETTINGS.hubspot_client_secret,
    "refresh_token": SETTINGS.hubspot_refresh_token,
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox for one test."""
    with Sandbox(SETTINGS) as running:
        yield running


def hubspot(sandbox: Sandbox, clock: MovingClock | None = None) -> HubSpot:
    """Build the destination by OAuth against the sandbox."""
    values = {"base_url": f"{sandbox.url}/hubspot", **OAUTH}
    made = connectors.build("hubspot", "hubspot", values, clock=clock or MovingClock())
    assert isinstance(made, HubSpot)
    return made


def test_one_renewal_serves_all_senders_and_is_made_before_the_token_ends(sandbox: Sandbox) -> None:
    """OAuth's token lasts half an hour; eight threads renew it once."""
    clock = MovingClock()
    made = hubspot(sandbox, clock)
    many = [{"email": f"a{number}@example.com"} for number in range(16)]
    for step in (0, 1_000_000, 741_000):
        clock.at += step
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda one: send(made, "upsert_contact", one)[0], many))
        assert {type(one) for one in found} == {Delivered}
    assert sign_ins(sandbox) == 2


def test_senders_whose_token_was_taken_away_renew_it_once_for_all(sandbox: Sandbox) -> None:
    """A 401 of one is a 401 of all; nobody's delivery is lost by it."""
    made = hubspot(sandbox)
    send(made, "upsert_contact", {"email": ADA})
    sandbox.state.hubspot_tokens.end_all()
    many = [{"email": f"a{number}@example.com"} for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda one: send(made, "upsert_contact", one)[0], many))
    assert {type(one) for one in found} == {Delivered}
    assert sign_ins(sandbox) == 2


def test_no_secret_of_oauth_stands_in_the_ledger_or_a_reason(sandbox: Sandbox) -> None:
    """The form of a renewal holds two of them, the answers a third."""
    made = hubspot(sandbox)
    send(made, "upsert_contact", {"email": ADA})
    shown = json.dumps(sandbox.state.ledger.since(0))
    assert not [
        secret for secret in OAUTH.values() if secret and secret in shown.replace(OAUTH["client_id"], "")
    ]
    assert made.scrub(f"token {made.api.access.held}") == "token ***"


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, ["CUEWIRE_HUBSPOT_ACCESS_TOKEN"]),
        ({"access_token": "t"}, []),
        ({"client_id": "c"}, ["CUEWIRE_HUBSPOT_CLIENT_SECRET", "CUEWIRE_HUBSPOT_REFRESH_TOKEN"]),
        ({"client_id": "c", "client_secret": "s", "refresh_token": "r"}, []),
    ],
)
def test_missing_settings_are_those_of_the_way_that_was_chosen(
    given: dict[str, str], missing: list[str]
) -> None:
    """A private app needs its token, OAuth its three settings."""
    assert connectors.build("hubspot", "hubspot", given).missing_settings() == missing


def test_a_version_of_the_e_mail_api_that_does_not_exist_is_refused_with_its_setting() -> None:
    """At the start, and not with the first e-mail."""
    with pytest.raises(OperatorError, match="CUEWIRE_HUBSPOT_EMAIL_API"):
        connectors.build("hubspot", "hubspot", {"access_token": "t", "email_api": "v5"})
