"""What a valid trigger becomes: its anchor, condition, limits and steps, as the engine reads them."""

from __future__ import annotations

import pytest
from mapping_folder import DO, MESSAGE, Folder, rules

from core.engine.condition import AllOf, AnyOf, FormulaCondition, Not
from core.engine.formula import Formula, compile_formula
from core.engine.rule import (
    AbsenceAnchor,
    Act,
    ApiAnchor,
    Cap,
    CountAnchor,
    EventAnchor,
    Limits,
    OnlyIf,
    Pattern,
    Send,
    Trigger,
    Wait,
)
from core.engine.template import compile_template
from core.engine.value import Literal


def trigger(folder: Folder, text: str) -> Trigger:
    """Load one trigger beside a valid message."""
    folder.write("messages/hello.yaml", MESSAGE)
    folder.write("triggers/t.yaml", "trigger: t\n" + text)
    return rules(folder).triggers["t"]


def formula(text: str) -> Formula:
    """Compile a formula for comparison."""
    return compile_formula(text)


@pytest.mark.parametrize(
    ("when", "anchor"),
    [
        ("api", ApiAnchor()),
        ("{event: A}", EventAnchor((Pattern("A"),))),
        ("{event: [A, B]}", EventAnchor((Pattern("A"), Pattern("B")))),
        ("{event: {event: A, where: =properties.a}}", EventAnchor((Pattern("A", formula("properties.a")),))),
        ("{event: A, key: =properties.id}", EventAnchor((Pattern("A"),), key=formula("properties.id"))),
        (
            "{event: [A, {event: B, where: =properties.b}], where: =properties.a}",
            EventAnchor(
                (
                    Pattern("A", formula("properties.a")),
                    Pattern("B", formula("(properties.b) && (properties.a)")),
                )
            ),
        ),
        (
            "{event: A, not_followed_by: B, within: 15m}",
            AbsenceAnchor((Pattern("A"),), not_followed_by=(Pattern("B"),), within=900_000),
        ),
        (
            "{event: A, not_followed_by: [B, C], within: 48h, key: =properties.k, restart: true, "
            "sum: =properties.price, less: D}",
            AbsenceAnchor(
                (Pattern("A"),),
                not_followed_by=(Pattern("B"), Pattern("C")),
                within=172_800_000,
                key=formula("properties.k"),
                restart=True,
                sum=formula("properties.price"),
                less=(Pattern("D"),),
            ),
        ),
        (
            "{count: {event: A, at_least: 3, within: 10m}}",
            CountAnchor((Pattern("A"),), at_least=3, within=600_000),
        ),
        (
            "{count: {event: A, at_least: 3, within: 10m}, key: =properties.k}",
            CountAnchor((Pattern("A"),), at_least=3, within=600_000, key=formula("properties.k")),
        ),
        (
            "{count: {event: A, at_least: 3, within: 10m, key: =properties.k, where: =properties.a}}",
            CountAnchor(
                (Pattern("A", formula("properties.a")),),
                at_least=3,
                within=600_000,
                key=formula("properties.k"),
            ),
        ),
    ],
)
def test_each_anchor_becomes_its_value(folder: Folder, when: str, anchor: object) -> None:
    """Names, lists and patterns with ``where`` may stand for an event."""
    assert trigger(folder, f"when: {when}\n" + DO).when == anchor


def test_conditions_nest(folder: Folder) -> None:
    """all, any and not hold formulas and each other."""
    text = (
        "only_if:\n  all:\n    - =properties.a\n"
        "    - not: {any: [=properties.b, =properties.c]}\n    - not: [=properties.d]\n"
    )
    a, b, c, d = (FormulaCondition(formula(f"properties.{name}")) for name in "abcd")
    assert trigger(folder, "when: api\n" + DO + text).only_if == AllOf((a, Not(AnyOf((b, c))), Not(d)))


def test_a_trigger_has_the_defaults_of_the_contract(folder: Folder) -> None:
    """draft, priority 50, no limits, no group."""
    found = trigger(folder, "when: api\n" + DO)
    assert (found.status, found.priority, found.limits, found.group) == ("draft", 50, Limits(), "")
    assert (found.only_if, found.exit_on, found.title) == (None, (), "")


def test_limits_are_read(folder: Folder) -> None:
    """One cap stands for a list."""
    one = trigger(folder, "when: api\nlimits: {cap: {times: 3, per: 7d}, per: key}\n" + DO).limits
    assert one == Limits(caps=(Cap(3, 604_800_000),), per_key=True)
    two = trigger(
        folder, "when: api\nlimits: {cooldown: 24h, cap: [{times: 1, per: 1d}], once: true}\n" + DO
    ).limits
    assert two == Limits(cooldown=86_400_000, caps=(Cap(1, 86_400_000),), once=True)


