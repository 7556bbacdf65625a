"""The fields of each Braze action, as ``cuewire check`` and the docs show them."""

from __future__ import annotations

from connectors.braze.fitness import BEHAVIOURS, STATES
from connectors.braze.person import IDENTIFIERS, identifiers
from core.ports import FieldSpec

TIME = FieldSpec("time", "When it happened, as ISO text; else when the delivery was made.")
APP = FieldSpec("app_id", "The app it belongs to, where the workspace has several.")

EVENT = (
    FieldSpec("name", "The name of the event in Braze."),
    TIME,
    FieldSpec("properties", "A map of properties of the event."),
    APP,
    *IDENTIFIERS,
)
PURCHASE = (
    FieldSpec("product_id", "What was bought."),
    FieldSpec("currency", "The currency, in three letters such as EUR."),
    FieldSpec("price", "The price of one, as a number."),
    FieldSpec("quantity", "How many; 1 unless said."),
    TIME,
    FieldSpec("properties", "A map of properties of the purchase."),
    APP,
    *IDENTIFIERS,
)

#: What goes with a campaign or canvas that is started for a person.
STARTED = (
    FieldSpec("attributes", "A map of attributes that Braze sets first, so that the message can read them."),
    FieldSpec("send_to_existing_only", "False to create who is not known yet; it then needs attributes."),
    *identifiers("external_id", "user_alias", "email"),
)
CAMPAIGN = (
    FieldSpec("campaign_id", "The API id of a campaign that is delivered by API."),
    FieldSpec("trigger_properties", "A map that the campaign's message reads."),
    *STARTED,
)
CANVAS = (
    FieldSpec("canvas_id", "The API id of a canvas that is entered by API."),
    FieldSpec("context", "A map that the canvas reads."),
    *STARTED,
)

NAMED = identifiers("external_id", "user_alias")
TRANSACTIONAL = (
    FieldSpec("campaign_id", "The API id of a transactional e-mail campaign."),
    FieldSpec("trigger_properties", "A map that the campaign's e-mail reads."),
    FieldSpec("attributes", "A map of attributes that Braze sets first."),
    *NAMED,
)
EMAIL = (
    FieldSpec("app_id", "The API id of the app that the e-mail is counted under."),
    FieldSpec("subject", "The subject."),
    FieldSpec("html", "The body as HTML."),
    FieldSpec("text", "The body as plain text; else Braze makes it from html."),
    FieldSpec("from", "The sender, as Name <address>."),
    FieldSpec("reply_to", "Where answers go, as Name <address>."),
    *NAMED,
)
PUSH = (
    FieldSpec("title", "The title."),
    FieldSpec("body", "The text."),
    FieldSpec("url", "What opens at a tap: a web address or a link into the app."),
    *NAMED,
)
SMS = (
    FieldSpec("subscription_group_id", "The id of the subscription group that is written from."),
    FieldSpec("app_id", "The API id of the app that the message is counted under."),
    FieldSpec("body", "The text."),
    *NAMED,
)

ALIAS = (
    FieldSpec("alias_name", "The alias itself, such as an anonymous id."),
    FieldSpec("alias_label", "What kind of alias it is, such as anonymous_id."),
    FieldSpec(
        "external_id", "Whose alias it becomes; without it, Braze makes a person that has only the alias."
    ),
)
IDENTIFY = (
    FieldSpec("external_id", "The id that the person shall have."),
    *identifiers("user_alias", "email", "phone"),
    FieldSpec(
        "merge_behavior", "What becomes of what was known: merge unless said, or none.", words=BEHAVIOURS
    ),
)
MERGE = (
    *NAMED,
    FieldSpec("merged_external_id", "The external id of the one that is merged into it, and is gone then."),
    FieldSpec("merged_user_alias", "That one's user_alias, where there is no external id."),
)
SUBSCRIPTION = (
    FieldSpec("subscription_group_id", "The id of the subscription group."),
    FieldSpec("status", "subscribed or unsubscribed.", words=STATES),
    *identifiers("external_id", "email", "phone"),
)
PERSON = identifiers("external_id", "braze_id", "user_alias")
PROFILE = IDENTIFIERS
