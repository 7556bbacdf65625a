"""Links that are a message's own: they stand for themselves until it leaves, for only then are they signed."""

from __future__ import annotations

#: What templates print for each name; the addresses lead nowhere, should one ever be sent as it is.
STAND_INS = {
    "unsubscribe_url": "https://unsubscribe.cuewire.invalid/",
    "preferences_url": "https://preferences.cuewire.invalid/",
}
