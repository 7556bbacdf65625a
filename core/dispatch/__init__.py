"""Deliveries out: intent, request, outcome; one lane of threads per destination.

The intent is committed before the request is written and the outcome after, so that a crash in between is
known and nothing that cannot be repeated is sent twice.
"""

from core.dispatch.dispatcher import Dispatcher
from core.dispatch.outcome import settle
from core.dispatch.redrive import Redrive, Redriven, Selection
from core.dispatch.stop import Stop, StopSwitch
from core.ports import Pace

__all__ = ["Dispatcher", "Pace", "Redrive", "Redriven", "Selection", "Stop", "StopSwitch", "settle"]
