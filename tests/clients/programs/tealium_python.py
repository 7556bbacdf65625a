"""Tealium's Python library; only the address is ours."""

import sys

from tealium import Tealium

Tealium.T_BASE_URL = f"{sys.argv[1]}/event"


def told(info: dict, success: bool, error: object) -> None:
    """Say what the library says."""
    if not success:
        print(f"refused: {error}")


data = {"tealium_visitor_id": sys.argv[2], "text": "Grüße 😀", "price": 1.5}
Tealium("acme", "main", "prod", "abc123").trackEvent("Client Spoke", data=data, callback=told)
