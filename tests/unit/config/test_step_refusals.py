"""Every refusal of a trigger file's steps and tests, with its line and column."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from mapping_folder import DO, WHEN

Refuse = Callable[[str, str], list[str]]

#: What stands in the file, and what is said of it.
CASES = [
    # steps
    (WHEN + "do: [send: helo]\n", "3:12: unknown message `helo` (did you mean `hello`?)"),
    (WHEN + "do: [send: goodbye]\n", "3:12: unknown message `goodbye` (known: hello)"),
    (WHEN + "do: hello\n", "3:5: `hello` is no step (write `send: hello`)"),
    (
        WHEN + "do: [5]\n",
        "3:6: must be a step: send, wait, only_if or DESTINATION.ACTION, not `5` (quote it: '5')",
    ),
    (WHEN + "do: [sned: hello]\n", "3:6: unknown key `sned` (did you mean `send`?)"),
    (WHEN + "do: [{send: hello, wait: 1h}]\n", "3:20: a step has one key (give each step its own `- `)"),
    (WHEN + "do: [{}]\n", "3:6: a step has one key (give each step its own `- `)"),
    (
        WHEN + "do: [wait: soon]\n",
        "3:12: must be a duration such as 24h, {until: FORMULA} or {at: TIME}, not `soon` "
        "(write a whole number and s, m, h or d: 30s 15m 24h 7d)",
    ),
    (
        WHEN + "do: [wait: [1h]]\n",
        "3:12: must be a wait, not a list (write `wait: {until: =profile.traits.trial_ends_at}`)",
    ),
    (
        WHEN + "do: [wait: {until: 2026-03-02}]\n",
        "3:20: must be a formula for a time, which starts with =, not `2026-03-02` "
        "(a time is a formula, such as =profile.traits.trial_ends_at)",
    ),
    (WHEN + "do: [wait: {until: =nw}]\n", "3:21: nw is unknown (did you mean now?)"),
    (WHEN + "do: [wait: {untill: =now}]\n", "3:13: unknown key `untill` (did you mean `until`?)"),
    (
        WHEN + "do: [wait: {until: =now, at: '10:00'}]\n",
        "3:12: a wait has one of `until` and `at` (write {until: FORMULA} or {at: TIME})",
    ),
    (
        WHEN + "do: [wait: {until: }]\n",
        "3:13: `until` is empty (give the time from which it goes on; "
        "one that cannot be told or has passed does not wait)",
    ),
    (
        WHEN + "do: [wait: {at: best}]\n",
        '3:17: `at: best` needs `otherwise` (add `otherwise: "10:00"`, for whoever has no best time yet)',
    ),
    (
        WHEN + "do: [wait: {at: bets, otherwise: '10:00'}]\n",
        "3:17: must be `best`, or a time of day such as 10:00, not `bets` (did you mean `best`?)",
    ),
    (
        WHEN + "do: [wait: {at: '10:00', otherwise: '10:00'}]\n",
        "3:26: `otherwise` is for `at: best` (leave it out, or write `at: best`)",
    ),
    (
        WHEN + "do: [wait: {at: best, otherwise: '9:00'}]\n",
        "3:34: must be a time of day such as 21:00, not `9:00` (write 09:00)",
    ),
    (
        WHEN + "do: [brase.track_event]\n",
        "3:6: unknown destination `brase` (did you mean `braze.track_event`?)",
    ),
    (
        WHEN + "do: [braze.track_evnt: {name: x}]\n",
        "3:6: Braze has no action `track_evnt` (did you mean `braze.track_event`?)",
    ),
    (
        WHEN + "do: [braze.track_event: {nam: x, name: x}]\n",
        "3:26: unknown field `nam` of track_event (did you mean `name`?)",
    ),
    (
        WHEN + "do: [braze.track_event]\n",
        "3:6: braze.track_event needs `name` (add `name:` here or in the destination's file)",
    ),
    (
        WHEN + "do: [braze.track_event: {name: null}]\n",
        "3:6: braze.track_event needs `name` (add `name:` here or in the destination's file)",
    ),
    (WHEN + "do: [braze.track_event: x]\n", "3:25: must be a mapping of fields, not `x`"),
    (
        WHEN + "do: [twilio.send_message: {body: x}]\n",
        "3:6: twilio.send_message reaches a person and needs a `purpose` "
        "(write `twilio.send_message: {purpose: ...}` with one of: marketing, transactional)",
    ),
    (
        WHEN + "do: [twilio.send_message: {body: x, purpose: marketng}]\n",
        "3:46: unknown purpose `marketng` (did you mean `marketing`?)",
    ),
    (
        WHEN + "do: [braze.track_event: {name: x, properties: {n: .inf}}]\n",
        "3:51: .inf is not a number that can be sent (quote it if it is text)",
    ),
    # tests
    (
        WHEN + DO + "tests: [{name: a, timeline: [], expect: []}]\n",
        "4:29: the list is empty (put at least one item into it)",
    ),
    (
        WHEN + DO + "tests: [{name: a, timeline: [{at: 0s}], expect: []}]\n",
        "4:30: a track event needs `event` (add `event: NAME`, or `type: page`)",
    ),
    (
        WHEN + DO + "tests: [{name: a, start: 2026-03-02, timeline: [{at: 0s, event: A}], expect: []}]\n",
        "4:26: must be a time such as 2026-03-02T10:00:00Z, not `2026-03-02` (end it with Z or an offset)",
    ),
    (
        WHEN + DO + "tests: [{name: a, profile: {usr_id: u}, timeline: [{at: 0s, event: A}], expect: []}]\n",
        "4:29: unknown identifier `usr_id` (did you mean `user_id`?)",
    ),
    (
        WHEN + DO + "tests: [{name: a, timeline: [{at: 0s, event: A}], expect: [{at: 0s}]}]\n",
        "4:60: an expectation names one message, action or outcome "
        "(write `send: MESSAGE`, `DESTINATION.ACTION:` or `outcome: fired`)",
    ),
    (
        WHEN + DO + "tests: [{name: a, timeline: [{at: 0s, event: A}], expect: [{at: 0s, send: helo}]}]\n",
        "4:75: unknown message `helo` (did you mean `hello`?)",
    ),
    (
        WHEN
        + DO
        + "tests: [{name: a, timeline: [{at: 0s, event: A}], expect: [{at: 0s, send: hello, gate: caps}]}]\n",
        "4:82: `gate` needs `outcome` (add `outcome: not_met`)",
    ),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[expected for _, expected in CASES])
def test_a_wrong_step_or_test_is_refused_where_it_is_wrong(refuse: Refuse, text: str, expected: str) -> None:
    """One mistake gives one problem, at its line and column, with what to do."""
    assert refuse("triggers/t.yaml", text) == [expected]


def test_a_wrong_formula_deep_in_a_field_is_found(refuse: Refuse) -> None:
    """Values inside maps and lists of a field are located one by one."""
    step = "do:\n  - braze.track_event:\n      name: x\n      properties: {a: [=propertes.b, '{{ profil.id }}']}\n"
    assert refuse("triggers/t.yaml", WHEN + step) == [
        "6:25: propertes is unknown (did you mean properties?)",
        "6:42: template: name profil is unknown (did you mean profile?)",
    ]
