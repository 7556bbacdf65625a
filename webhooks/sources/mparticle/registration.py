"""What we tell mParticle of ourselves when it registers us as a Firehose partner."""

from __future__ import annotations

from webhooks.sources.loose import Object

PERMISSIONS: Object = {
    "user_identities": [
        {"type": kind, "encoding": "raw", "required": False} for kind in ("customer", "email", "mobile")
    ],
    "device_identities": [
        {"type": kind, "encoding": "raw", "required": False} for kind in ("ios_vendor_id", "android_id")
    ],
    "partner_identities": [],
    "allow_consent_state": True,
    "allow_access_mpid": True,
    "allow_user_attributes": True,
}

#: The one setting that mParticle asks its users for; it proves them to us.
KEY_SETTING: Object = {
    "type": "text",
    "id": "apiKey",
    "name": "API Key",
    "description": "The value of CUEWIRE_MPARTICLE_AUTHORIZATION.",
    "visible": True,
    "required": True,
    "confidential": True,
}
PROCESSED = (
    *("custom_event", "screen_view", "session_start", "session_end", "product_action", "promotion_action"),
    *("impression", "user_attribute_change", "user_identity_change", "application_state_transition"),
    *("push_message_receipt", "push_message_open", "push_subscription", "error", "privacy_setting_change"),
)


def registration(domain: str) -> Object:
    """Tell what we are, what we take, and at which domain requests of privacy reach us."""
    settings = {"account_settings": [KEY_SETTING]}
    return {
        "name": "Cuewire",
        "description": "From customer events to the right message, once.",
        "version": "1.0",
        "permissions": PERMISSIONS,
        "event_processing_registration": {
            **settings,
            "supported_event_types": list(PROCESSED),
            "supported_runtime_environments": ["ios", "android", "web", "unknown"],
            "supported_system_notification_types": ["gdpr_consent_state", "ccpa_consent_state"],
            "max_data_age_hours": 24,
        },
        "audience_processing_registration": {**settings, "audience_subscription_settings": []},
        "dsr_processing_registration": {
            "account_settings": [KEY_SETTING],
            "supported_dsr_types": ["erasure", "access", "portability"],
            "domain": domain,
        },
    }
