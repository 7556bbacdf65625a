"""What the fake HubSpot takes of its workflows: answers to steps that wait."""

from __future__ import annotations

from flask import Blueprint, Response

from cuewire.sandbox.contacts import Book
from cuewire.sandbox.hubspot.wire import invalid, read_object

OUTPUT = "outputFields"


def add_automation(routes: Blueprint, book: Book) -> None:
    """Add the routes of workflow steps."""

    @routes.post("/automation/v4/actions/callbacks/<callback_id>/complete")
    def complete(callback_id: str) -> Response:
        fields = read_object().get(OUTPUT)
        if not isinstance(fields, dict) or not all(isinstance(one, str) for one in fields.values()):
            return invalid(f"{OUTPUT} must be a map of texts")
        book.of("workflow_step").upsert(callback_id, fields)
        return Response(status=204)
