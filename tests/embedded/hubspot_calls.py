"""What HubSpot sends, and triggers that start from it."""

from __future__ import annotations

from typing import Any

from embedded.crm import Crm

from core.ports import DeliveryRow, Filter

ACTION = "/callbacks/hubspot/action"

STAGE = """
trigger: new_customer
status: live
when: {event: Lifecycle Stage Changed, where: '=traits.lifecyclestage == "customer"'}
limits: {cooldown: 1h}
do:
  - hubspot.upsert_contact: {email: '=profile.identifiers.email[0]', firstname: Ada}
"""
BY_WORKFLOW = """
trigger: by_workflow
status: live
when: api
only_if: =properties.tier == "high"
limits: {cap: {times: 1, per: 1d}}
do:
  - hubspot.upsert_contact: {email: '=profile.identifiers.email[0]', jobtitle: =properties.tier}
"""
FILES = {"triggers/new_customer.yaml": STAGE, "triggers/by_workflow.yaml": BY_WORKFLOW}


def change(**more: Any) -> dict[str, Any]:
    """Write a notification of a changed property."""
    return {
        "subscriptionType": "contact.propertyChange",
        "portalId": 1,
        "appId": 77,
        "eventId": 1,
        "subscriptionId": 5,
        "attemptNumber": 0,
        "objectId": 904,
        "occurredAt": 1_765_043_528_476,
        "propertyName": "lifecyclestage",
        "propertyValue": "customer",
        "changeSource": "CRM_UI",
        "sourceId": "userId:1",
        **more,
    }


def step(tier: str = "high", callback: str = "ap-1-2-3-4", **inputs: str) -> dict[str, Any]:
    """Write what a step of a workflow sends."""
    return {
        "callbackId": callback,
        "origin": {"portalId": 1, "actionDefinitionId": 2, "actionDefinitionVersion": 3},
        "context": {"source": "WORKFLOWS", "workflowId": 4},
        "object": {"objectId": 904, "objectType": "CONTACT", "properties": {"email": "ada@example.com"}},
        "inputFields": {"trigger": "by_workflow", "tier": tier, **inputs},
    }


def deliveries(crm: Crm) -> list[DeliveryRow]:
    """Give all deliveries in the order in which they were made."""
    return list(crm.runtime.store.read.deliveries(Filter(limit=500)).rows)[::-1]
