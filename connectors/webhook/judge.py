"""What an answer means: by the conditions of the file, and where these say nothing by its status."""

from __future__ import annotations

import json
from dataclasses import dataclass

from connectors.base import REPEATABLE
from connectors.transport import as_response, read_status, retry_after
from connectors.webhook.exchange import Answered, Exchange
from connectors.webhook.wire import StoppedError
from core.ports import Delivered, Outcome, Rejected, Repeats, RetryLater, Unknown
from core.ports.request import Answer, Items

LONGEST_SAYING = 200


@dataclass(frozen=True)
class Reader:
    """Reads the answers of one action; ``keys`` are the settings to look at when they are refused."""

    title: str
    answer: Answer
    repeats: Repeats
    keys: str
    now: int

    def read(self, got: Answered, exchange: Exchange) -> Outcome:
        """Say what an answer to one delivery means."""
        seen = got.seen_from(exchange)
        found = self._by_conditions(got, seen)
        if found is not None:
            return found
        if not 200 <= got.status < 300:
            return self._by_status(got, seen)
        reference = seen.written(self.answer.reference)
        if self.answer.success is None or seen.holds(self.answer.success):
            return Delivered("accepted", reference=reference)
        is_page = got.content.lstrip().startswith("<")
        if is_page or seen.value(self.answer.success) is None:
            return Unknown(f"{self.title} gave an answer that cannot be read")
        return Rejected(self._told(got, seen))

    def read_rows(self, got: Answered, exchange: Exchange, count: int) -> list[Outcome]:
        """Say what an answer to several deliveries means for each; raises where all were refused at once."""
        outcome, items = self.read(got, exchange), self.answer.items
        if isinstance(outcome, Rejected):
            # Nobody was taken because of one of them, perhaps.
            raise StoppedError(outcome)
        if items is None or not isinstance(outcome, Delivered):
            return [outcome] * count
        found = got.seen_from(exchange).value(items.found)
        if not isinstance(found, list) or len(found) != count:
            return [Unknown(f"{self.title} gave an answer that does not tell of each")] * count
        return [self._of_item(items, exchange.having(item=one)) for one in found]

    def _of_item(self, items: Items, seen: Exchange) -> Outcome:
        if seen.holds(items.success):
            return Delivered("accepted", reference=seen.written(items.reference))
        said = seen.written(items.reason)
        reason = f"{self.title} refused it" + (f": {said}" if said else "")
        return RetryLater(reason) if seen.holds(items.retry) else Rejected(reason)

    def _by_conditions(self, got: Answered, seen: Exchange) -> Outcome | None:
        """Go through what the file says of answers; None where nothing of it holds."""
        answer, reason = self.answer, self._told(got, seen)
        until = retry_after(as_response(got.status, got.headers, ""), self.now)
        if seen.holds(answer.throttled):
            return RetryLater(reason, until=until, throttled=True)
        if seen.holds(answer.pause) or seen.holds(answer.refresh):
            return RetryLater(f"{reason} (check {self.keys})" if self.keys else reason, pause=True)
        return RetryLater(reason, until=until) if seen.holds(answer.retry) else None

    def _by_status(self, got: Answered, seen: Exchange) -> Outcome:
        """Read a status as every destination does; one that may be tried again waits as long as it is told."""
        said = self._said(seen)
        content = json.dumps({"message": said}) if said else got.content
        response = as_response(got.status, got.headers, content)
        outcome = read_status(response, title=self.title, now=self.now, keys=self.keys or "the receiver")
        if isinstance(outcome, Unknown) and self.repeats in REPEATABLE:
            until = retry_after(response, self.now)
            return RetryLater(outcome.reason, until=until, may_have_arrived=True)
        return outcome

    def _told(self, got: Answered, seen: Exchange) -> str:
        said = self._said(seen)
        return f"{self.title} answered {got.status}" + (f": {said}" if said else "")

    def _said(self, seen: Exchange) -> str:
        """Give the vendor's own words; a page of HTML is nobody's."""
        said = seen.written(self.answer.reason).strip()
        return "" if said.startswith("<") else said[:LONGEST_SAYING]


def needs_refresh(answer: Answer, got: Answered, exchange: Exchange) -> bool:
    """Say whether an answer means that the token is over."""
    return got.status == 401 or got.seen_from(exchange).holds(answer.refresh)
