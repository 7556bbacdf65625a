"""Which notification is which event, and what is no event at all."""

from __future__ import annotations

from typing import Any

import pytest

from core.engine.callback import CallbackMapping, Notice, all_mappings, mapping_of, read_notice
from core.engine.formula import compile_formula
from core.engine.own import is_own
from core.engine.rule import IdentityRules, RuleSet, SourceMapping

PLAIN = SourceMapping("crm", "hubspot", {})
STAGE = SourceMapping("crm", "hubspot", {}, events={"changed": "Stage Changed"})
OTHER = SourceMapping("crm", "hubspot", {}, events={"changed": "Changed"})
ONLY = SourceMapping("crm", "hubspot", {}, events={"rare": "Rare"})
IS_STAGE = compile_formula('properties.name == "stage"')

CRM = CallbackMapping(
    name="crm",
    uses="hubspot",
    plain=PLAIN,
    notices={
        "changed": (Notice(STAGE, IS_STAGE, "park"), Notice(OTHER)),
        "rare": (Notice(ONLY, IS_STAGE),),
        "gone": (),
    },
    echo=(compile_formula("properties.ours"), compile_formula("properties.mine == 1")),
)
RULES = RuleSet(
    version="v",
    identity=IdentityRules(()),
    sources={"segment": SourceMapping("segment", "segment", {})},
    triggers={},
    callbacks={"crm": CRM},
)


def call(event: str, **properties: Any) -> dict[str, Any]:
    """Write a notification."""
    return {"type": "track", "event": event, "properties": properties}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (call("changed", name="stage"), (STAGE, "", "park")),
        (call("changed", name="email"), (OTHER, "", "create")),
        (call("changed"), (OTHER, "", "create")),
        (call("rare", name="stage"), (ONLY, "", "create")),
        (call("rare", name="email"), (PLAIN, "off", "create")),
        (call("gone"), (PLAIN, "off", "create")),
        (call("new"), (PLAIN, "unmapped", "create")),
        (call("changed", ours=True), (PLAIN, "echo", "create")),
        (call("new", mine=1), (PLAIN, "echo", "create")),
        (call("changed", ours="yes"), (OTHER, "", "create")),
    ],
)
def test_the_first_event_that_fits_is_the_one(told: dict[str, Any], expected: tuple[Any, ...]) -> None:
    """An echo goes before everything; what cannot be computed does not hold."""
    assert tuple(read_notice(CRM, told)) == expected


def test_a_stored_notification_is_read_by_its_file_and_a_stored_event_by_its_source() -> None:
    """What has lost its file is read by none."""
    assert mapping_of(RULES, "crm", call("changed", name="stage")) is STAGE
    assert mapping_of(RULES, "segment", call("changed")) is RULES.sources["segment"]
    assert mapping_of(RULES, "gone", call("changed")) is None


def test_every_mapping_is_told_of() -> None:
    """Those of sources, and of each event of a callback."""
    assert list(all_mappings(RULES)) == [RULES.sources["segment"], STAGE, OTHER, ONLY]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"messageId": "cuewire-a_1"}, True),
        ({"messageId": "m", "context": {"integration": {"name": "cuewire"}}}, True),
        ({"messageId": "m-cuewire-"}, False),
        ({"context": {"integration": {"name": "Cuewire"}}}, False),
        ({"context": {"integration": "cuewire"}}, False),
        ({"context": {}}, False),
        ({"context": "cuewire"}, False),
        ({}, False),
    ],
)
def test_our_own_calls_are_told_by_either_mark(data: dict[str, Any], expected: bool) -> None:
    """And by nothing else."""
    assert is_own(data) is expected
