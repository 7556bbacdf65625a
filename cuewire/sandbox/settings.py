"""What a sandbox believes: the credentials it accepts and how fast its vendors move."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def new_account_sid() -> str:
    """Make an account SID as Twilio writes them."""
    return f"AC{secrets.token_hex(16)}"


#: The setting of the server that goes with each credential.
CREDENTIALS = {
    "twilio_account_sid": "CUEWIRE_TWILIO_ACCOUNT_SID",
    "twilio_auth_token": "CUEWIRE_TWILIO_AUTH_TOKEN",
    "braze_api_key": "CUEWIRE_BRAZE_API_KEY",
    "hubspot_access_token": "CUEWIRE_HUBSPOT_ACCESS_TOKEN",
    "hubspot_client_id": "CUEWIRE_HUBSPOT_CLIENT_ID",
    "hubspot_client_secret": "CUEWIRE_HUBSPOT_CLIENT_SECRET",
    "hubspot_refresh_token": "CUEWIRE_HUBSPOT_REFRESH_TOKEN",
    "salesforce_consumer_key": "CUEWIRE_SALESFORCE_CONSUMER_KEY",
    "salesforce_consumer_secret": "CUEWIRE_SALESFORCE_CONSUMER_SECRET",
    "salesforce_username": "CUEWIRE_SALESFORCE_USERNAME",
    "salesforce_password": "CUEWIRE_SALESFORCE_PASSWORD",
    "sendgrid_api_key": "CUEWIRE_SENDGRID_API_KEY",
    "segment_out_write_key": "CUEWIRE_SEGMENT_OUT_WRITE_KEY",
    "webhook_signing_secret": "CUEWIRE_WEBHOOK_SIGNING_SECRET",
    "marketo_client_id": "CUEWIRE_MARKETO_CLIENT_ID",
    "marketo_client_secret": "CUEWIRE_MARKETO_CLIENT_SECRET",
    "mailchimp_api_key": "CUEWIRE_MAILCHIMP_API_KEY",
    "mailchimp_list_id": "CUEWIRE_MAILCHIMP_LIST_ID",
    "customerio_site_id": "CUEWIRE_CUSTOMERIO_SITE_ID",
    "customerio_api_key": "CUEWIRE_CUSTOMERIO_API_KEY",
    "mixpanel_service_account": "CUEWIRE_MIXPANEL_SERVICE_ACCOUNT",
    "mixpanel_service_secret": "CUEWIRE_MIXPANEL_SERVICE_SECRET",
    "mixpanel_project_id": "CUEWIRE_MIXPANEL_PROJECT_ID",
    "mixpanel_project_token": "CUEWIRE_MIXPANEL_PROJECT_TOKEN",
    "amplitude_api_key": "CUEWIRE_AMPLITUDE_API_KEY",
}

#: Fakes whose credentials carry the names of the server's settings, and those that only need an address.
NAMED_ALIKE = ("webhook", "marketo", "mailchimp", "customerio", "mixpanel", "amplitude")
ADDRESSED = ("slack", "zapier", "make")

#: Any My Domain leads to the fake; this one says what it is.
SALESFORCE_DOMAIN = "sandbox.my"

#: A number that may send here, as Twilio's own test credentials have it.
TWILIO_SENDER = "+15005550006"

#: A sender that the fake takes for verified, as it takes any.
SENDGRID_SENDER = "Cuewire sandbox <sandbox@example.com>"


def new_token() -> str:
    """Make a credential of no particular form."""
    return secrets.token_hex(16)


def new_number() -> int:
    """Give a number from which on no earlier sandbox has counted."""
    return int(time.time())


def new_signing_secret() -> str:
    """Make a secret of Standard Webhooks."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"


