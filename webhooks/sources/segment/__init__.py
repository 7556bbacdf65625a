"""Segment: its tracking API, as any Segment or RudderStack SDK calls it, and its webhook destinations."""

from webhooks.sources.segment.tracking import TrackingApi
from webhooks.sources.segment.webhook import Webhook

#: The ``uses`` of a source file that is read here.
KIND = "segment"

__all__ = ["KIND", "TrackingApi", "Webhook"]
