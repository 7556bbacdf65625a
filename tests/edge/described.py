"""Answers against the schemas that the description of the routes gives for them."""

from __future__ import annotations

from typing import Any

import jsonschema

from webhooks.api.openapi.document import DOCUMENT


def check(schema: str, value: Any) -> None:
    """Validate a value against a schema of the document."""
    whole = {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}
    jsonschema.validate(value, whole, cls=jsonschema.Draft202012Validator)
