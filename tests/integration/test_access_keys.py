"""Keys that admins make: what each opens, how often, and until when."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from embedded.published import person, publish
from embedded.web import Web
from embedded.world import MINUTE, World

from core.pipeline.keyring import KeyRing, Meter, digest
from core.pipeline.privacy import all_requests
from core.ports import Filter

ASKED = "trigger: asked\nstatus: live\nwhen: api\ndo: [braze.track_event: {external_id: =profile.id, name: Asked}]\n"
SOURCE = """\
source: segment
identifiers: {user_id: =event.userId, anonymous_id: =event.anonymousId, email: =traits.email}
traits: {from: [traits]}
consent: {marketing: =traits.agreed}
server_only: [Order Completed]
"""


@pytest.fixture
def web(world: World) -> Web:
    """Give the API of a world that has one trigger of the API."""
    publish(world, {"triggers/asked.yaml": ASKED, "sources/segment.yaml": SOURCE})
    return Web(world)


def made(web: Web, **body: Any) -> Any:
    """Make a key."""
    return web.post("keys", {"name": "one", **body}, 201)


def by(web: Web, key: str, method: str, path: str, body: Any = None) -> Any:
    """Call a route of the API with a key."""
    return web.client.open(path, method=method, json=body, headers={"Authorization": f"Bearer {key}"})


def track(web: Web, key: str, **call: Any) -> Any:
    """Send one call to the tracking API with a write key."""
    basic = base64.b64encode(f"{key}:".encode()).decode()
    return web.client.post("/v1/track", json=call, headers={"Authorization": f"Basic {basic}"})


FIRE = {"user_id": "u1", "trigger_type": "asked"}
CONSENT = {"user_id": "u1", "purpose": "marketing", "granted": True}


@pytest.mark.parametrize(
    ("scope", "method", "path", "body", "status"),
    [
        ("trigger", "POST", "/api/trigger", FIRE, 202),
        ("trigger", "GET", "/api/trigger/e_none", None, 404),
        ("trigger", "GET", "/api/events", None, 403),
        ("trigger", "POST", "/api/consent", CONSENT, 403),
        ("read", "GET", "/api/events", None, 200),
        ("read", "GET", "/api/trigger/e_none", None, 404),
        ("read", "GET", "/metrics", None, 200),
        ("read", "POST", "/api/trigger", FIRE, 403),
        ("read", "POST", "/api/stop", {}, 403),
        ("consent", "POST", "/api/consent", CONSENT, 202),
        ("consent", "GET", "/api/profiles/user_id/u1", None, 403),
        ("operate", "POST", "/api/stop", {}, 200),
        ("operate", "DELETE", "/api/stop", None, 200),
        ("operate", "POST", "/api/trigger", FIRE, 403),
    ],
)
def test_a_key_of_the_api_may_do_what_its_scope_says(
    web: Web, scope: str, method: str, path: str, body: Any, status: int
) -> None:
    """Who fires a trigger may see what came of it; the refusal names the scope that is needed."""
    key = made(web, kind="api", scopes=[scope])["key"]
    answer = by(web, key, method, path, body)
    assert answer.status_code in ((200, 201, 202) if status == 202 else (status,)), answer.text
    if status == 403:
        assert "It needs the scope " in answer.json["error"]["hint"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/keys"), ("POST", "/api/keys"), ("DELETE", "/api/keys/k_1")]
)
def test_no_key_can_make_or_revoke_keys(web: Web, method: str, path: str) -> None:
    """Else one could give itself more rights than it was given."""
    key = made(web, kind="api", scopes=["read", "trigger", "consent", "operate"])["key"]
    answer = by(web, key, method, path, {} if method == "POST" else None)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "forbidden")
    assert "CUEWIRE_API_KEY" in answer.json["error"]["hint"]


def test_a_key_is_shown_once_and_kept_as_a_hash(web: Web, world: World) -> None:
    """Neither the list nor the store holds its text; the list says what it may do and when it was used."""
    text = made(web, kind="api", scopes=["trigger", "read"], quota=60)["key"]
    (listed,) = web.get("keys")["keys"]
    assert "key" not in listed and text not in str(listed)
    assert (listed["scopes"], listed["quota"], listed["active"]) == (["read", "trigger"], 60, True)
    assert listed["last_used_at"] is None
    assert by(web, text, "GET", "/api/events").status_code == 200
    assert web.get("keys")["keys"][0]["last_used_at"] is not None
    kept = world.store.write(lambda tx: tx.keys.get("access_keys")) or ""
    assert text not in kept and digest(text) in kept


def test_a_revoked_key_opens_nothing_and_another_goes_on(web: Web, world: World) -> None:
    """Two at a time let a holder change over; both are known after a restart too."""
    old, new = made(web, kind="api", scopes=["read"]), made(web, name="two", kind="api", scopes=["read"])
    assert web.delete(f"keys/{old['id']}")["active"] is False
    assert by(web, old["key"], "GET", "/api/events").status_code == 401
    assert by(web, new["key"], "GET", "/api/events").status_code == 200
    again = KeyRing(world.store, world.clock)
    assert again.find(old["key"]) is None
    found = again.find(new["key"])
    assert found is not None and found.id == new["id"]
    made(web, kind="api", scopes=["read"])
    web.delete("keys/k_none", 404)


def test_a_key_ends_when_it_expires(web: Web, world: World) -> None:
    """At the very moment; one that has ended frees its name."""
    key = made(web, kind="api", scopes=["read"], expires_at="2027-01-15T08:01:00.000Z")["key"]
    world.clock.time += MINUTE - 1
    assert by(web, key, "GET", "/api/events").status_code == 200
    world.clock.time += 1
    assert by(web, key, "GET", "/api/events").status_code == 401
    made(web, kind="api", scopes=["read"])


def test_a_quota_refuses_what_is_beyond_it_and_says_when_to_come_again(web: Web, world: World) -> None:
    """A minute brings a minute's worth back; events of a batch count one by one."""
    key = made(web, kind="api", scopes=["read"], quota=2)["key"]
    answers = [by(web, key, "GET", "/api/events") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2].json["error"]["code"] == "too_many_requests"
    wait = int(answers[2].headers["Retry-After"])
    assert wait == 30
    world.clock.time += wait * 1_000 - 1
    assert by(web, key, "GET", "/api/events").status_code == 429
    world.clock.time += 1
    assert by(web, key, "GET", "/api/events").status_code == 200
    sender = made(web, name="two", kind="server", source="segment", quota=3)["key"]
    items = [{"type": "track", "event": "A", "userId": "u1", "messageId": f"q{n}"} for n in range(2)]
    basic = {"Authorization": "Basic " + base64.b64encode(f"{sender}:".encode()).decode()}
    codes = [web.client.post("/v1/batch", json={"batch": items}, headers=basic).status_code for _ in range(2)]
    assert codes == [200, 429]


