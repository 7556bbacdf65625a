"""Fake vendors on one loopback port: they answer as the real ones, show what arrived, fail on request."""

from cuewire.sandbox.server import Sandbox
from cuewire.sandbox.settings import SandboxSettings

__all__ = ["Sandbox", "SandboxSettings"]
