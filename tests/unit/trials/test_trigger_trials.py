"""Tests of triggers: what passes, and how a failure is explained."""

from __future__ import annotations

import pytest
from trial_folder import PERSON, TRIGGER, Trials

PAID = "timeline: [{at: 0m, event: Signed Up, properties: {plan: pro}}]"
SENT = "{at: 0m, send: hello}"
TRACKED = "{at: 0m, braze.track_event}"
WAITING = """\
trigger: t
when: {event: Product Added, not_followed_by: Order Completed, within: 15m, key: =properties.cart_id}
do: [{send: hello}, {wait: 1d}, {only_if: =!has(profile.traits.quiet)}, {send: hello}]
"""


@pytest.mark.parametrize(
    "expect",
    [
        f"[{SENT}, {TRACKED}]",
        f"[{TRACKED}, {SENT}]",
        "[{at: 0m, send: hello, fields: {body: Hi Ada, to: '+14155550100'}}, {at: 0m, braze.track_event}]",
        "[{at: 0m, twilio.send_message}, {at: 0m, braze.track_event, fields: {properties: {plan: pro}}}]",
        "[{at: 0m, braze.track_event, fields: {email: null}}, {at: 0m, send: hello}]",
        "[{at: 0m, outcome: fired}]",
    ],
)
def test_what_happens_as_expected_passes(trials: Trials, expect: str) -> None:
    """Fields that are not named do not matter, null means absent; `fired` covers what that decision sends."""
    assert trials.trigger(f"{PERSON}, {PAID}, expect: {expect}") == []


def test_a_draft_is_tested_as_if_it_were_live(trials: Trials) -> None:
    """So is a shadow: nothing is really sent in a test."""
    for status in ("draft", "shadow", "live"):
        text = TRIGGER + f"status: {status}\nlimits: {{cooldown: 1h}}\n"
        assert trials.trigger(f"{PERSON}, {PAID}, expect: [{SENT}, {TRACKED}]", text=text) == []


@pytest.mark.parametrize(
    ("test", "told"),
    [
        (
            f"{PERSON}, {PAID}, expect: []",
            [
                "expected nothing; instead `send: hello` at 0m",
                "expected nothing; instead `braze.track_event` at 0m",
            ],
        ),
        (
            f"{PERSON}, {PAID}, expect: [{{at: 5m, send: hello}}, {TRACKED}]",
            ["expected `send: hello` at 5m; instead it is sent at 0m: fired by anchor"],
        ),
        (
            f"{PERSON}, {PAID}, expect: [{SENT}, {SENT}, {TRACKED}]",
            [
                "expected `send: hello` at 0m; instead it is sent at 0m, which another expectation names already"
            ],
        ),
        (
            f"{PERSON}, {PAID}, expect: [{{at: 0m, send: hello, fields: {{body: Hi Bo}}}}, {TRACKED}]",
            ['instead it is sent at 0m with other fields: body is "Hi Ada", not "Hi Bo"'],
        ),
        (
            f"profile: {{user_id: u1, phone: '+14155550100'}}, {PAID}, expect: [{SENT}, {TRACKED}]",
            [
                "expected `send: hello` at 0m; instead it is suppressed at 0m: consent: marketing by sms: no statement"
            ],
        ),
        (
            f"{PERSON}, timeline: [{{at: 0m, event: Signed Up, properties: {{plan: free}}}}], expect: [{SENT}]",
            ["instead not_met by anchor at 0m: anchor: "],
        ),
        (
            f"{PERSON}, timeline: [{{at: 1h, event: Signed In}}], expect: [{{at: 1h, outcome: fired}}]",
            [
                "expected fired at 1h; instead nothing was decided: `when` matches none of the events: Signed In"
            ],
        ),
        (
            f"profile: {{user_id: anonymous}}, {PAID}, expect: []",
            ["expected a test that can be run; instead the person's user_id 'anonymous' is blocked"],
        ),
    ],
)
def test_a_failure_says_what_happened_instead_and_why(trials: Trials, test: str, told: list[str]) -> None:
    """File and line of the expectation, the test's name, and one line for each failure."""
    lines = trials.trigger(test)
    assert len(lines) == len(told), lines
    for line, part in zip(lines, told, strict=True):
        assert line.startswith("triggers/t.yaml:7:")
        assert " t, n: " in line
        assert part in line


