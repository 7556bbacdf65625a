"""Deliveries out: intent, request, outcome; one lane of threads per destination.

The intent is committed before the request is written and the outcome after, so that a crash in between is
known and nothing that cannot be repeated is sent twice.
"""

from core.dispatch.dispatcher import Dispatcher
from core.dispatch.gate import Pace
from core.dispatch.outcome import settle
from core.dispatch.stop import Stop, StopSwitch

__all__ = ["Dispatcher", "Pace", "Stop", "StopSwitch", "settle"]
