"""Links of messages: signed as they leave, harmless to look at, and a withdrawal when a button is pressed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from edge.doubles import API_KEY, PUBLIC_URL, MemorySettle
from embedded.letter import HELLO, KEY, WELCOME
from embedded.world import MINUTE, World, compiled
from flask.testing import FlaskClient

from core.engine import Profile, decode
from core.pipeline.preferring import Preferences
from core.ports import Filter
from core.secret import Secret
from cuewire.trying import compile_files
from webhooks.app import create_app
from webhooks.preferences.link import Holder, PersonLinks
from webhooks.services import Services

POLICY = """
purposes:
  marketing: {consent: required}
  product_news: {consent: required}
  transactional: {consent: not_needed}
"""
NEWS = "trigger: news\nstatus: live\nwhen: {event: News}\ndo: [send: news]\n"
NEWS_MESSAGE = """
message: news
purpose: product_news
channels:
  email: {via: sendgrid.send_email, subject: Hi, html: x}
"""


class Desk:
    """The pages over a store with one person in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        folder = world.folder / "rules"
        for name, text in (("messages/hello", HELLO), ("messages/news", NEWS_MESSAGE), ("policy", POLICY)):
            path = folder / f"{name}.yaml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        world.pipeline.publish(compiled(folder, welcome=WELCOME, news=NEWS))
        self.links = PersonLinks(Secret(KEY), PUBLIC_URL)
        services = Services(
            clock=world.clock,
            intake=world.pipeline,
            reader=world.store.read,
            triggers=world.pipeline,
            settle=MemorySettle(),
            rules=lambda: world.pipeline.rules,
            api_keys=Secret(API_KEY),
            secrets=lambda instance, name: Secret(""),
            public_url=PUBLIC_URL,
            gauges=dict,
            readiness=list,
            compile=compile_files,
            to_fill=lambda: 0,
            preferences=Preferences(world.pipeline),
            person_links=self.links,
        )
        self.client: FlaskClient = create_app(services).test_client()
        self.say({"consent": {"categoryPreferences": {"Advertising": True}}})

    def say(self, context: dict[str, Any], user: str = "u1", **more: Any) -> None:
        """Let the person state something by an event, a minute after the last one."""
        self.world.clock.time += MINUTE
        call = {
            "type": "identify",
            "userId": user,
            "traits": {"email": "ada@example.com"},
            "context": context,
        }
        self.world.send({**call, "messageId": f"m{self.world.clock.time}", **more})

    @property
    def profile(self) -> Profile:
        """Give the person as stored."""
        owner = self.world.store.read.owner("user_id", "u1")
        state = self.world.store.read.profile(owner or "")
        assert state is not None
        return decode(state)

    def path(self, name: str, purpose: str = "marketing", channel: str = "email", person: str = "") -> str:
        """Give the path of a link."""
        holder = Holder(person or self.profile.id, purpose, channel)
        return self.links.address(holder, name).removeprefix(PUBLIC_URL)

    def granted(self) -> dict[str, bool]:
        """Give what was said, by purpose and channel."""
        return {name: one.granted for name, one in self.profile.consent.items()}

    def events(self) -> list[str]:
        """Name the types of the stored events, the last first."""
        return [row.type for row in self.world.store.read.events(Filter()).rows]


@pytest.fixture
def desk(world: World) -> Desk:
    """Give a desk over a world."""
    return Desk(world)


# Unsubscribing.


def test_looking_at_a_link_changes_nothing(desk: Desk) -> None:
    """Scanners of mail servers follow every link: a page with a button comes, and no statement."""
    before = desk.events()
    for method in (desk.client.get, desk.client.head):
        assert method(desk.path("unsubscribe_url")).status_code == 200
    page = desk.client.get(desk.path("unsubscribe_url")).text
    assert "<button>Unsubscribe</button>" in page and "Marketing" in page and "E-mail" in page
    assert desk.events() == before and desk.granted() == {"marketing/": True}


@pytest.mark.parametrize(
    ("data", "page"), [({"List-Unsubscribe": "One-Click"}, "one_click"), ({}, "unsubscribe")]
)
def test_one_post_withdraws_without_cookies(desk: Desk, data: dict[str, str], page: str) -> None:
    """A mail program's one click and the page's button do the same: purpose and channel of the message end."""
    answer = desk.client.post(desk.path("unsubscribe_url"), data=data)
    assert answer.status_code == 200 and "You are unsubscribed" in answer.text
    assert "Set-Cookie" not in answer.headers
    assert desk.granted() == {"marketing/": True, "marketing/email": False}
    (row,) = desk.world.store.read.consent_log(Filter(profile=desk.profile.id, limit=1)).rows
    assert (row.source, row.granted, row.evidence) == ("preferences", False, {"page": page})


def test_a_second_click_says_the_same_and_states_nothing_new(desk: Desk) -> None:
    """Programs repeat their requests."""
    desk.client.post(desk.path("unsubscribe_url"))
    before = desk.events()
    assert "You are unsubscribed" in desk.client.post(desk.path("unsubscribe_url")).text
    assert desk.events() == before


def test_what_was_withdrawn_is_sent_no_more(desk: Desk) -> None:
    """The next firing finds no usable channel."""
    desk.client.post(desk.path("unsubscribe_url"))
    desk.client.post(desk.path("unsubscribe_url", channel="sms"))
    desk.say({}, type="track", event="Signed Up")
    (row,) = desk.world.store.read.deliveries(Filter()).rows
    assert row.status == "suppressed" and "email: withdrawn" in row.reason


