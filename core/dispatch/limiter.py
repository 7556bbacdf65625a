"""Keep to a destination's rate: a bucket of tokens, and a hold while it says that we are too fast.

The bucket is a value in the store. Whoever claims from that store takes from it in the transaction of the claim,
and a restart goes on with what is left in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from core.ports import Outcome, Pace, RetryLater, Transaction, Unknown
from core.retry import hold_until

FIRST_HOLD = 1_000
LONGEST_OWN_HOLD = 60_000
MOST_DOUBLINGS = 10

#: A claim that waited for the writer may come this much behind another; further behind, the clock was set back.
LATE = 5_000


class Bucket(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many calls may start, as of the time ``at``, and until when none may. Times in milliseconds."""

    tokens: float
    at: int
    held_until: int = 0
    streak: int = 0

    def filled(self, now: int, *, per_second: float, burst: int) -> Bucket:
        """Add what the time since has brought."""
        if now < self.at - LATE:
            # Another clock's times say nothing of now: one call is let go, from which it is reckoned anew.
            return Bucket(1.0, now, streak=self.streak)
        # While held nothing is added: a full burst at the end of the hold would be throttled again.
        gained = max(0, now - max(self.at, self.held_until)) * per_second / 1000
        return replace(self, tokens=min(burst, self.tokens + gained), at=max(self.at, now))

    def room(self, now: int) -> int:
        """Say how many calls may start now."""
        return 0 if now < self.held_until else max(0, int(self.tokens))

    def free_at(self, *, per_second: float) -> int:
        """Give the time at which at least one call may start."""
        missing = max(0.0, 1 - self.tokens)
        return max(self.at, self.held_until) - int(-missing * 1000 // per_second)

    def throttled(self, now: int, until: int | None) -> Bucket:
        """Hold everything until the destination's own time, else for a while that doubles from hold to hold."""
        is_known = now < self.held_until  # by the answer to another call that left beside this one
        own = now if is_known else now + min(FIRST_HOLD << self.streak, LONGEST_OWN_HOLD)
        return replace(
            self,
            tokens=min(self.tokens, 1.0),
            held_until=max(self.held_until, own if until is None else hold_until(until, now)),
            streak=self.streak if is_known else min(self.streak + 1, MOST_DOUBLINGS),
        )

    def eased(self) -> Bucket:
        """Forget past throttling after an answer that was none."""
        return replace(self, streak=0) if self.streak else self

    def resumed(self, burst: int) -> Bucket:
        """Begin small after an outage: a tenth of the burst."""
        return replace(self, tokens=min(self.tokens, max(1.0, burst / 10)))


_decode = msgspec.json.Decoder(Bucket).decode
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Limiter:
    """Look up a destination's bucket and put it back, always within the transaction of what is counted."""

    destination: str
    pace: Pace

    @property
    def key(self) -> str:
        """Name the value that holds the bucket."""
        return f"pace:{self.destination}"

    def bucket(self, tx: Transaction, now: int) -> Bucket:
        """Give the bucket as of now; a full one where nothing was ever sent."""
        kept = tx.keys.get(self.key)
        if kept is None:
            return Bucket(float(self.pace.burst), now)
        return _decode(kept).filled(now, per_second=self.pace.per_second, burst=self.pace.burst)

    def free_at(self, bucket: Bucket) -> int:
        """Give the time at which at least one call may start."""
        return bucket.free_at(per_second=self.pace.per_second)

    def take(self, tx: Transaction, bucket: Bucket, calls: int) -> None:
        """Use up what is started."""
        if calls:
            self._put(tx, replace(bucket, tokens=bucket.tokens - calls))

    def learn(self, tx: Transaction, said: Outcome, *, resumed: bool, now: int) -> None:
        """Let an answer hold the destination, or let it go; ``resumed`` ends an outage."""
        bucket = found = self.bucket(tx, now)
        if isinstance(said, RetryLater) and said.throttled:
            found = found.throttled(now, said.until)
        elif not isinstance(said, RetryLater | Unknown):
            found = found.eased()
        found = found.resumed(self.pace.burst) if resumed else found
        if found != bucket:
            self._put(tx, found)

    def _put(self, tx: Transaction, bucket: Bucket) -> None:
        tx.keys.put(self.key, _encode(bucket).decode(), bucket.at)
