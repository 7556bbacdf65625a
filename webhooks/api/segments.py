"""Segments: how many people each has, who some of them are, and what a new one would come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from msgspec.json import encode

from core.config.nearest import did_you_mean
from core.config.single import compile_segment
from core.engine import decode
from core.engine.rule import RuleSet, Segment
from core.errors import BadRequest, NotFound
from core.ports import Filter
from core.runners.survey import survey
from webhooks.answers import json_answer
from webhooks.api.person import sample_shape
from webhooks.api.query import read_args, read_limit, read_offset, read_since
from webhooks.api.reading import Reading
from webhooks.api.shapes import Shape, problem_shape, problems_answer
from webhooks.payload import read_object
from webhooks.receiver import read_body

#: People that the list shows of each segment, and a preview unless ``limit`` says otherwise.
SAMPLE, PREVIEW_SAMPLE = 3, 10
MOST_SAMPLE = 100

#: The name of a segment that is not saved.
PREVIEW = "preview"

FIELDS = ("condition", "yaml", "limit")


class Segments:
    """Answer from memberships as they stand, and from everyone's profile for what is not saved yet."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.services = reading.services

    def segments(self) -> Response:
        """List segments in the order in which they build on each other; ``profile`` gives those of one person."""
        given = read_args(("profile", "limit", "cursor"))
        found = self._of(given.get("profile", ""))
        start, limit = read_offset(given.get("cursor", "")), read_limit(given.get("limit", ""))
        end = start + limit
        following = str(end) if end < len(found) else None
        return json_answer({"segments": self._shapes(found[start:end]), "next": following})

    def segment(self, name: str) -> Response:
        """Show one segment with a page of its people, the last to enter first."""
        given = read_args(("since", "limit", "cursor"))
        one = self.services.rules().segments.get(name)
        if one is None:
            hint = did_you_mean(name[:80], tuple(self.services.rules().segments))
            raise NotFound(
                "There is no such segment.", field="name", hint=hint or "GET /api/segments lists them."
            )
        narrow = Filter(
            since=read_since(given.get("since", "")),
            limit=read_limit(given.get("limit", "")),
            cursor=given.get("cursor", ""),
        )
        sample, following = self._members(name, narrow)
        return json_answer({**self._shapes([one])[0], "sample": sample, "next": following})

    def preview(self) -> Response:
        """Tell how many people a condition holds for, without saving it."""
        body = read_object(read_body(request.environ, self.services.limits.event))
        present = self.services.rules()
        rules, problems = compile_segment(read_condition(body), PREVIEW, present)
        if rules is None:
            return problems_answer("The condition has errors.", "condition", problems)
        found = self._survey(rules, present, read_sample(body))
        return json_answer({**found, "problems": [problem_shape(one) for one in problems]})

    def _survey(self, rules: RuleSet, present: RuleSet, limit: int) -> Shape:
        reader, now = self.services.reader, self.services.clock.now()
        found = survey(reader, PREVIEW, rules, present, now=now, sample=limit)
        known = max(found.scanned, reader.counts().get("profiles", 0))
        share = found.size / found.scanned if found.scanned else 0
        return {
            "size": found.size,
            "scanned": found.scanned,
            "is_whole": found.is_whole,
            "estimate": found.size if found.is_whole else round(share * known),
            "sample": [sample_shape(one, None) for one in found.sample],
        }

    def _of(self, person: str) -> list[Segment]:
        """Give all segments, or those that one person is in."""
        segments = list(self.services.rules().segments.values())
        if not person:
            return segments
        profile_id = self.reading.profile_id(person)
        state = self.services.reader.profile(profile_id) if profile_id else None
        members = decode(state).members if state else {}
        return [one for one in segments if one.name in members]

    def _shapes(self, segments: list[Segment]) -> list[Shape]:
        sizes, is_filled = self.services.reader.counts(), not self.services.to_fill()
        return [
            {
                "name": one.name,
                "version": one.hash,
                "size": sizes.get(f"segments.{one.name}", 0),
                "filled": is_filled,
                "sample": self._members(one.name, Filter(limit=SAMPLE))[0],
            }
            for one in segments
        ]

    def _members(self, name: str, narrow: Filter) -> tuple[list[Shape], str | None]:
        """Show a page of people; one who was merged away since it was read is left out."""
        page, reader = self.services.reader.members(name, narrow), self.services.reader
        found = [(row, reader.profile(row.profile_id)) for row in page.rows]
        return [sample_shape(decode(state), row.since) for row, state in found if state], page.next


def read_condition(body: Mapping[str, Any]) -> str:
    """Read a condition: as JSON, or as the YAML that stands in ``profile.yaml``."""
    for name in body:
        if name not in FIELDS:
            raise BadRequest(
                f"There is no field {name[:80]!r}.", field=name[:80], hint=did_you_mean(name[:80], FIELDS)
            )
    condition, text = body.get("condition"), body.get("yaml")
    if (condition is None) == (text is None):
        raise BadRequest(
            "Exactly one of condition and yaml is needed.",
            field="condition",
            hint='Send {"condition": {"inactive_for": "30d"}} or {"yaml": "inactive_for: 30d"}.',
        )
    if text is None:
        return encode(condition).decode()
    if not isinstance(text, str) or not text.strip():
        raise BadRequest("yaml is empty or not text.", field="yaml", hint="Send the condition as YAML.")
    return text


def read_sample(body: Mapping[str, Any]) -> int:
    """Read how many people to show."""
    limit = body.get("limit", PREVIEW_SAMPLE)
    if not isinstance(limit, int) or isinstance(limit, bool) or not 0 <= limit <= MOST_SAMPLE:
        raise BadRequest(
            f"limit is not a whole number from 0 to {MOST_SAMPLE}.", field="limit", hint="Send 10."
        )
    return limit
