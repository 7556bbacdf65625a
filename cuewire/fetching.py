"""Ask a vendor's address on behalf of a source: bounded in time and size, and never led elsewhere."""

from __future__ import annotations

import requests

from connectors.setting import is_loopback
from core.errors import Busy

#: A sender waits for our answer meanwhile; SNS does so for 15 seconds.
TIMEOUT = 5
#: Certificates and key sets have a few thousand bytes.
LARGEST = 256 * 1024


def fetch(address: str) -> tuple[int, bytes]:
    """Give the status and the body; whoever does not answer may do so later."""
    try:
        with requests.Session() as session:
            session.trust_env = not is_loopback(address)
            with session.get(address, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer:
                return answer.status_code, answer.raw.read(LARGEST, decode_content=True) or b""
    except (requests.RequestException, OSError) as error:
        raise Busy(
            "The sender's own server does not answer.", retry_after=5, hint="Send it again."
        ) from error
