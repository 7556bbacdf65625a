"""By which SendGrid alerts leave."""

from __future__ import annotations

from cuewire.alerting import mail_of
from cuewire.settings import Settings

KINDS = {"braze": "braze", "sendgrid": "sendgrid", "sendgrid_eu": "sendgrid"}
KEYS = {"CUEWIRE_API_KEY": "k" * 40, "CUEWIRE_SECRET_KEY": "s" * 40}


def name(**environment: str) -> str:
    """Name the instance that is chosen with these settings."""
    return mail_of(Settings.read(KEYS | environment), KINDS).name


def test_mail_goes_by_the_first_instance_that_has_its_settings() -> None:
    """The one named as its kind goes first; where none has, it says what it lacks."""
    eu = {"CUEWIRE_SENDGRID_EU_API_KEY": "x", "CUEWIRE_SENDGRID_EU_FROM": "a@b.com"}
    usual = {"CUEWIRE_SENDGRID_API_KEY": "x", "CUEWIRE_SENDGRID_FROM": "a@b.com"}
    assert name(**eu) == "sendgrid_eu"
    assert name(**eu, **usual) == "sendgrid"
    assert name() == "sendgrid"
    assert mail_of(Settings.read(KEYS), KINDS).missing_settings() != []
