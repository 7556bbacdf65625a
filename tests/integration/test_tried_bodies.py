"""Whatever is sent to be tried is answered or refused, never a fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from edge.doubles import BEARER
from embedded.published import publish
from embedded.web import Web
from embedded.world import World
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TEXT = st.text(max_size=12) | st.sampled_from(
    ["u1", "track", "=true", "Seen", "segment", "2026-01-02T03:04:05Z"]
)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
EVENT = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["track", "identify", "page", "alias", "trigger", "delete"]) | VALUE,
        "userId": VALUE,
    },
    optional={
        "event": VALUE,
        "source": VALUE,
        "properties": VALUE,
        "traits": VALUE,
        "timestamp": VALUE,
        "previousId": VALUE,
    },
)
TRIED = st.fixed_dictionaries(
    {"event": EVENT | VALUE},
    optional={"identifiers": VALUE, "at": VALUE, "mappings": st.dictionaries(TEXT, TEXT, max_size=2) | VALUE},
)
KEYS = st.sampled_from(["all", "any", "not", "in_segment", "count", "score", "consent", "inactive_for"])
CONDITION = st.dictionaries(KEYS, VALUE, max_size=2) | VALUE
PREVIEW = st.fixed_dictionaries({}, optional={"condition": CONDITION, "yaml": VALUE, "limit": VALUE})


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give somebody, a segment, and the API over their store."""
    folder: Path = tmp_path_factory.mktemp("world")
    world = World(folder)
    publish(world, {"profile.yaml": "segments:\n  seen: {count: {event: Seen, at_least: 1}}\n"})
    world.send(world.call("Seen"))
    yield Web(world)
    world.store.close()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=TRIED)
def test_an_event_to_try_is_answered_or_refused(web: Web, body: Any) -> None:
    """With a reason that names what is wrong."""
    answered(web, "rehearse", body)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=PREVIEW)
def test_a_condition_to_try_is_answered_or_refused(web: Web, body: Any) -> None:
    """Whatever stands in its place."""
    answered(web, "segments/preview", body)


def answered(web: Web, path: str, body: Any) -> None:
    """Send a body; every refusal says why."""
    answer = web.client.post(f"/api/{path}", json=body, headers=BEARER)
    assert answer.status_code in (200, 400, 404, 413), (body, answer.text)
    assert answer.status_code == 200 or answer.json["error"]["message"]
