"""Requests made from our own description of the routes: no answer is a fault, and each is as it is described.

``CUEWIRE_FUZZ=1`` tries many more; ``CUEWIRE_FUZZ_EXAMPLES`` says how many for each route.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import schemathesis
from fuzz.place import DOORS, Place
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, Case, CheckContext
from schemathesis import Response as Answer
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from webhooks.api.openapi.document import DOCUMENT

EXAMPLES = int(
    os.environ.get("CUEWIRE_FUZZ_EXAMPLES") or (100 if os.environ.get("CUEWIRE_FUZZ") == "1" else 3)
)
BUSY = 503


def no_fault(context: CheckContext, answer: Answer, case: Case) -> None:
    """Refuse every answer that is nobody's fault but ours; to come again later may be said, with when."""
    assert answer.status_code < 500 or (answer.status_code == BUSY and "retry-after" in answer.headers)


CHECKS = [
    no_fault,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


#: Pages for people answer with pages, whatever is wrong; the description names the routes alone.
PAGES = ("/console", "/u/", "/preferences/")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Give an instance whose background is not needed."""
    made = Place(tmp_path_factory.mktemp("described"))
    yield made
    made.runtime.store.close()


schema = schemathesis.openapi.from_dict(DOCUMENT)


ROUTES = [found.ok() for found in schema.get_all_operations()]


@pytest.mark.parametrize("route", ROUTES, ids=[one.label for one in ROUTES])
def test_every_route_answers_as_it_is_described(place: Place, route: APIOperation) -> None:
    """With the keys where a key is all that is asked; where a signature is, that it does not fit."""
    checks = [no_fault] if route.path.startswith(PAGES) else CHECKS
    headers = DOORS.get(route.path, Place.of_operator)(place, route.path, b"")

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=route.as_strategy())
    def ask(case: Case) -> None:
        case.call_and_validate(headers=headers, checks=checks, app=place.runtime.app)

    ask()
