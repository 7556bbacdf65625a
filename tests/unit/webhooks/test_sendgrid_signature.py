"""SendGrid's published signatures, both ways."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import Unauthorised
from core.secret import Secret
from webhooks.callbacks.sendgrid.signature import check, read_key

VECTORS = Path(__file__).parents[4] / "shared/samples/inbound/vectors/sendgrid-event-webhook.json"
KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvF"
    "YPAZFceEu/1FwCM/QmGUhA=="
)


@pytest.mark.skipif(not VECTORS.exists(), reason="the vendors' known answers are not here")
def test_every_known_answer_is_accepted_and_no_change_of_it_is() -> None:
    """Each bit of body, time and signature counts; another key that is valid beside does not matter."""
    for vector in json.loads(VECTORS.read_text()):
        keys = Secret(f"{KEY},{vector['public_key']}")
        body, signature, timestamp = vector["payload"].encode(), vector["signature"], vector["timestamp"]
        check(keys, body, signature=signature, timestamp=timestamp)
        changed = [
            (body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :], signature, timestamp)
            for at in range(0, len(body), 2)
        ]
        changed += [
            (body, signature[:at] + "A" + signature[at + 1 :], timestamp)
            for at in range(12, len(signature) - 2, 3)
            if signature[at] != "A"
        ]
        changed += [(body.rstrip() + b"\n", signature, timestamp), (body, signature, timestamp + "0")]
        for raw, proof, at in changed:
            with pytest.raises(Unauthorised):
                check(keys, raw, signature=proof, timestamp=at)


def test_a_key_is_read_with_and_without_its_pem_lines() -> None:
    """What is no key of this kind opens nothing."""
    pem = f"-----BEGIN PUBLIC KEY-----\n{KEY[:64]}\n{KEY[64:]}\n-----END PUBLIC KEY-----\n"
    first, second = read_key(KEY), read_key(pem)
    assert first is not None and second is not None
    assert first.public_numbers() == second.public_numbers()
    for text in ("", "x", "AAAA", KEY[:-8], "MIIBIjAN"):
        assert read_key(text) is None
