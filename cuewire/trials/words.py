"""What happened in a test, in a person's words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from core.engine.decision import GATES, Decision, Reason
from core.engine.duration import UNITS, format_duration
from core.ports import DeliveryRow
from cuewire.trials.verdict import ABSENT, differences


def shown(value: Any) -> str:
    """Write a value: text in quotes, whole numbers without fraction, maps and lists as JSON does."""
    if value is ABSENT or value is None:
        return "nothing"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False, default=str)


def told(value: Any) -> str:
    """Write what a reason saw: names before what they hold, text as it is."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {told(held)}" for name, held in value.items())
    return value if isinstance(value, str) else shown(value)


def offset(milliseconds: int) -> str:
    """Write a time since the start as tests do; one that no unit says exactly is split: ``1d 15m``."""
    if milliseconds < 0:
        return f"{offset(-milliseconds)} before the start"
    parts, left = [], milliseconds
    for unit in ("d", "h", "m"):
        count, left = divmod(left, UNITS[unit])
        parts += [f"{count}{unit}"] if count else []
    if left:
        parts.append(format_duration(left))
    return " ".join(parts) or "0m"


def why(decision: Decision) -> str:
    """Give the reasons that failed, or what the anchor saw where none did."""
    failed = [reason for reason in decision.reasons if not reason.passed]
    return "; ".join(reason_text(reason) for reason in failed or decision.reasons[:1])


def reason_text(reason: Reason) -> str:
    """Tell one gate: what it asked, what it saw, what it needed."""
    parts = [f"saw {told(reason.saw)}"] if reason.saw is not None else []
    if reason.needed not in (None, True):
        parts.append(f"needed {told(reason.needed)}")
    return f"{reason.gate}: {reason.expression}" + (f" ({', '.join(parts)})" if parts else "")


def gate_of(decision: Decision) -> str:
    """Name the gate that is counted: the first that failed."""
    failed = {reason.gate for reason in decision.reasons if not reason.passed}
    return next((gate for gate in GATES if gate in failed), "")


def decision_text(decision: Decision, start: int) -> str:
    """Tell an outcome with its gate and time."""
    gate = gate_of(decision)
    by = f" by {gate}" if gate and decision.outcome != "fired" else ""
    return f"{decision.outcome}{by} at {offset(decision.at - start)}"


def step_name(row: DeliveryRow) -> str:
    """Name a step as a test would."""
    return f"send: {row.message}" if row.message else f"{row.destination}.{row.action}"


def differences_text(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Tell each place that differs."""
    parts = [
        f"{path} is {shown(there)}, not {shown(value)}" for path, value, there in differences(wanted, found)
    ]
    return listed(parts)


def fields_text(fields: Mapping[str, Any]) -> str:
    """List fields with their values."""
    return ", ".join(f"{name} {shown(value)}" for name, value in fields.items())


def listed(parts: Iterable[str]) -> str:
    """Join a few things for reading, the first eight of them."""
    found = list(parts)
    more = f" and {len(found) - 8} more" if len(found) > 8 else ""
    return "; ".join(found[:8]) + more
