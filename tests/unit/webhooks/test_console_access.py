"""The console's door: links that open once, sessions that end, and nothing behind it without one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import pytest
from edge.doubles import API_KEY, BEARER, edge
from edge.reader import NOW, fill
from flask.testing import FlaskClient
from itsdangerous import URLSafeSerializer

from core.engine.instant import iso
from core.secret import Secret
from webhooks.console.link import EXPIRED, LINK_SPAN, OPENED, UNKNOWN, USED, SignInLinks
from webhooks.console.session import COOKIE, SESSION_SPAN, Sessions

PAGES = ("/console/", "/console/person?id=p_1", "/console/event?id=t_1", "/console/decision?id=d_1")
PAGES += (
    "/console/delivery?id=a_1",
    "/console/search?q=u1",
    "/console/nowhere",
    "/console/a/b/c",
    "/console/a%2Fb",
)
OTHER_SITE = {"Sec-Fetch-Site": "cross-site"}


def signed_in(**more: Any) -> FlaskClient:
    """Give a client that came in by a link."""
    app = edge(**more)
    fill(app.reader)
    answer = app.client.post("/api/console-link", headers=BEARER)
    token = answer.json["url"].partition("?")[2]
    assert app.client.get(f"/console/signin?{token}").status_code == 303
    return app.client


def test_a_link_opens_once_and_only_for_fifteen_minutes() -> None:
    """The second use, the moment of its end and a made-up token are told apart."""
    links = SignInLinks()
    first, until = links.issue(NOW)
    second, _ = links.issue(NOW)
    assert until == NOW + LINK_SPAN
    assert links.redeem(first, NOW) == OPENED
    assert links.redeem(first, NOW) == USED
    assert links.redeem(second, until - 1) == OPENED
    assert links.redeem(links.issue(NOW)[0], until) == EXPIRED
    assert links.redeem("made up \udcff", NOW) == UNKNOWN


def test_links_are_forgotten_in_time_and_bounded_in_number() -> None:
    """Asking again and again fills no memory, and the newest link works."""
    links = SignInLinks()
    old = links.issue(NOW)[0]
    for _ in range(2_000):
        newest = links.issue(NOW)[0]
    assert len(links._links) <= 1_000
    assert links.redeem(old, NOW) == UNKNOWN
    assert links.redeem(newest, NOW) == OPENED


def test_a_session_ends_after_twelve_hours_whatever_happens() -> None:
    """Reading it does not make it longer."""
    sessions = Sessions(Secret("k" * 32))
    cookie = sessions.begin(NOW)
    assert sessions.read(cookie, NOW + SESSION_SPAN - 1)
    assert sessions.read(cookie, NOW + SESSION_SPAN) is None


def test_a_session_signed_by_another_key_is_none() -> None:
    """An older key of two is still believed, a stranger's is not."""
    old, new = "o" * 32, "n" * 32
    cookie = Sessions(Secret(old)).begin(NOW)
    assert Sessions(Secret(f"{new},{old}")).read(cookie, NOW)
    assert Sessions(Secret(new)).read(cookie, NOW) is None
    assert Sessions(Secret(new)).read(Sessions(Secret(f"{new},{old}")).begin(NOW), NOW)
    forged = URLSafeSerializer(old, salt="another").dumps({"id": "x", "until": NOW * 2})
    assert Sessions(Secret(old)).read(str(forged), NOW) is None


@pytest.mark.parametrize("path", PAGES)
def test_without_a_session_every_page_leads_to_the_sign_in(path: str) -> None:
    """Nothing of anybody is shown, and the way leads there from any depth."""
    app = edge()
    fill(app.reader)
    answer = app.client.get(path)
    assert answer.status_code == 303
    assert urljoin(path, answer.headers["Location"]) == "/console/signin"
    assert "Ada" not in answer.text


def test_a_page_that_updates_itself_learns_that_it_is_signed_out() -> None:
    """Its script gets a 401 and no page."""
    answer = edge().client.get("/console/", headers={"X-Console-Part": "live"})
    assert (answer.status_code, answer.data) == (401, b"")


def test_a_link_signs_in_and_the_cookie_is_guarded() -> None:
    """HttpOnly, SameSite, Secure behind https, twelve hours, and only for the console's folder."""
    app = edge()
    link = app.client.post("/api/console-link", headers=BEARER)
    assert link.status_code == 201
    assert link.json["url"].startswith("https://cuewire.example.com/console/signin?token=")
    assert link.json["expires_at"] == iso(NOW + LINK_SPAN)
    answer = app.client.get("/console/signin?" + link.json["url"].partition("?")[2])
    cookie = answer.headers["Set-Cookie"]
    assert (answer.status_code, answer.headers["Location"]) == (303, "./")
    for part in (f"{COOKIE}=", "Secure", "HttpOnly", "SameSite=Lax", "Max-Age=43200"):
        assert part in cookie
    assert "Path=" not in cookie
    assert app.client.get("/console/").status_code == 200


