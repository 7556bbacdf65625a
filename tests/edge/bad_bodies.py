"""Ways to be wrong in a body: as a document, as a call, as a batch, and as a vendor's own shape."""

from __future__ import annotations

import gzip
import json
from typing import Any

from edge.doubles import WRITE_KEY

KEYED = f'"writeKey":"{WRITE_KEY}"'.encode()

#: Ways to be wrong as a document.
DOCUMENTS = [
    b"",
    b" ",
    b"\x00",
    b"\xef\xbb\xbf{}",
    b"\xff\xfe{\x00}\x00",
    b"{",
    b"}",
    b"[",
    b"]",
    b"[[",
    b"{}",
    b"[]",
    b"[[]]",
    b"[{}]",
    b"[null]",
    b"null",
    b"true",
    b"0",
    b"-0",
    b"1e999",
    b"-1e400",
    b"9" * 4_000,
    b"NaN",
    b"[NaN]",
    b"Infinity",
    b'"text"',
    b'"\\ud800"',
    b'"\xed\xa0\x80"',
    b"'single'",
    b"{'a': 1}",
    b"{a: 1}",
    b'{"a": 1,}',
    b"// comment\n{}",
    b'{"a": 1} trailing',
    b'{"a": "\xff"}',
    b'{"\\ud800": 1}',
    b'{"": ""}',
    b'{"a": "\\u0000"}',
    b'{"__proto__": {}, "constructor": {}}',
    b"[" * 900 + b"]" * 900,
    b"[" * 20_000,
    b'{"a":' * 20_000,
    b'{"a":' * 6_000 + b"1" + b"}" * 6_000,
    b"<xml/>",
    b"a=1&b=2",
    b"batch=%5B%5D",
    gzip.compress(b"{}"),
    b"\x1f\x8b\x08",
    b"x" * 600_000,
    b'{"a":"' + b"x" * 40_000 + b'"}',
]

#: Ways to be wrong inside a call; each is laid over a good one.
CALLS: list[dict[str, Any]] = [
    {name: value}
    for name in (
        "type",
        "userId",
        "event",
        "messageId",
        "properties",
        "context",
        "timestamp",
        "sentAt",
        "writeKey",
    )
    for value in (
        None,
        "",
        " ",
        0,
        -1,
        1.5,
        True,
        [],
        {},
        [[]],
        {"a": None},
        "\u0000",
        "x" * 1_000,
        10**30,
        "😀" * 50,
    )
]
GOOD = {"type": "track", "event": "A", "userId": "u", "writeKey": WRITE_KEY}
CALL_DOCUMENTS = [json.dumps(GOOD | change).encode() for change in CALLS]

BATCHES = [
    b'{"batch":%s,%s}' % (batch, KEYED)
    for batch in (
        b"null",
        b"{}",
        b'""',
        b"7",
        b"[[]]",
        b"[[[]]]",
        b"[null]",
        b"[7]",
        b'["x"]',
        b"[{}]",
        b"[,]",
        b"[}]",
    )
] + [
    b'{"batch":[%s],%s,%s}' % (json.dumps(GOOD).encode(), KEYED, extra)
    for extra in (
        b'"context":7',
        b'"context":[]',
        b'"context":{"a":NaN}',
        b'"context":{"a":"\\ud800"}',
        b'"integrations":"x"',
        b'"sentAt":[]',
        b'"sentAt":1e999',
        b'"batch":[]',
        b'"writeKey":{}',
    )
]

#: Ways to be wrong inside what Tealium and mParticle send; any value may stand in any place.
ODD_VALUES: list[Any] = [None, "", 0, -1, 1.5, 10**30, True, [], {}, [[]], [None], {"a": None}, "\u0000", "x"]
VENDOR = [
    json.dumps(document).encode()
    for value in ODD_VALUES
    for document in (
        {"tealium_account": "acme", "tealium_event": value},
        {"tealium_account": value, "tealium_event": "cart_add"},
        {
            "tealium_account": "acme",
            "tealium_event": "cart_add",
            "product_id": value,
            "product_price": [value],
        },
        {"tealium_account": "acme", "tealium_timestamp_epoch": value, "eventid": value, "dom.url": value},
        {"tealium_account": "acme", "order_total": value, "order_tax": value, "page_name": value},
        {"visitor": value, "audiences": value, "badges": value, "dates": value},
        {"visitor": {"dates": {"a": value}, "audiences": {"a": value}, "badges": [value], "metrics": value}},
        {"shared": value, "events": [{"tealium_account": "acme"}, value]},
        {"shared": {"tealium_account": "acme"}, "events": value},
        {"events": value, "mpid": value, "batch_id": value, "timestamp_unixtime_ms": value},
        {"events": [value], "user_identities": value, "user_attributes": value, "consent_state": value},
        {"user_identities": {"email": value, "x": [value]}, "device_info": value, "application_info": value},
        {
            "user_identities": [
                value,
                {"identity_type": value, "identity": value, "timestamp_unixtime_ms": value},
            ]
        },
        {"events": [{"event_type": value, "data": {}}, {"event_type": "commerce_event", "data": value}]},
        {
            "events": [
                {"event_type": "commerce_event", "data": {name: value, "custom_attributes": value}}
                for name in (
                    "product_action",
                    "promotion_action",
                    "product_impressions",
                    "timestamp_unixtime_ms",
                )
            ]
        },
        {
            "events": [
                {
                    "event_type": "commerce_event",
                    "data": {"product_action": {"action": value, "products": [value]}},
                },
                {
                    "event_type": "commerce_event",
                    "data": {"product_action": {"total_amount": value, "tax_amount": 1}},
                },
                {
                    "event_type": "commerce_event",
                    "data": {"promotion_action": {"action": value, "promotions": value}},
                },
                {"event_type": "commerce_event", "data": {"product_impressions": [{"products": [value]}]}},
                {"event_type": "custom_event", "data": {"event_name": value, "event_id": value}},
                {"event_type": "user_attribute_change", "data": {"user_attribute_name": value, "new": value}},
                {
                    "event_type": "application_state_transition",
                    "data": {"application_transition_type": value},
                },
            ]
        },
        {"request_type": "alias", "data": value},
    )
]