@pytest.mark.parametrize("name", ["unsubscribe_url", "preferences_url"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_was_changed_is_a_page_that_says_so(desk: Desk, name: str, method: str) -> None:
    """Another person, purpose, page or key: all of them look the same, and nothing is written."""
    path, before = desk.path(name), desk.events()
    prefix, _, token = path.rpartition("/")
    other = PersonLinks(Secret("x" * 40), PUBLIC_URL).token(
        Holder(desk.profile.id, "marketing", "email"), name
    )
    crossed = desk.path("preferences_url" if name == "unsubscribe_url" else "unsubscribe_url")
    for wrong in (
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        "x" + token,
        token.partition(".")[0],
        "",
        "é.x",
        other,
        crossed.rpartition("/")[2],
        desk.path(name, person="p_000000000000000000000000").rpartition("/")[2],
    ):
        answer = getattr(desk.client, method)(f"{prefix}/{wrong}")
        assert answer.status_code == 404
        if wrong:
            assert "This link does not work." in answer.text
    assert desk.events() == before


def test_a_link_of_an_older_key_still_opens(desk: Desk) -> None:
    """While a key is rotated both are believed; new links are signed by the first."""
    holder = Holder(desk.profile.id, "marketing", "email")
    rotated = PersonLinks(Secret(f"{'n' * 40},{KEY}"), PUBLIC_URL)
    assert rotated.read(desk.links.token(holder, "unsubscribe_url"), "unsubscribe_url") == holder
    assert desk.links.read(rotated.token(holder, "unsubscribe_url"), "unsubscribe_url") is None


def test_a_link_shows_nothing_of_the_person(desk: Desk) -> None:
    """Neither the address nor what the page says names anybody."""
    path = desk.path("unsubscribe_url")
    holder = desk.links.read(path.rpartition("/")[2], "unsubscribe_url")
    assert holder == (desk.profile.id, "marketing", "email")
    for name in ("unsubscribe_url", "preferences_url"):
        assert "ada" not in desk.client.get(desk.path(name)).text.lower()


def test_a_link_reaches_the_person_after_a_merge(desk: Desk) -> None:
    """Who turned out to be somebody else keeps the links of older messages."""
    world = desk.world
    world.clock.time += MINUTE
    world.send({"type": "track", "anonymousId": "a1", "event": "Seen", "messageId": "seen"})
    both = {desk.profile.id, world.store.read.owner("anonymous_id", "a1") or ""}
    world.send({"type": "identify", "userId": "u1", "anonymousId": "a1", "messageId": "join"})
    (loser,) = both - {desk.profile.id}
    desk.client.post(desk.path("unsubscribe_url", person=loser))
    assert desk.granted()["marketing/email"] is False


def test_a_receipt_cannot_be_unsubscribed_from(desk: Desk) -> None:
    """A purpose that needs no consent goes on, and the page says so instead of promising the opposite."""
    before = desk.events()
    answer = desk.client.post(desk.path("unsubscribe_url", purpose="transactional"))
    assert "belong to what you asked for" in answer.text and "You are unsubscribed" not in answer.text
    assert desk.events() == before


# The preference page.


def test_the_page_shows_each_purpose_and_channel_as_it_is(desk: Desk) -> None:
    """Boxes are checked where the person agreed; what needs no consent is only named."""
    desk.client.post(desk.path("unsubscribe_url"))
    page = desk.client.get(desk.path("preferences_url")).text
    boxes = dict(re.findall(r'name="on" value="([^"]+)"( checked)?', page))
    assert boxes == {"marketing/email": "", "marketing/sms": " checked", "product_news/email": ""}
    assert "<legend>Product news</legend>" in page and "Transactional" in page


def test_only_what_was_changed_is_stated(desk: Desk) -> None:
    """One event holds all of it, and what another page changed meanwhile stays."""
    desk.client.post(
        desk.path("preferences_url"),
        data={"was": ["marketing/email", "marketing/sms"], "on": ["marketing/sms", "product_news/email"]},
    )
    assert desk.granted() == {"marketing/": True, "marketing/email": False, "product_news/email": True}
    assert desk.events()[:2] == ["consent", "identify"]


def test_a_page_left_open_gives_nothing_back(desk: Desk) -> None:
    """Saved unchanged after an unsubscribe elsewhere, it does not grant again what it still shows."""
    desk.client.post(desk.path("unsubscribe_url"))
    shown = ["marketing/email", "marketing/sms"]
    desk.client.post(desk.path("preferences_url"), data={"was": shown, "on": shown})
    assert desk.granted()["marketing/email"] is False


def test_one_button_ends_everything(desk: Desk) -> None:
    """Also channels that were granted by themselves, and those that come later."""
    desk.client.post(desk.path("preferences_url"), data={"on": ["product_news/email"]})
    page = desk.client.post(desk.path("preferences_url"), data={"nothing": "1"}).text
    assert "Your choices are saved." in page and "checked" not in page


def test_boxes_that_are_not_there_are_not_taken(desk: Desk) -> None:
    """A form made up grants nothing that the page does not offer."""
    desk.client.post(
        desk.path("preferences_url"), data={"on": ["transactional/email", "x/y", "marketing/fax"]}
    )
    assert desk.granted() == {"marketing/": True}


def test_the_pages_keep_to_themselves(desk: Desk) -> None:
    """No script, no other host, no frame, nothing kept, and the address is told to nobody."""
    for name in ("unsubscribe_url", "preferences_url"):
        answer = desk.client.get(desk.path(name))
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "script-src" not in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "<script" not in answer.text and '<html lang="en">' in answer.text
