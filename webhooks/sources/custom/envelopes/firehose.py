"""Amazon Data Firehose (Kinesis): its HTTP endpoint format, with the answer that it insists on."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response
from msgspec.json import Encoder

from core.errors import BadRequest, OperatorError, SenderError, Unauthorised
from core.ports import SetAside
from webhooks.answers import refusal, unavailable
from webhooks.payload import read_with_items
from webhooks.receiver import read_body
from webhooks.signatures import is_accepted
from webhooks.sources.base import GiveSecret, Setting
from webhooks.sources.custom.envelopes.base import Envelope, decode
from webhooks.sources.custom.items import Reader, Taken
from webhooks.sources.custom.proof import Environ, header_of
from webhooks.sources.loose import a_map

KEY_HEADER = "X-Amz-Firehose-Access-Key"
REQUEST_HEADER = "X-Amz-Firehose-Request-Id"
COMMON_HEADER = "X-Amz-Firehose-Common-Attributes"
#: A GUID has 36.
ID_LENGTH = 200

_encoder = Encoder()


class Firehose(Envelope):
    """Take the records of a delivery stream, each of which may hold many events."""

    settings = (Setting("access_key", f"The access key that Firehose sends in {KEY_HEADER}."),)

    def receive(self, source: str, reader: Reader, environ: Environ, received_at: int) -> Response:
        """Answer with the request's own id, also when it is refused: any other answer counts as none."""
        request_id = header_of(environ, REQUEST_HEADER)[:ID_LENGTH]
        try:
            self.prove(source, environ)
            envelope, records = read_with_items(read_body(environ, self.door.limits.array), "records")
            request_id = request_id or str(envelope.get("requestId") or "")[:ID_LENGTH]
            if records is None:
                raise BadRequest(
                    "records is missing.", field="records", hint="Send Firehose's own format, version 1.0."
                )
            around = {"id": request_id, "attributes": common(environ), "timestamp": envelope.get("timestamp")}
            around = {name: one for name, one in around.items() if one}
            self.accept(source, self.taken(Reader(reader.mapping, around), records), received_at)
        except (SenderError, OperatorError) as error:
            return self.refused(error, request_id)
        return self.answer({"requestId": request_id, "timestamp": self.door.services.clock.now()}, 200)

    def prove(self, source: str, environ: Environ) -> None:
        """Refuse who does not know the access key."""
        if not is_accepted(self.door.secret(source, "access_key"), header_of(environ, KEY_HEADER)):
            raise Unauthorised(
                "The access key is missing or wrong.",
                field=KEY_HEADER,
                hint="Set the same access key in the delivery stream and here.",
            )

    def taken(self, reader: Reader, records: list[bytes]) -> Taken:
        """Read every record; one that is no base64 is set aside."""
        taken: Taken = []
        for raw in records:
            data = decode(data_of(raw))
            if data is None:
                taken.append(SetAside(raw, "data: the record is not base64"))
            elif data.strip():
                taken += reader.take_leniently(self.door, data, first=len(taken))
        return taken

    def refused(self, error: SenderError | OperatorError, request_id: str) -> Response:
        """Say what our own answer says, in Firehose's form."""
        if isinstance(error, SenderError):
            self.door.tally.refused.inc(error.status < 500)
        answer = refusal(error) if isinstance(error, SenderError) else unavailable(error)
        told = answer.get_json()["error"]
        text = f"{told['message']} {told.get('hint', '')}".strip()
        body = {"requestId": request_id, "timestamp": self.door.services.clock.now(), "errorMessage": text}
        given = self.answer(body | {"error": told}, answer.status_code)
        if "Retry-After" in answer.headers:
            given.headers["Retry-After"] = answer.headers["Retry-After"]
        return given

    @staticmethod
    def answer(body: dict[str, Any], status: int) -> Response:
        """Give an answer without a charset in its type."""
        return Response(_encoder.encode(body), status=status, content_type="application/json")

    @staticmethod
    def sign(body: bytes, secret: GiveSecret) -> dict[str, str]:
        """Send the access key, and the request's id in its header too."""
        return {KEY_HEADER: secret("access_key").reveal()}


def data_of(record: bytes) -> object:
    """Give a record's data."""
    try:
        return a_map(msgspec.json.decode(record)).get("data")
    except (msgspec.DecodeError, RecursionError):
        return None


def common(environ: Environ) -> dict[str, Any]:
    """Read the parameters that the stream was given."""
    try:
        found = msgspec.json.decode(header_of(environ, COMMON_HEADER) or "{}")
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return {}
    return a_map(a_map(found).get("commonAttributes"))