@dataclass(frozen=True)
class SandboxSettings:
    """Credentials that the fakes accept, made up where none are given, and their pace in seconds."""

    twilio_account_sid: str = field(default_factory=new_account_sid)
    twilio_auth_token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    braze_api_key: str = field(default_factory=lambda: secrets.token_hex(18), repr=False)
    hubspot_access_token: str = field(default_factory=lambda: f"pat-{secrets.token_hex(16)}", repr=False)
    hubspot_client_id: str = field(default_factory=lambda: secrets.token_hex(16))
    hubspot_client_secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    hubspot_refresh_token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    salesforce_consumer_key: str = field(default_factory=lambda: f"3MVG9{secrets.token_hex(16)}", repr=False)
    salesforce_consumer_secret: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    salesforce_username: str = "sandbox@example.com"
    salesforce_password: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    sendgrid_api_key: str = field(default_factory=lambda: f"SG.{secrets.token_hex(24)}", repr=False)
    segment_out_write_key: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    webhook_signing_secret: str = field(default_factory=new_signing_secret, repr=False)
    marketo_client_id: str = field(default_factory=new_token)
    marketo_client_secret: str = field(default_factory=new_token, repr=False)
    mailchimp_api_key: str = field(default_factory=lambda: f"{new_token()}-us0", repr=False)
    mailchimp_list_id: str = "a1b2c3"
    customerio_site_id: str = field(default_factory=new_token)
    customerio_api_key: str = field(default_factory=new_token, repr=False)
    mixpanel_service_account: str = "cuewire.sandbox.mp-service-account"
    mixpanel_service_secret: str = field(default_factory=new_token, repr=False)
    mixpanel_project_id: str = "1234567"
    mixpanel_project_token: str = field(default_factory=new_token, repr=False)
    amplitude_api_key: str = field(default_factory=new_token, repr=False)
    #: The number of the CRMs' first contact. A server may remember those of an earlier sandbox: see ``new_number``.
    first_contact: int = 1
    #: Between one status callback of a message and the next.
    callback_pace: float = 0.05
    #: Before the first callback of a message whose answer was lost, so that its sender is seen not knowing.
    hold_after_drop: float = 1.5
    #: Times that one status callback is tried while its receiver is down.
    callback_tries: int = 10
    #: Before the second try; it doubles from there, up to two seconds.
    callback_retry: float = 0.2

    @classmethod
    def accepting(cls, environment: Mapping[str, str]) -> SandboxSettings:
        """Accept the credentials that a server already has, and make up the others."""
        first = {
            name: environment.get(known, "").split(",")[0].strip() for name, known in CREDENTIALS.items()
        }
        given: dict[str, Any] = {name: value for name, value in first.items() if value}
        return cls(**given)

    def as_environment(self, url: str) -> dict[str, str]:
        """Give the settings that point a server at this sandbox."""
        return {
            "CUEWIRE_TWILIO_ACCOUNT_SID": self.twilio_account_sid,
            "CUEWIRE_TWILIO_AUTH_TOKEN": self.twilio_auth_token,
            "CUEWIRE_TWILIO_FROM": TWILIO_SENDER,
            "CUEWIRE_TWILIO_BASE_URL": f"{url}/twilio",
            "CUEWIRE_BRAZE_API_KEY": self.braze_api_key,
            "CUEWIRE_BRAZE_BASE_URL": f"{url}/braze",
            "CUEWIRE_HUBSPOT_ACCESS_TOKEN": self.hubspot_access_token,
            "CUEWIRE_HUBSPOT_BASE_URL": f"{url}/hubspot",
            "CUEWIRE_SALESFORCE_CONSUMER_KEY": self.salesforce_consumer_key,
            "CUEWIRE_SALESFORCE_CONSUMER_SECRET": self.salesforce_consumer_secret,
            "CUEWIRE_SALESFORCE_DOMAIN": SALESFORCE_DOMAIN,
            "CUEWIRE_SALESFORCE_BASE_URL": f"{url}/salesforce",
            "CUEWIRE_SENDGRID_API_KEY": self.sendgrid_api_key,
            "CUEWIRE_SENDGRID_FROM": SENDGRID_SENDER,
            "CUEWIRE_SENDGRID_BASE_URL": f"{url}/sendgrid",
            "CUEWIRE_SEGMENT_OUT_WRITE_KEY": self.segment_out_write_key,
            "CUEWIRE_SEGMENT_OUT_BASE_URL": f"{url}/segment_out",
            **self._of_presets(url),
        }

    def _of_presets(self, url: str) -> dict[str, str]:
        """Give the settings of what presets describe."""
        kinds = (*NAMED_ALIKE, *ADDRESSED)
        bases = {f"CUEWIRE_{kind}_BASE_URL".upper(): f"{url}/{kind}" for kind in kinds}
        return bases | {
            setting: getattr(self, name)
            for name, setting in CREDENTIALS.items()
            if name.partition("_")[0] in NAMED_ALIKE
        }
