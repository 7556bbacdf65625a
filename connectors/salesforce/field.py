"""The fields of each Salesforce action, as ``cuewire check`` and the docs show them."""

from __future__ import annotations

from connectors.coercion import TYPES
from connectors.salesforce.activity import PEOPLE
from core.ports import FieldSpec

KEY = (
    FieldSpec("external_id_field", "The API name of the External ID field that finds the record."),
    FieldSpec("external_id", "Its value for this person, such as your user_id."),
)

CONTACT = (
    *KEY,
    TYPES,
    FieldSpec("LastName", "Last name; Salesforce creates no contact without one."),
    FieldSpec("FirstName", "First name."),
    FieldSpec("Email", "E-mail address."),
    FieldSpec("Phone", "Phone number."),
)

LEAD = (
    *KEY,
    TYPES,
    FieldSpec("LastName", "Last name; Salesforce creates no lead without one."),
    FieldSpec("Company", "Company; Salesforce creates no lead without one."),
    FieldSpec("FirstName", "First name."),
    FieldSpec("Email", "E-mail address."),
    FieldSpec("Phone", "Phone number."),
    FieldSpec("Status", "Lead status, as your organisation names it."),
)

RECORD = (FieldSpec("object", "The API name of the object, such as Order__c."), *KEY, TYPES)

#: Who something is for: a record id, or the external id of a contact or lead.
PERSON = (
    FieldSpec("contact_id", "The contact's record id."),
    FieldSpec("lead_id", "The lead's record id."),
    FieldSpec(
        "external_id_field", "The External ID field that finds the person, where no record id is known."
    ),
    FieldSpec("external_id", "Its value for this person."),
    FieldSpec("person", "What the external id finds: Contact unless said, or Lead.", words=PEOPLE),
)

MEMBER = (
    FieldSpec("campaign_id", "The campaign's record id."),
    *PERSON,
    FieldSpec("status", "Member status, as the campaign names it."),
)

TASK = (
    FieldSpec("subject", "What is to be done."),
    *PERSON,
    FieldSpec("description", "The task's comments."),
    FieldSpec("status", "Task status; Not Started unless said."),
    FieldSpec("priority", "Task priority; Normal unless said."),
    FieldSpec("due", "The day it is due, as ISO text."),
    FieldSpec("owner_id", "The record id of the user it is assigned to."),
    FieldSpec("task_id_field", "An External ID field of Task; with it a task is never created twice."),
)

EVENT = (FieldSpec("event", "The API name of the platform event, such as Cart_Left__e."), TYPES)
