"""Requests made from our own description of the routes: no answer is a fault, and each is as described.

``CUEWIRE_FUZZ=1`` tries many more; ``CUEWIRE_FUZZ_EXAMPLES`` says how many for each route.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import schemathesis
from fuzz.place import DOORS, Place
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from webhooks.api.openapi.document import DOCUMENT

EXAMPLES = int(
    os.environ.get("CUEWIRE_FUZZ_EXAMPLES") or (100 if os.environ.get("CUEWIRE_FUZZ") == "1" else 3)
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Give an instance whose background is not needed."""
    made = Place(tmp_path_factory.mktemp("described"))
    schema.app = made.runtime.app
    yield made
    made.runtime.store.close()


schema = schemathesis.openapi.from_dict(DOCUMENT)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_route_answers_as_it_is_described(place: Place, case: Case) -> None:
    """With the keys where a key is all that is asked; where a signature is, that it does not fit."""
    prove = DOORS.get(case.operation.path, Place.of_operator)
    case.call_and_validate(headers=prove(place, case.operation.path, b""), checks=CHECKS)
