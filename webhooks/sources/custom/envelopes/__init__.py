"""Queues that push over HTTP: each proves itself in its own way and wraps the events of others."""

from __future__ import annotations

from webhooks.sources.custom.envelopes.base import Envelope
from webhooks.sources.custom.envelopes.firehose import Firehose
from webhooks.sources.custom.envelopes.pubsub import PubSub
from webhooks.sources.custom.envelopes.sns import Sns

#: By the name that ``receive.envelope`` gives.
ENVELOPES: dict[str, type[Envelope]] = {"sns": Sns, "firehose": Firehose, "pubsub": PubSub}
