"""Fakes of what our described destinations talk to: any webhook, and the vendors that presets name."""

from __future__ import annotations

from flask import Blueprint

from cuewire.sandbox.presets.amplitude import amplitude
from cuewire.sandbox.presets.customerio import customerio
from cuewire.sandbox.presets.hooks import make, slack, webhook, zapier
from cuewire.sandbox.presets.mailchimp import mailchimp
from cuewire.sandbox.presets.marketo import marketo
from cuewire.sandbox.presets.mixpanel import mixpanel
from cuewire.sandbox.presets.shelf import Shelf
from cuewire.sandbox.settings import SandboxSettings
from cuewire.sandbox.vendor import Desk

__all__ = ["Shelf", "all_presets"]

FAKES = (webhook, slack, zapier, make, marketo, mailchimp, customerio, mixpanel, amplitude)


def all_presets(settings: SandboxSettings, desk: Desk, shelf: Shelf) -> list[Blueprint]:
    """Build the routes of all of them."""
    return [fake(settings, desk, shelf) for fake in FAKES]
