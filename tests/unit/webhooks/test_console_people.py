"""The console finds a person, names them, and leads from an old link to who stands for them."""

from __future__ import annotations

from edge.console import opened
from edge.reader import NOW

from core.engine.profile import Mark, Profile, decode, encode


def test_a_search_leads_straight_to_the_one_thing_it_finds() -> None:
    """A person by any identifier, everything else by its id; several are listed."""
    app = opened()
    for text, place in (
        ("user_id:u1", "person?id=p_1"),
        (" Ada@Example.com ", "person?id=p_1"),
        ("p_1", "person?id=p_1"),
        ("t_1", "event?id=t_1"),
        ("d_1", "decision?id=d_1"),
        ("a_1", "delivery?id=a_1"),
    ):
        assert app.client.get("/console/search", query_string={"q": text}).headers["Location"] == place
    app.reader.owners["anonymous_id", "u1"] = "p_2"
    app.reader.states["p_2"] = encode(Profile(id="p_2"))
    assert "Several fit" in app.client.get("/console/search?q=u1").text
    assert "Nothing fits" in app.client.get("/console/search?q=nothing").text
    assert "Whom do you look for" in app.client.get("/console/search").text


def test_a_persons_page_shows_their_segments() -> None:
    """With the time since when; somebody in none has no such part."""
    app = opened()
    assert "Segments" not in app.client.get("/console/person?id=p_1").text
    person = decode(app.reader.states["p_1"])
    person.members = {"vip<b>": NOW}
    app.reader.states["p_1"] = encode(person)
    text = app.client.get("/console/person?id=p_1").text
    assert "<h2>Segments</h2>" in text
    assert "vip&lt;b&gt;" in text


def test_a_person_merged_away_leads_to_who_stands_for_both() -> None:
    """An old link still works."""
    app = opened()
    app.reader.states["p_9"] = app.reader.states["p_1"]
    assert app.client.get("/console/person?id=p_9").headers["Location"] == "person?id=p_1"


def test_a_person_is_named_by_what_reads_best() -> None:
    """By name, else by e-mail, else by the strongest identifier, else by id."""
    app = opened()
    ada = decode(app.reader.states["p_1"])
    names = []
    for profile in (
        ada,
        Profile(id="p_1", identifiers=ada.identifiers),
        Profile(id="p_1", identifiers={"anonymous_id": {"a-1": Mark(1, 1)}}),
        Profile(id="p_1"),
    ):
        app.reader.states["p_1"] = encode(profile)
        names.append(
            app.client.get("/console/person?id=p_1").text.partition("<h1><bdi>")[2].partition("<")[0]
        )
    assert names == ["Ada", "ada@example.com", "a-1", "p_1"]