def test_a_failed_expectation_is_pointed_at_where_it_stands(trials: Trials) -> None:
    """In a long test the place of the line matters."""
    trials.write(
        "triggers/t.yaml",
        TRIGGER + f"tests:\n  - name: long\n    {PERSON}\n    {PAID}\n    expect:\n"
        "      - {at: 0m, send: hello}\n      - {at: 0m, braze.track_event}\n      - {at: 1d, send: hello}\n",
    )
    (line,) = trials.lines()
    assert line.startswith("triggers/t.yaml:13:10: t, long: expected `send: hello` at 1d")


def test_timers_run_on_after_the_last_event(trials: Trials) -> None:
    """The case, then the journey behind its wait; the checkpoint sees what is known by then."""
    timeline = "timeline: [{at: 0m, event: Product Added, properties: {cart_id: c1}}]"
    sent = "{at: 15m, send: hello}, {at: 1455m, send: hello}"
    assert trials.trigger(f"{PERSON}, {timeline}, expect: [{sent}]", text=WAITING) == []
    quiet = f"{timeline[:-1]}, {{at: 2h, type: identify, traits: {{quiet: true}}}}]"
    expect = "[{at: 15m, send: hello}, {at: 1455m, outcome: not_met, gate: only_if}]"
    assert trials.trigger(f"{PERSON}, {quiet}, expect: {expect}", text=WAITING) == []


def test_an_event_that_stands_behind_a_later_one_arrives_late(trials: Trials) -> None:
    """What it would have stopped has fired: it is told as a false positive, and ends what waits."""
    late = "{at: 0m, event: Product Added, properties: {cart_id: c1}}, {at: 20m, event: Signed In}"
    timeline = f"timeline: [{late}, {{at: 10m, event: Order Completed}}]"
    expect = "[{at: 15m, send: hello}, {at: 15m, outcome: not_met, gate: anchor}]"
    assert trials.trigger(f"{PERSON}, {timeline}, expect: {expect}", text=WAITING) == []


def test_withdrawing_consent_stops_the_later_step(trials: Trials) -> None:
    """Calls of a test are read by the folder's own source mapping."""
    no = "{at: 1h, event: Signed In, context: {consent: {categoryPreferences: {Advertising: false}}}}"
    timeline = f"timeline: [{{at: 0m, event: Product Added, properties: {{cart_id: c1}}}}, {no}]"
    assert trials.trigger(f"{PERSON}, {timeline}, expect: [{{at: 15m, send: hello}}]", text=WAITING) == []


def test_a_call_of_the_api_fires_a_trigger(trials: Trials) -> None:
    """`type: trigger` stands for it; its properties are the metadata."""
    text = "trigger: t\nwhen: api\ndo: [braze.track_event: {name: =properties.name}]\n"
    timeline = "timeline: [{at: 0m, type: trigger, properties: {name: Called}}]"
    expect = "[{at: 0m, braze.track_event, fields: {name: Called}}]"
    assert trials.trigger(f"{PERSON}, {timeline}, expect: {expect}", text=text) == []


def test_only_the_trigger_under_test_acts(trials: Trials) -> None:
    """Another trigger on the same event sends nothing here."""
    trials.write("triggers/u.yaml", "trigger: u\nwhen: {event: Signed Up}\ndo: [send: hello]\n")
    assert trials.trigger(f"{PERSON}, {PAID}, expect: [{SENT}, {TRACKED}]") == []


def test_the_start_dates_the_timeline(trials: Trials) -> None:
    """Formulas over times see it."""
    text = "trigger: t\nwhen: {event: Signed Up}\ndo: [braze.track_event: {name: =string(now)}]\n"
    start = "start: '2026-03-02T11:00:00+01:00'"
    expect = "[{at: 90s, braze.track_event, fields: {name: '2026-03-02T10:01:30Z'}}]"
    timeline = "timeline: [{at: 90s, event: Signed Up}]"
    assert trials.trigger(f"{start}, {PERSON}, {timeline}, expect: {expect}", text=text) == []


def test_a_gate_of_what_fired_is_refused(trials: Trials) -> None:
    """No gate fails there."""
    (line,) = trials.trigger(f"{PERSON}, {PAID}, expect: [{{at: 0m, outcome: fired, gate: limits}}]")
    assert "no gate fails where the outcome is fired (leave `gate` out)" in line
