"""What is a message's own, and known only when it leaves: its signed links and its code. Until then others stand in."""

from __future__ import annotations

#: What templates print for each name; the addresses lead nowhere, should one ever be sent as it is.
STAND_INS = {
    "unsubscribe_url": "https://unsubscribe.cuewire.invalid/",
    "preferences_url": "https://preferences.cuewire.invalid/",
}

#: What templates print for ``code``.
CODE = "[[cuewire:code]]"

#: Everything that only messages can print, by the names in templates.
OF_MESSAGES = {**STAND_INS, "code": CODE}
