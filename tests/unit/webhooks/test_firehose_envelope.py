"""Firehose: its own answer in every case, and every record's events one by one."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from described_source import opened, post
from edge.bad_bodies import DOCUMENTS
from edge.doubles import Edge
from edge.mutations import mutations
from edge.reader import NOW

from core.errors import StoreError

RECEIVE = "{envelope: firehose, event: =item.name, properties: {stream: =envelope.attributes.stream}}"
KEY = "firehose-key-0123456789"
HEADERS = {"X-Amz-Firehose-Access-Key": KEY, "X-Amz-Firehose-Request-Id": "r-1"}


def opened_stream() -> Edge:
    """Open a stream."""
    return opened(RECEIVE, {"access_key": KEY})


def records(*datas: bytes) -> dict[str, Any]:
    """Wrap records as Firehose does."""
    wrapped = [{"data": base64.b64encode(data).decode()} for data in datas]
    return {"requestId": "r-1", "timestamp": NOW, "records": wrapped}


def test_the_answer_is_exactly_what_firehose_waits_for() -> None:
    """Its own id, the time, and application/json without a charset."""
    answer = post(opened_stream(), records(b'{"name":"A"}'), HEADERS)
    assert answer.json == {"requestId": "r-1", "timestamp": NOW}
    assert answer.headers["Content-Type"] == "application/json"
    by_body = post(opened_stream(), records(), {"X-Amz-Firehose-Access-Key": KEY})
    assert by_body.json["requestId"] == "r-1"


def test_a_repeated_request_is_known_and_two_equal_lines_are_two_events() -> None:
    """By the request's id and the place in it."""
    app = opened_stream()
    for _ in range(2):
        post(app, records(b'{"name":"A"}\n{"name":"A"}', b'{"name":"A"}'), HEADERS)
    ids = [call["messageId"] for call in app.intake.events]
    assert len(set(ids)) == 3 and ids[:3] == ids[3:]


def test_common_attributes_are_read() -> None:
    """What was given to the stream is there for formulas; nonsense is nothing."""
    app = opened_stream()
    for text in ('{"commonAttributes":{"stream":"eu"}}', "{", "[]", '{"commonAttributes":7}'):
        more = {"X-Amz-Firehose-Common-Attributes": text}
        assert post(app, records(b'{"name":"A"}'), HEADERS | more).status_code == 200
    assert [call["properties"] for call in app.intake.events] == [{"stream": "eu"}, {}, {}, {}]


def test_no_mutated_key_opens() -> None:
    """60 changes, each answered in Firehose's form."""
    app = opened_stream()
    for one in mutations(KEY):
        answer = post(app, records(b'{"name":"A"}'), HEADERS | {"X-Amz-Firehose-Access-Key": one})
        assert answer.status_code == 401
        assert answer.json["requestId"] == "r-1" and "access key" in answer.json["errorMessage"]
    assert post(opened(RECEIVE, {}), records(), HEADERS).status_code == 401
    assert not app.intake.items


def test_many_small_events_are_taken_in_portions() -> None:
    """A buffer of Firehose holds more than one request of ours may."""
    app = opened_stream()
    lines = b"\n".join(b'{"name":"A%d"}' % number for number in range(5_000))
    assert post(app, records(lines, lines), HEADERS).status_code == 200
    assert [len(items) for _, items, _ in app.intake.calls] == [4_000, 4_000, 2_000]


def test_what_cannot_be_stored_is_answered_in_firehoses_form() -> None:
    """503: Firehose sends it again, and nothing of ours is told to it."""
    app = opened_stream()
    app.intake.failure = StoreError("the disk is full")
    answer = post(app, records(b'{"name":"A"}'), HEADERS)
    assert answer.status_code == 503 and answer.headers["Retry-After"]
    assert answer.json["requestId"] == "r-1" and "disk" not in answer.text


@pytest.mark.parametrize("body", DOCUMENTS[:40])
def test_no_record_makes_firehose_repeat_it(body: bytes) -> None:
    """Whatever stands in a record, the request is a success and nothing else of it is lost."""
    app = opened_stream()
    answer = post(app, records(b'{"name":"A"}', body, b'{"name":"B"}'), HEADERS)
    assert answer.status_code == 200
    assert [call["event"] for call in app.intake.events] == ["A", "B"]


def test_no_body_makes_the_server_fail() -> None:
    """2xx or 4xx with the request's id, for whatever is sent with the right key."""
    app = opened_stream()
    shapes: list[Any] = [None, 7, [], {}, [None], [7], [{}], [{"data": None}], [{"data": ""}], "x"]
    bodies = [*DOCUMENTS, *(json.dumps({"records": one, "requestId": one}).encode() for one in shapes)]
    for body in bodies:
        answer = post(app, body, HEADERS)
        assert answer.status_code in (200, 400, 413), (body[:80], answer.text)
        assert answer.json["requestId"] == "r-1"
        without = post(app, body, {"X-Amz-Firehose-Access-Key": KEY})
        assert without.status_code in (200, 400, 413) and "requestId" in without.json