def test_on_plain_http_the_cookie_is_not_secure() -> None:
    """A browser would not send it back."""
    app = edge(public_url="http://127.0.0.1:8080")
    assert "Secure" not in app.client.post("/console/signin", data={"key": API_KEY}).headers["Set-Cookie"]


def test_a_link_needs_the_api_key() -> None:
    """Nobody else may ask for one."""
    assert edge().client.post("/api/console-link").status_code == 401


def test_a_used_link_a_wrong_one_and_none_get_pages_that_say_so() -> None:
    """Looking at a link's head does not use it up."""
    app = edge()
    address = (
        "/console/signin?"
        + app.client.post("/api/console-link", headers=BEARER).json["url"].partition("?")[2]
    )
    assert app.client.head(address).status_code == 200
    assert app.client.get(address).status_code == 303
    used = app.client.get(address)
    assert (used.status_code, "has been used" in used.text) == (410, True)
    wrong = edge().client.get("/console/signin?token=%3Cscript%3E")
    assert (wrong.status_code, "not known here" in wrong.text) == (401, True)
    plain = edge().client.get("/console/signin")
    assert (plain.status_code, "API key" in plain.text) == (200, True)


def test_the_api_key_signs_in_too() -> None:
    """A wrong one, and another site's form, do not."""
    client = edge().client
    assert client.post("/console/signin", data={"key": "wrong"}).status_code == 401
    assert client.post("/console/signin", data={"key": API_KEY}, headers=OTHER_SITE).status_code == 403
    assert client.get("/console/").status_code == 303
    assert client.post("/console/signin", data={"key": f" {API_KEY} "}).status_code == 303
    assert client.get("/console/").status_code == 200


def test_a_form_needs_its_own_page() -> None:
    """Without the session's token nothing is done, and a broken form is refused."""
    client = signed_in()
    assert client.post("/console/signout").status_code == 403
    assert client.post("/console/signout", data={"csrf": "wrong"}).status_code == 403
    assert client.post("/console/signout", data=b"\xff\xfe").status_code == 400
    assert client.get("/console/").status_code == 200


def test_who_signs_out_is_out_even_with_the_old_cookie() -> None:
    """The server believes the cookie no more."""
    client = signed_in()
    held = client.get_cookie(COOKIE, path="/console")
    assert held is not None
    token = client.get("/console/").text.partition('name="csrf" value="')[2].partition('"')[0]
    answer = client.post("/console/signout", data={"csrf": token})
    assert (answer.status_code, answer.headers["Location"]) == (303, "signin")
    assert client.get("/console/").status_code == 303
    client.set_cookie(COOKIE, held.value, path="/console")
    assert client.get("/console/").status_code == 303


@pytest.mark.parametrize("path", [*PAGES, "/console/signin", "/console/static/console.css"])
def test_every_answer_is_hardened(path: str) -> None:
    """Nothing inline, nothing from elsewhere, no frame, no guessing of types."""
    answer = signed_in().get(path)
    answer.close()
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"


def test_browsers_keep_style_and_script_until_they_change() -> None:
    """Their addresses on the page name the edition; any other is not kept."""
    client = edge().client
    address = client.get("/console/signin").text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    kept, other = client.get(f"/console/{address}"), client.get("/console/static/console.css?v=old")
    kept.close()
    other.close()
    assert "immutable" in kept.headers["Cache-Control"]
    assert other.headers["Cache-Control"] == "no-store"


def test_a_trailing_slash_is_not_needed() -> None:
    """Relative, so that it leads right behind any prefix."""
    assert edge().client.get("/console").headers["Location"] == "console/"


@pytest.mark.parametrize("mode", ["live", "shadow", "redirect"])
def test_every_page_says_in_which_mode_the_server_is(mode: str) -> None:
    """The way in too."""
    client = signed_in(mode=mode)
    for path in (*PAGES[:5], "/console/search?q=nobody", "/console/signin"):
        text = client.get(path).text
        assert f"{mode} mode" in text
        assert ("nothing is sent" in text) == (mode == "shadow")


def test_a_mistyped_address_leads_back_under_the_prefix_of_the_public_address() -> None:
    """An encoded slash is none to the browser: the way back does not count them."""
    client = signed_in(public_url="https://example.com/cue")
    for path in ("/console/a/b", "/console/a%2Fb%2Fc"):
        assert 'href="/cue/console/"' in client.get(path).text
    assert 'href="./"' in client.get("/console/nowhere").text