def test_a_batch_larger_than_the_quota_passes_when_it_is_full_and_is_paid_back() -> None:
    """Else it could never be sent at all."""
    meter = Meter(10)
    assert meter.spend(25, 0) == 0
    assert meter.spend(1, 0) == 96
    assert meter.spend(1, 96_000) == 0


def test_a_servers_key_brings_everything_and_a_browsers_key_only_behaviour(web: Web, world: World) -> None:
    """No address and no consent by a key that anybody can read in the page; what happened is believed."""
    server = made(web, kind="server", source="segment")["key"]
    browser = made(web, name="two", kind="browser", source="segment")["key"]
    told = {"type": "identify", "traits": {"email": "ada@example.com", "name": "Ada", "agreed": True}}
    for user, key in (("u1", server), ("u2", browser)):
        basic = {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}
        call = {**told, "userId": user, "messageId": f"i-{user}"}
        assert web.client.post("/v1/identify", json=call, headers=basic).status_code == 200
    believed, stranger = person(world, "u1"), person(world, "u2")
    assert "email" in believed.identifiers and believed.consent["marketing/"].granted
    assert "email" not in stranger.identifiers and not stranger.consent
    assert stranger.traits["name"].value == "Ada"
    assert by(web, browser, "POST", "/api/trigger", FIRE).status_code == 401
    assert by(web, server, "POST", "/api/trigger", FIRE).status_code == 401


