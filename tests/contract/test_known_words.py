"""Values that cannot be what is meant: words that a vendor does not know, and numbers that lose their beginning."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors import catalogue
from connectors.coercion import READERS
from cuewire.wiring import load_mappings

STEPS = {
    "hubspot.upsert_contact: {born: =properties.born, types: {born: dat}}": "did you mean `date`?",
    "hubspot.set_subscription: {subscription_id: 5, status: UNSUBSCRIBE}": "did you mean `UNSUBSCRIBED`?",
    "salesforce.add_to_campaign: {campaign_id: c, person: lead}": "did you mean `Lead`?",
    "braze.set_subscription: {subscription_group_id: g, status: opted_in}": "known: subscribed, unsubscribed",
    "braze.identify: {external_id: u1, merge_behavior: mrge}": "did you mean `merge`?",
    "twilio.set_consent: {status: opt_out}": "did you mean `opt-out`?",
    "twilio.set_consent: {status: opt-out, source: web}": "did you mean `website`?",
}

GOOD = (
    "hubspot.upsert_contact: {born: =properties.born, types: {born: date}}",
    "hubspot.upsert_contact: {born: =properties.born, types: {born: =properties.kind}}",
    "hubspot.set_subscription: {subscription_id: 5, status: '{{ properties.status }}'}",
    "braze.identify: {external_id: u1, merge_behavior: ''}",
    "twilio.set_consent: {status: =properties.status, source: null}",
)


def problems(folder: Path, step: str) -> list[str]:
    """Check a folder with one trigger of one step."""
    path = folder / "triggers" / "new_lead.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(f"trigger: new_lead\nwhen: {{event: Signed Up}}\ndo:\n  - {step}\n")
    return [f"{one.message} ({one.hint})" for one in load_mappings(folder).problems]


@pytest.mark.parametrize(("step", "hint"), STEPS.items())
def test_a_word_that_the_vendor_does_not_know_is_an_error(tmp_path: Path, step: str, hint: str) -> None:
    """With the nearest that it knows."""
    (problem,) = problems(tmp_path, step)
    assert "cannot be" in problem
    assert hint in problem


@pytest.mark.parametrize("step", GOOD)
def test_what_is_known_or_computed_or_empty_passes(tmp_path: Path, step: str) -> None:
    """What a formula gives is judged when it is sent."""
    assert problems(tmp_path, step) == []


@pytest.mark.parametrize("text", ["+4930123456", "007", "01067", "0x1F"])
def test_a_number_that_loses_its_beginning_is_a_warning(tmp_path: Path, text: str) -> None:
    """YAML takes telephone numbers and postcodes for numbers; quoted, they stay what they are."""
    (problem,) = problems(tmp_path, f"hubspot.upsert_contact: {{zip: {text}}}")
    assert problem.startswith(f"YAML takes {text} for the number")
    assert f"'{text}'" in problem
    assert (
        problems(tmp_path / "quoted", f"hubspot.upsert_contact: {{zip: '{text}', n: 0.5, m: -1, o: 0}}") == []
    )


def test_the_types_that_check_knows_are_those_that_are_read() -> None:
    """Two lists that must not drift apart."""
    fields = catalogue()["hubspot"].actions["upsert_contact"].fields
    assert [one.words for one in fields if one.name == "types"] == [tuple(READERS)]
