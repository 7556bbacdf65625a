"""Every refusal of the other kinds of file, with its line and column."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from mapping_folder import PRESETS

Refuse = Callable[[str, str], list[str]]

IDS = "identifiers: {user_id: =event.userId}\n"
SOURCES = ", ".join(sorted(path.stem for path in (PRESETS / "sources").glob("*.yaml")))
SMS = "message: hello\npurpose: marketing\n"
CASES = [
    # identity.yaml
    ("identity.yaml", "identifers: {}\n", "1:1: unknown key `identifers` (did you mean `identifiers`?)"),
    ("identity.yaml", "identifiers: {}\n", "1:14: no identifier is named (name at least `user_id`)"),
    (
        "identity.yaml",
        "identifiers: {user_id: {}}\n",
        "1:24: an identifier needs `limit` (add `limit:`, how many values one person may have)",
    ),
    ("identity.yaml", "identifiers: {user_id: 1}\n", "1:24: must be an identifier, not `1`"),
    (
        "identity.yaml",
        "identifiers: {user_id: {limit: 0}}\n",
        "1:32: must lie between 1 and 1000000000, not 0",
    ),
    (
        "identity.yaml",
        "identifiers: {user_id: {limit: 1}, emial: {limit: 5}}\n",
        "1:36: warning: `emial` is a new name (did you mean `email`?)",
    ),
    (
        "identity.yaml",
        "identifiers: {phone: {limit: 5, normalise: e146}}\n",
        "1:44: must be one of email, e164, not `e146` (did you mean `e164`?)",
    ),
    (
        "identity.yaml",
        "identifiers: {phone: {limit: 5, normalise: e164, region: us}}\n",
        "1:58: `us` is no country code (two capitals, such as US)",
    ),
    (
        "identity.yaml",
        "identifiers: {phone: {limit: 5, region: US}}\n",
        "1:33: `region` needs `normalise: e164` (add it, or leave region out)",
    ),
    (
        "identity.yaml",
        "identifiers: {user_id: {limit: 1}}\nblocked: ['=valu == 1']\n",
        "2:13: valu is unknown (did you mean value?)",
    ),
    (
        "identity.yaml",
        "identifiers: {user_id: {limit: 1}}\nblocked: [[a]]\n",
        "2:11: must be text, or a formula over `value`, not a list",
    ),
    # sources
    (
        "sources/segment.yaml",
        "source: segment\n",
        "1:1: a source needs `identifiers` (add `identifiers:`, where identifiers stand)",
    ),
    (
        "sources/segment.yaml",
        "source: segment\nidentifiers: {usr_id: =event.userId}\n",
        "2:15: unknown identifier `usr_id` (did you mean `user_id`?)",
    ),
    (
        "sources/segment.yaml",
        "source: segment\nidentifiers: {user_id: [=profile.id]}\n",
        "2:26: `profile` cannot be read here (known here: context, event, now, properties, traits)",
    ),
    (
        "sources/segment.yaml",
        "source: segment\n" + IDS + "traits: {from: trait}\n",
        "3:16: unknown place `trait` (did you mean `traits`?)",
    ),
    (
        "sources/segment.yaml",
        "source: segment\n" + IDS + "traits: {from: =traits}\n",
        "3:16: a place is not a formula (write traits)",
    ),
    (
        "sources/segment.yaml",
        "source: segment\n" + IDS + "consent: {marketng: =context.x}\n",
        "3:11: unknown purpose `marketng` (did you mean `marketing`?)",
    ),
    (
        "sources/segment.yaml",
        "source: segment\n" + IDS + "types: {x: int}\n",
        "3:12: must be `number`, not `int`",
    ),
    (
        "sources/segment.yaml",
        "source: segment\n" + IDS + "events: {A: 1}\n",
        "3:13: must be our event name, not `1` (quote it: '1')",
    ),
    (
        "sources/segment.yaml",
        "source: segment\n" + IDS + "tests: [{input: {}}]\n",
        "3:9: a test needs `expect` (add `expect:`, parts of the events that come of it)",
    ),
    (
        "sources/shop.yaml",
        "source: shop\n" + IDS,
        f"1:9: unknown kind of source `shop` (known: {SOURCES}; another name needs `uses:` or `receive:` beside it)",
    ),
    (
        "sources/shop.yaml",
        "source: shop\nuses: segmnt\n" + IDS,
        "2:7: unknown kind of source `segmnt` (did you mean `segment`?)",
    ),
    (
        "sources/shop.yaml",
        "source: shopp\nuses: segment\n" + IDS,
        "1:9: the file is named shop, but says `source: shopp` "
        "(write `source: shop`, or rename the file to shopp.yaml)",
    ),
    # destinations
    (
        "destinations/sms.yaml",
        "destination: sms\nuses: twlio\n",
        "2:7: unknown kind of destination `twlio` (did you mean `twilio`?)",
    ),
    (
        "destinations/twilio.yaml",
        "destination: twilio\nactions: {send_mesage: {}}\n",
        "2:11: Twilio has no action `send_mesage` (did you mean `send_message`?)",
    ),
    (
        "destinations/braze.yaml",
        "destination: braze\nactions: {track_event: {require: [nam]}}\n",
        "2:35: unknown field `nam` of track_event (did you mean `name`?)",
    ),
    (
        "destinations/braze.yaml",
        "destination: braze\nactions: {track_event: {fields: {nam: x}}}\n",
        "2:34: unknown field `nam` of track_event (did you mean `name`?)",
    ),
    (
        "destinations/braze.yaml",
        "destination: braze\nactions: {update_profile: {fields: {attribtes: x}}}\n",
        "2:37: warning: `attribtes` is a new name (did you mean `attributes`?)",
    ),
    # messages
    (
        "messages/hello.yaml",
        "message: hello\nchannels: {sms: {via: twilio.send_message}}\n",
        "1:1: a message needs `purpose` (add `purpose:`, why people are written to; consent is asked for it)",
    ),
    (
        "messages/hello.yaml",
        SMS + "channels: {}\n",
        "3:11: the message has no channel (add `sms:` or `email:`)",
    ),
    (
        "messages/hello.yaml",
        "message: hello\npurpose: markting\nchannels: {sms: {via: twilio.send_message, body: x}}\n",
        "2:10: unknown purpose `markting` (did you mean `marketing`?)",
    ),
    (
        "messages/hello.yaml",
        SMS + "channels: {smss: {via: twilio.send_message, body: x}}\n",
        "3:12: unknown channel `smss` (did you mean `sms`?)",
    ),
    (
        "messages/hello.yaml",
        SMS + "channels: {sms: {vai: twilio.send_message, body: x}}\n",
        "3:18: unknown key `vai` (did you mean `via`?)",
    ),
    (
        "messages/hello.yaml",
        SMS + "channels: {sms: {body: x}}\n",
        "3:12: the channel `sms` needs `via` (add `via:` with an action, such as twilio.send_message)",
    ),
    (
        "messages/hello.yaml",
        SMS + "channels: {email: {via: twilio.send_message, body: x}}\n",
        "3:25: twilio.send_message reaches people by sms, not by email (choose another action or channel)",
    ),
    (
        "messages/hello.yaml",
        SMS + "channels: {sms: {via: braze.track_event, name: x}}\n",
        "3:23: braze.track_event does not reach people by sms (choose another action or channel)",
    ),
    (
        "messages/hello.yaml",
        SMS + "channels: {sms: {via: twilio.send_message, boddy: x}}\n",
        "3:44: unknown field `boddy` of send_message (did you mean `body`?)",
    ),
    (
        "messages/hello.yaml",
        SMS + "channels: {sms: {via: twilio.send_message, to: null}}\n",
        "3:12: twilio.send_message needs `to` (add `to:` here or in the destination's file)",
    ),
    (
        "messages/hello.yaml",
        SMS + "channels: {sms: {via: twilio.send_message}}\ndigest: 24\n",
        "4:9: must be a duration such as 30s, 15m, 24h or 7d, not `24` "
        "(write a whole number and s, m, h or d: 30s 15m 24h 7d)",
    ),
    (
        "messages/hello.yaml",
        SMS + "channels: {sms: {via: twilio.send_message}}\nvalid_for: 24\n",
        "4:12: must be a duration such as 30s, 15m, 24h or 7d, not `24` "
        "(write a whole number and s, m, h or d: 30s 15m 24h 7d)",
    ),
    # policy.yaml
    (
        "policy.yaml",
        "notify: {}\n",
        "1:9: whom to tell needs `to` (add `to:`, who is told)",
    ),
    (
        "policy.yaml",
        "notify: {to: [{slack: 'https://hooks.slack.com/services/T0/B0/x'}]}\n",
        "1:23: the address itself must not stand in a file: whoever reads it can post there "
        "(set CUEWIRE_OPS_URL in the environment to it, and write OPS_URL here)",
    ),
    (
        "policy.yaml",
        "notify: {to: [{webhook: pager}]}\n",
        "1:25: must be the name of a setting, not `pager` (write OPS_URL for what CUEWIRE_OPS_URL holds)",
    ),
    (
        "policy.yaml",
        "notify: {to: [{email: ops}]}\n",
        "1:23: must be an e-mail address, not `ops` (write one such as ops@example.com)",
    ),
    (
        "policy.yaml",
        "notify: {to: [{email: a@b.com, slack: OPS_URL}]}\n",
        "1:15: a recipient is told in one way, and here is `email`, `slack` "
        "(write one of email, slack and webhook in each item of the list)",
    ),
    (
        "policy.yaml",
        "notify: {to: [{email: a@b.com}], on: [paused, slient]}\n",
        "1:47: must be one of paused, silent, late, not `slient` (did you mean `silent`?)",
    ),
    (
        "policy.yaml",
        "notify: {to: [{email: a@b.com}], silent: {source: 5m}}\n",
        "1:51: must be a duration from 1h to 7d, not `5m`",
    ),
    ("policy.yaml", "purpose: {}\n", "1:1: unknown key `purpose` (did you mean `purposes`?)"),
    (
        "policy.yaml",
        "purposes: {}\n",
        "1:11: no purpose is named (leave `purposes` out for marketing and transactional)",
    ),
    (
        "policy.yaml",
        "purposes: {marketing: {consent: requird}}\n",
        "1:33: must be one of required, not_needed, not `requird` (did you mean `required`?)",
    ),
    # any file
    ("policy.yaml", "# nothing\n", "1:1: the file is empty (fill it, or remove it)"),
    ("triggers/t.yaml", "null\n", "1:1: the file is empty (fill it, or remove it)"),
]


@pytest.mark.parametrize(("name", "text", "expected"), CASES, ids=[expected for *_, expected in CASES])
def test_a_wrong_file_is_refused_where_it_is_wrong(
    refuse: Refuse, name: str, text: str, expected: str
) -> None:
    """One mistake gives one problem, at its line and column, with what to do."""
    assert refuse(name, text) == [expected]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("polcy.yaml", "unknown file `polcy.yaml` (did you mean `policy.yaml`?)"),
        (
            "other.yml",
            "unknown file `other.yml` (known: identity.yaml, policy.yaml, profile.yaml)",
        ),
        ("triggers/t.yml", "mapping files end in .yaml (name it t.yaml)"),
    ],
)
def test_a_file_that_would_not_be_read_is_refused(refuse: Refuse, name: str, expected: str) -> None:
    """A slip in a file's name does not make it silently absent."""
    assert refuse(name, "a: 1\n") == [f"1:1: {expected}"]


def test_a_folder_that_would_not_be_read_is_refused(refuse: Refuse) -> None:
    """The same for folders, at the top and inside."""
    assert refuse("trigers/t.yaml", "") == [
        "trigers:1:1: unknown folder `trigers` (did you mean `triggers`?)"
    ]


def test_a_folder_inside_a_folder_is_refused(refuse: Refuse) -> None:
    """Files further down are not read, and that is said."""
    assert refuse("triggers/old/t.yaml", "") == [
        "triggers/old:1:1: folders inside this one are not read (move the files up)"
    ]


def test_a_wrong_file_does_not_make_others_wrong(refuse: Refuse) -> None:
    """What refers to a wrong file is not blamed for it."""
    found = refuse("destinations/twilio.yaml", "destination: twilio\nactions: {send_message: {field: {}}}\n")
    assert found == ["2:26: unknown key `field` (did you mean `fields`?)"]
