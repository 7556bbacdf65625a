"""mParticle's Python library; only the host is ours."""

import sys

import mparticle

configuration = mparticle.Configuration()
configuration.host = f"{sys.argv[1]}/v2"
configuration.api_key, configuration.api_secret = "mp-key", "mp-secret"
batch = mparticle.Batch()
batch.environment = "production"
batch.user_identities = mparticle.UserIdentities(customerid=sys.argv[2])
batch.user_attributes = {"plan": "pro"}
event = mparticle.AppEvent("Client Spoke", "navigation")
event.custom_attributes = {"text": "Grüße 😀", "price": "1.5"}
batch.events = [event]
send = mparticle.EventsApi(configuration)
try:
    send.bulk_upload_events([batch]) if "bulk" in sys.argv else send.upload_events(batch)
except mparticle.rest.ApiException as refused:
    print(f"refused: {refused.status}")