ABSENT = "when: {event: A, not_followed_by: B, within: 1m}\n"


@pytest.mark.parametrize(
    ("text", "exits"),
    [
        (ABSENT, (Pattern("B"),)),
        (
            ABSENT + "exit_on: [C, {event: D, where: =properties.a}]\n",
            (Pattern("C"), Pattern("D", formula("properties.a"))),
        ),
        (ABSENT + "exit_on: null\n", ()),
        ("when: {event: A}\n", ()),
    ],
)
def test_an_absence_exits_on_what_it_waits_for(folder: Folder, text: str, exits: tuple[Pattern, ...]) -> None:
    """exit_on replaces the default, null switches it off."""
    assert trigger(folder, text + DO).exit_on == exits


def test_steps_become_values_in_order(folder: Folder) -> None:
    """A step is a message, an action, a wait or a checkpoint."""
    steps = trigger(
        folder,
        "when: api\ndo:\n  - send: hello\n  - wait: 24h\n  - only_if: =properties.a\n"
        "  - braze.track_event: {name: x}\n  - braze.update_profile\n",
    ).steps
    assert [type(step) for step in steps] == [Send, Wait, OnlyIf, Act, Act]
    assert steps[1] == Wait(86_400_000)
    assert steps[2] == OnlyIf(FormulaCondition(formula("properties.a")))


def test_a_step_lays_its_fields_over_the_destination_file(folder: Folder) -> None:
    """Defaults hold unless the step says otherwise; null takes one away; require holds too."""
    folder.write(
        "destinations/braze.yaml",
        "destination: braze\nactions:\n  track_event:\n    require: [external_id]\n"
        "    fields: {external_id: =profile.id, time: =now, name: Default}\n",
    )
    (step,) = trigger(
        folder, "when: api\ndo: [braze.track_event: {name: '==x', time: null, properties: {a: [1]}}]\n"
    ).steps
    assert step == Act(
        destination="braze",
        action="track_event",
        fields={
            "external_id": formula("profile.id"),
            "name": Literal("=x"),
            "properties": Literal({"a": [1]}),
        },
        require=("external_id", "name"),
    )


def test_a_message_is_one_act_for_each_channel(folder: Folder) -> None:
    """Purpose, message and validity stand in each, `to` is the person's first address."""
    folder.write(
        "messages/hello.yaml",
        "message: hello\npurpose: transactional\nvalid_for: 2h\nchannels:\n"
        "  sms: {via: twilio.send_message, body: '{{ profile.id }}'}\n"
        "  email: {via: mailer.send_email, to: a@example.com, html: '<b>{{ profile.id }}</b>'}\n",
    )
    folder.write("triggers/t.yaml", "trigger: t\nwhen: api\ndo: [send: hello]\n")
    (step,) = rules(folder).triggers["t"].steps
    assert isinstance(step, Send)
    sms, email = step.channels
    assert (sms.channel, sms.purpose, sms.message, sms.valid_for) == (
        "sms",
        "transactional",
        "hello",
        7_200_000,
    )
    assert sms.fields == {
        "to": formula("profile.identifiers.phone[0]"),
        "body": compile_template("{{ profile.id }}"),
    }
    assert email.fields["to"] == Literal("a@example.com")
    assert email.require == ("to",)


def test_a_bare_message_action_carries_its_purpose(folder: Folder) -> None:
    """The purpose is not a field of the action."""
    (step,) = trigger(folder, "when: api\ndo: [twilio.send_message: {purpose: marketing, body: x}]\n").steps
    assert isinstance(step, Act)
    assert (step.channel, step.purpose, step.message) == ("sms", "marketing", "")
    assert sorted(step.fields) == ["body", "to"]


def test_a_second_instance_of_a_destination_uses_the_first_ones_kind(folder: Folder) -> None:
    """`uses` names the kind; both may be called."""
    folder.write("destinations/braze_eu.yaml", "destination: braze_eu\nuses: braze\n")
    (step,) = trigger(folder, "when: api\ndo: [braze_eu.track_event: {name: x}]\n").steps
    assert isinstance(step, Act)
    assert step.destination == "braze_eu"
    assert folder.load().destinations == {
        "braze": "braze",
        "braze_eu": "braze",
        "mailer": "mailer",
        "twilio": "twilio",
    }
