"""Braze: events, purchases and attributes, messages and campaigns, and who is who there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.base import Destination, action
from connectors.braze import field, message, people
from connectors.braze.api import Api
from connectors.braze.fitness import unfit
from connectors.braze.person import tracked
from connectors.braze.sent import Sent
from connectors.braze.track import MOST, track_events, track_purchases, update
from core.errors import OperatorError
from core.ports import Delivered, DeliveryRow, Inspected, Outcome, Repeats, Unknown, Written
from core.secret import Secret


class Braze(Destination):
    """Track people in Braze, start its campaigns and canvases, send its messages, and keep its people in order."""

    title = "Braze"

    @dataclass(frozen=True)
    class Settings:
        """What an operator sets for Braze."""

        api_key: Secret  #: REST API key with the permissions of the actions you use.
        batch_limit: str = "75"  #: Objects in one request to /users/track: 75, or what your contract says.
        base_url: str = "https://rest.iad-01.braze.com"  #: REST endpoint of your cluster.

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._sent = Sent(self.clock)
        text = self.settings.batch_limit
        if not (text.isascii() and text.isdigit() and 0 < int(text) <= MOST):
            raise OperatorError(
                f"{self.variable('batch_limit')} is not a number from 1 to {MOST}.",
                hint="Set it to what your contract says of /users/track, or leave it out.",
            )
        self._limit = int(text)

    def connect(self) -> None:
        """Open one session for all threads."""
        from connectors.transport import Bearer, open_session  # requests is slow to import

        session = open_session(self.base_url)
        session.auth = Bearer(self.settings.api_key.reveal())
        self.api = Api(session, self.base_url, self.read_error)

    @action(repeats=Repeats.AT_MOST_ONCE, fields=field.EVENT, requires=("name",), batch=MOST)
    def track_event(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Record a custom event for a person."""
        return track_events(self.api, batch, self._limit)

    @action(
        repeats=Repeats.AT_MOST_ONCE,
        fields=field.PURCHASE,
        requires=("product_id", "currency", "price"),
        batch=MOST,
    )
    def track_purchase(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Record a purchase of a person."""
        return track_purchases(self.api, batch, self._limit)

    @action(repeats=Repeats.IDEMPOTENT, fields=field.PROFILE, open_fields=True, batch=MOST)
    def update_profile(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Set attributes of a person; every other field is an attribute."""
        return update(self.api, batch, self._sent, self._limit)

    @action(
        repeats=Repeats.AT_MOST_ONCE, fields=field.CAMPAIGN, requires=("campaign_id",), batch=message.MOST
    )
    def trigger_campaign(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Send a campaign that was made in Braze to a person."""
        return self._with_attributes(batch, message.start_campaigns(self.api, batch))

    @action(repeats=Repeats.AT_MOST_ONCE, fields=field.CANVAS, requires=("canvas_id",), batch=message.MOST)
    def trigger_canvas(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Let a person enter a canvas that was made in Braze."""
        return self._with_attributes(batch, message.start_canvases(self.api, batch))

    @action(
        repeats=Repeats.KEYED,
        channel="email",
        fields=field.TRANSACTIONAL,
        requires=("campaign_id",),
        horizon=message.KEY_KEPT,
    )
    def send_transactional_email(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Send a transactional e-mail that was made in Braze."""
        return self._with_attributes(batch, self._one_by_one(message.send_transactional, batch))

    @action(
        repeats=Repeats.AT_MOST_ONCE,
        channel="email",
        fields=field.EMAIL,
        requires=("app_id", "subject", "html", "from"),
    )
    def send_email(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Send an e-mail that is written here."""
        return self._one_by_one(message.send, batch)

    @action(repeats=Repeats.AT_MOST_ONCE, channel="push", fields=field.PUSH, requires=("title", "body"))
    def send_message(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Send a push message to a person's phones."""
        return self._one_by_one(message.send, batch)

    @action(
        repeats=Repeats.AT_MOST_ONCE,
        channel="sms",
        fields=field.SMS,
        requires=("subscription_group_id", "app_id", "body"),
    )
    def send_sms(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Send a text message that is written here."""
        return self._one_by_one(message.send, batch)

    @action(
        repeats=Repeats.IDEMPOTENT,
        fields=field.ALIAS,
        requires=("alias_name", "alias_label"),
        batch=people.MOST,
    )
    def add_alias(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Give a person a further name."""
        return people.add_aliases(self.api, batch)

    @action(repeats=Repeats.IDEMPOTENT, fields=field.IDENTIFY, requires=("external_id",), batch=people.MOST)
    def identify(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Give an external id to a person who is known by an alias, an e-mail address or a phone number."""
        return self._rearranged(people.identify(self.api, batch))

    @action(repeats=Repeats.IDEMPOTENT, fields=field.MERGE)
    def merge_users(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Merge one person into another, which cannot be undone."""
        return self._rearranged(self._one_by_one(people.merge, batch))

    @action(
        repeats=Repeats.IDEMPOTENT,
        fields=field.SUBSCRIPTION,
        requires=("subscription_group_id", "status"),
        batch=people.MOST,
    )
    def set_subscription(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Say whether a person gets the messages of a subscription group."""
        return people.set_subscriptions(self.api, batch)

    @action(repeats=Repeats.IDEMPOTENT, fields=field.PERSON, batch=people.MOST)
    def erase(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Have Braze delete a person for good."""
        return self._rearranged(people.erase(self.api, batch))

    def inspect(self, written: Written) -> list[Inspected]:
        """Try the key, and look at the campaigns and canvases that the mappings name."""
        self._connect_once()
        return self.api.inspect(written)

    def refusal(self, delivery: DeliveryRow) -> str:
        """Refuse what Braze would drop without a word, do twice, or do to everybody."""
        return unfit(delivery)

    def read_error(self, error: Exception) -> Outcome:
        """Leave open what may have reached a person; the base class reads statuses and transport faults."""
        if isinstance(error, message.Doubtful):
            return Unknown("Braze answered 503, which does not say whether it took the message")
        return super().read_error(error)

    def _one_by_one(
        self, call: Callable[[Api, DeliveryRow], Outcome], batch: Sequence[DeliveryRow]
    ) -> list[Outcome]:
        return [call(self.api, row) for row in batch]

    def _with_attributes(self, batch: Sequence[DeliveryRow], outcomes: list[Outcome]) -> list[Outcome]:
        """Forget what was last sent of those whose attributes went along, or what comes back would not be written."""
        for row in batch:
            for name in message.OF_STARTED if row.fields.get("attributes") else ():
                self._sent.forget(tracked({name: row.fields.get(name)}))
        return outcomes

    def _rearranged(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Forget what was sent of people who may be others now."""
        if any(isinstance(outcome, Delivered) for outcome in outcomes):
            self._sent.forget_all()
        return outcomes
