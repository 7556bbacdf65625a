"""Segment's Python library, as its own quickstart uses it; only the host is ours."""

import os
import sys

from segment.analytics import Client

client = Client(os.environ["WRITE_KEY"], host=sys.argv[1], gzip="gzip" in sys.argv, sync_mode=False)
client.identify(sys.argv[2], {"plan": "pro"})
client.track(sys.argv[2], "Client Spoke", {"text": "Grüße 😀", "price": 1.5})
client.page(sys.argv[2], "Docs", "Start", {"path": "/start"})
client.group(sys.argv[2], "g1", {"name": "Acme"})
client.flush()
client.shutdown()
