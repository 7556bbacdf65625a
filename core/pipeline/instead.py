"""What follows a message that was refused: it counts for no cap, and the next of its channels takes its place."""

from __future__ import annotations

from msgspec import structs

from core.engine import Profile
from core.engine.digest import spare_id
from core.pipeline.pipeline import Pipeline
from core.pipeline.working import WorkingSet
from core.ports import DeliveryRow, Status, Transaction

LONGEST_REASON = 300


class Instead:
    """Puts the next channel in the place of one that its vendor, or the person meanwhile, refused."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def refused(self, tx: Transaction, row: DeliveryRow, now: int) -> None:
        """Take a message that reached nobody off the caps, and let its next channel follow."""
        people = WorkingSet(tx, self._pipeline.rules, now)
        owner = tx.profiles.canonical(row.profile_id)
        people.load_profiles([owner])
        if not row.channel or owner not in people.profiles:
            return
        unsent = _unsent(people.profiles[owner], row.id)
        if unsent is not None:
            people.adopt(unsent)
            self._pipeline.save(people)
        self.follow(tx, row, now, why=row.reason)

    def follow(self, tx: Transaction, row: DeliveryRow, now: int, *, why: str) -> None:
        """Add the delivery by the next channel, due now and valid as long as the first one was."""
        if not row.spare:
            return
        following, *left = row.spare
        row.spare = []
        tx.deliveries.save(row)
        told = f"instead of {row.channel}, which was refused: {why}"[:LONGEST_REASON]
        by_next = structs.replace(
            row,
            id=spare_id(row.id, following.channel),
            destination=following.destination,
            action=following.action,
            channel=following.channel,
            fields=following.fields,
            status=Status.SCHEDULED,
            reason=told,
            reference="",
            attempts=[],
            due_at=now,
            created_at=now,
            spare=left,
        )
        tx.deliveries.add([by_next])
        self._pipeline.tell_news()


def _unsent(profile: Profile, delivery_id: str) -> Profile | None:
    sent = [one for one in profile.sent if one.id != delivery_id]
    return structs.replace(profile, sent=sent) if len(sent) < len(profile.sent) else None