def test_an_event_of_servers_only_is_set_aside_from_a_browser(web: Web, world: World) -> None:
    """With the reason, and the same event by a server's key has its effect."""
    server = made(web, kind="server", source="segment")["key"]
    browser = made(web, name="two", kind="browser", source="segment")["key"]
    order = {"userId": "u1", "event": "Order Completed"}
    assert track(web, browser, messageId="o1", **order).status_code == 200
    assert track(web, server, messageId="o2", **order).status_code == 200
    assert track(web, browser, messageId="o3", userId="u1", event="Order Refunded").status_code == 200
    rows = {row.id: (row.status, row.reason) for row in world.store.read.events(Filter(limit=50)).rows}
    assert rows["o2"] == rows["o3"] == ("applied", "")
    status, reason = rows["o1"]
    assert status == "set_aside"
    assert reason == (
        "`server_only` of sources/segment.yaml names Order Completed, and this came with a browser's key"
    )


def test_a_browsers_key_cannot_ask_for_anybody_to_be_erased(web: Web, world: World) -> None:
    """It is set aside and listed nowhere as a request; the same by a server's key waits for somebody."""
    keys = {kind: made(web, name=kind, kind=kind, source="segment")["key"] for kind in ("browser", "server")}
    for kind, listed in (("browser", 0), ("server", 1)):
        basic = {"Authorization": "Basic " + base64.b64encode(f"{keys[kind]}:".encode()).decode()}
        batch = {"batch": [{"type": "delete", "userId": "u1", "messageId": f"d-{kind}"}]}
        assert web.client.post("/v1/batch", json=batch, headers=basic).status_code == 200
        assert len(world.store.write(all_requests)) == listed
    rows = {row.id: (row.status, row.reason[:40]) for row in world.store.read.events(Filter(limit=50)).rows}
    assert rows["d-browser"] == ("set_aside", "a request about a person's data is belie")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "api"}, "scopes"),
        ({"kind": "api", "scopes": ["everything"]}, "scopes"),
        ({"kind": "api", "scopes": "read"}, "scopes"),
        ({"kind": "api", "scopes": ["read"], "source": "segment"}, "source"),
        ({"kind": "server"}, "source"),
        ({"kind": "server", "source": "nowhere"}, "source"),
        ({"kind": "browser", "source": "segment", "scopes": ["read"]}, "scopes"),
        ({"kind": "robot"}, "kind"),
        ({"kind": "api", "scopes": ["read"], "quota": -1}, "quota"),
        ({"kind": "api", "scopes": ["read"], "quota": "many"}, "quota"),
        ({"kind": "api", "scopes": ["read"], "quota": True}, "quota"),
        ({"kind": "api", "scopes": ["read"], "expires_at": "soon"}, "expires_at"),
        ({"kind": "api", "scopes": ["read"], "name": "<b>"}, "name"),
        ({"kind": "api", "scopes": ["read"], "name": 7}, "name"),
        ({"kind": "api", "scopes": ["read"], "colour": "red"}, "colour"),
    ],
)
def test_a_key_that_would_open_nothing_or_too_much_is_refused(
    web: Web, body: dict[str, Any], field: str
) -> None:
    """The field is named, and nothing is made."""
    answer = web.post("keys", {"name": "one", **body}, 400)
    assert answer["error"]["field"] == field
    assert web.get("keys") == {"keys": []}


def test_a_name_is_given_once(web: Web) -> None:
    """So that a list of keys can be read."""
    made(web, kind="api", scopes=["read"])
    answer = web.post("keys", {"name": "one", "kind": "api", "scopes": ["read"]}, 400)
    assert answer["error"]["field"] == "name"
