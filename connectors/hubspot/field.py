"""The fields of each HubSpot action, as ``cuewire check`` and the docs show them."""

from __future__ import annotations

from connectors.coercion import TYPES
from connectors.hubspot.mail import STATUSES
from core.ports import FieldSpec

CONTACT_ID = FieldSpec(
    "contact_id", "The contact's record id in HubSpot, such as profile.identifiers.hubspot_id."
)
EMAIL = FieldSpec("email", "The person's e-mail address, where no record id is known.")
LIST_ID = FieldSpec("list_id", "The ILS list id of a static list.")

#: Who a delivery is about: the record id goes first, as it saves a request.
PERSON = (CONTACT_ID, EMAIL)

CONTACT = (
    FieldSpec("email", "The person's e-mail address, by which HubSpot finds the contact."),
    FieldSpec("id_property", "A unique property that finds the contact instead of the e-mail address."),
    FieldSpec("id", "The value of that property for this person."),
    TYPES,
    FieldSpec("firstname", "First name."),
    FieldSpec("lastname", "Last name."),
    FieldSpec("phone", "Phone number."),
    FieldSpec("lifecyclestage", "Lifecycle stage, by its internal name, such as lead."),
)

COMPANY = (
    FieldSpec(
        "id_property", "The unique property that finds the company, or hs_object_id for its record id."
    ),
    FieldSpec("id", "The value of that property for this company."),
    TYPES,
    FieldSpec("name", "The company's name."),
    FieldSpec("domain", "Its domain, such as example.com."),
)

ASSOCIATION = (
    *PERSON,
    FieldSpec("company_id", "The company's record id in HubSpot."),
    FieldSpec(
        "company_id_property", "A unique property that finds the company, where no record id is known."
    ),
    FieldSpec("company", "The value of that property for this company."),
    FieldSpec(
        "label", "The number of a label of your own for the association; without it, the unlabelled one."
    ),
)

EVENT = (
    FieldSpec("event_name", "The event's internal name, such as pe1234567_cart_left."),
    *PERSON,
    FieldSpec("utk", "The value of the cookie hubspotutk, for a visitor who is not known."),
    FieldSpec("occurred_at", "When it happened, as ISO text; else when the delivery was made."),
    FieldSpec("properties", "A map of properties of the event."),
)

MEMBERSHIP = (LIST_ID, *PERSON)

ENROLMENT = (
    *PERSON,
    FieldSpec("list_id", "A static list that the workflow starts from."),
    FieldSpec("property", "A property that the workflow starts from, where it starts from no list."),
    FieldSpec("value", "What the property is set to."),
)

MAIL = (
    FieldSpec("to", "The recipient's e-mail address."),
    FieldSpec("email_id", "The number of the e-mail in HubSpot."),
    FieldSpec("from", "The sender, as Name <address>, where it is not the e-mail's own."),
    FieldSpec("cc", "An address, or a list of them, that gets a copy."),
    FieldSpec("bcc", "An address, or a list of them, that gets a hidden copy."),
    FieldSpec("reply_to", "An address, or a list of them, for answers."),
    FieldSpec("contact_properties", "A map of properties that are set on the contact."),
    FieldSpec("custom_properties", "A map of values that the e-mail reads as custom.NAME."),
)

SUBSCRIPTION = (
    FieldSpec("email", "The person's e-mail address."),
    FieldSpec("subscription_id", "The number of the subscription type."),
    FieldSpec("status", "SUBSCRIBED, UNSUBSCRIBED or NOT_SPECIFIED.", words=STATUSES),
    FieldSpec("legal_basis", "HubSpot's word for why, such as CONSENT_WITH_NOTICE."),
    FieldSpec("legal_basis_explanation", "A sentence that explains it."),
)

TASK = (
    *PERSON,
    FieldSpec("subject", "What is to be done."),
    FieldSpec("body", "The task's notes."),
    FieldSpec("due", "When it is due, as ISO text; else when the delivery was made."),
    FieldSpec("owner_id", "The number of the user it is assigned to."),
    FieldSpec("priority", "LOW, MEDIUM or HIGH."),
    FieldSpec("task_type", "TODO, CALL or EMAIL; TODO unless said."),
)

MERGE = (
    FieldSpec("contact_id", "The record id of the contact that stays."),
    FieldSpec("merged_contact_id", "The record id of the contact that goes into it."),
)

COMPLETION = (
    FieldSpec("callback_id", "The callbackId that HubSpot sent; other fields are what the step puts out."),
    FieldSpec("decision", "What was decided, to branch on."),
    FieldSpec("reason", "Why, where it was refused."),
    FieldSpec("delivery_status", "What became of the message."),
)
