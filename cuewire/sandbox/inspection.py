"""What the fakes answer when they are asked about a key, an account or a schema."""

from __future__ import annotations

import hmac
from typing import Any

import msgspec
from flask import Blueprint, Response, jsonify, request

from cuewire.sandbox.settings import SandboxSettings

#: Everything a private app, a key of SendGrid may do here.
HUBSPOT_SCOPES = (
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.objects.companies.read",
    "crm.objects.companies.write",
    "crm.lists.read",
    "crm.lists.write",
    "behavioral_events.event_definitions.read_write",
    "communication_preferences.read_write",
    "transactional-email",
)
SENDGRID_SCOPES = (
    "mail.send",
    "asm.groups.suppressions.create",
    "asm.groups.suppressions.delete",
    "asm.suppressions.global.create",
    "asm.suppressions.global.delete",
)

#: Properties and fields that every account has; the others are made first, though the fakes take any.
PROPERTIES = {
    "contacts": "email firstname lastname phone mobilephone company website jobtitle city country zip lifecyclestage"
    " hs_lead_status hubspot_owner_id hs_language address state",
    "companies": "name domain phone website city country zip industry lifecyclestage numberofemployees",
}
FIELDS = {
    "Contact": "FirstName LastName Email Phone MobilePhone Title Department LeadSource Description Birthdate"
    " HasOptedOutOfEmail MailingCity MailingCountry",
    "Lead": "FirstName LastName Email Phone Company Status Rating Industry Website Description",
    "Task": "Subject Description Status Priority ActivityDate OwnerId WhoId",
}


def add_hubspot(routes: Blueprint, settings: SandboxSettings) -> Blueprint:
    """Tell of a private app's token, and list and make properties."""
    made: dict[str, dict[str, Any]] = {
        kind: {name: {"name": name} for name in names.split()} for kind, names in PROPERTIES.items()
    }

    @routes.post("/oauth/v2/private-apps/get/access-token-info")
    def token_info() -> Response:
        given = str(read().get("tokenKey"))
        is_known = hmac.compare_digest(given.encode(), settings.hubspot_access_token.encode())
        return jsonify(hubId=1, appId=1, userId=1, scopes=list(HUBSPOT_SCOPES) if is_known else [])

    @routes.get("/crm/v3/properties/<kind>")
    def list_properties(kind: str) -> Response:
        return jsonify(results=list(made.get(kind, {}).values()))

    @routes.post("/crm/v3/properties/<kind>")
    def make_property(kind: str) -> tuple[Response, int]:
        body = read()
        made.setdefault(kind, {})[str(body.get("name"))] = body
        return jsonify(body), 201

    return routes


def add_salesforce(routes: Blueprint) -> Blueprint:
    """Describe objects, and make custom fields."""
    made: dict[str, dict[str, Any]] = {
        kind: {name: {"name": name, "updateable": True} for name in names.split()}
        for kind, names in FIELDS.items()
    }

    @routes.get("/services/data/v<version>/sobjects/<kind>/describe")
    def describe(version: str, kind: str) -> Response:
        return jsonify(name=kind, fields=list(made.get(kind, {}).values()))

    @routes.post("/services/data/v<version>/tooling/sobjects/CustomField")
    def make_field(version: str) -> tuple[Response, int]:
        body = read()
        kind, _, name = str(body.get("FullName")).partition(".")
        is_key = bool((body.get("Metadata") or {}).get("externalId"))
        made.setdefault(kind, {})[name] = {
            "name": name,
            "updateable": not kind.endswith("__e"),
            "externalId": is_key,
            "idLookup": is_key,
        }
        return jsonify(id="00Nxx0000000001AAA", success=True, errors=[]), 201

    return routes


def add_twilio(routes: Blueprint, settings: SandboxSettings) -> Blueprint:
    """Tell of the account; it has every number that it is asked for."""
    prefix = "/2010-04-01/Accounts/<account_sid>"

    @routes.get("/2010-04-01/Accounts/<account_sid>.json")
    def account(account_sid: str) -> Response:
        return jsonify(sid=settings.twilio_account_sid, status="active", friendly_name="Sandbox", type="Full")

    @routes.get(f"{prefix}/IncomingPhoneNumbers.json")
    def numbers(account_sid: str) -> Response:
        number = request.args.get("PhoneNumber", "")
        rows = [{"sid": f"PN{'0' * 32}", "account_sid": account_sid, "phone_number": number}]
        return jsonify(incoming_phone_numbers=rows, page=0, page_size=50, next_page_uri=None)

    @routes.get("/v1/Services/<sid>")
    def service(sid: str) -> Response:
        return jsonify(sid=sid, account_sid=settings.twilio_account_sid, friendly_name="Sandbox")

    return routes


def add_sendgrid(routes: Blueprint) -> Blueprint:
    """Tell what the key may do."""

    @routes.get("/v3/scopes")
    def scopes() -> Response:
        return jsonify(scopes=list(SENDGRID_SCOPES))

    return routes


def add_braze(routes: Blueprint) -> Blueprint:
    """List no campaigns, and know every one that is asked for."""

    @routes.get("/campaigns/list")
    def campaigns() -> Response:
        return jsonify(campaigns=[], message="success")

    @routes.get("/campaigns/details", defaults={"kind": "campaign"})
    @routes.get("/canvas/details", defaults={"kind": "canvas"})
    def details(kind: str) -> Response:
        return jsonify(message="success", name=f"A {kind} of the sandbox")

    return routes


def read() -> dict[str, Any]:
    """Read the request's JSON object; an empty one where it is none."""
    try:
        body = msgspec.json.decode(request.get_data())
    except msgspec.DecodeError:
        return {}
    return body if isinstance(body, dict) else {}
