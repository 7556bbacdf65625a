"""Who is in a segment, whose measures are behind, and how identifiers joined."""

from __future__ import annotations

import pytest
from stores.rows import START, link, merge

from core.errors import BadRequest
from core.ports import Filter, LinkRow, MemberRow, StateRow, Store


def put(store: Store, *ids: str) -> None:
    """Store profiles."""
    store.write(lambda tx: tx.profiles.put([(one, one.encode(), None) for one in ids]))


def members(store: Store, segment: str, limit: int) -> list[MemberRow]:
    """Give everyone in a segment, page by page."""
    rows: list[MemberRow] = []
    cursor = ""
    while True:
        page = store.read.members(segment, Filter(limit=limit, cursor=cursor))
        rows += page.rows
        if page.next is None:
            return rows
        cursor = page.next


@pytest.mark.parametrize("limit", [1, 2, 5, 6])
def test_pages_of_a_segment_neither_skip_nor_repeat(store: Store, limit: int) -> None:
    """The last to enter first; those of one moment by their ids."""
    rows = [("vip", f"p{n}", START + n // 2) for n in range(5)]
    store.write(lambda tx: tx.profiles.enter([*rows, ("other", "p9", START)]))
    found = [(one.profile_id, one.since) for one in members(store, "vip", limit)]
    assert found == [("p4", START + 2), ("p3", START + 1), ("p2", START + 1), ("p1", START), ("p0", START)]
    assert members(store, "nothing", limit) == []


def test_a_segment_can_be_asked_for_those_who_came_lately(store: Store) -> None:
    """From a moment on, the moment included."""
    store.write(lambda tx: tx.profiles.enter([("vip", f"p{n}", START + n) for n in range(3)]))
    rows = store.read.members("vip", Filter(since=START + 1)).rows
    assert [row.profile_id for row in rows] == ["p2", "p1"]


def test_sizes_follow_those_who_enter_leave_and_turn_out_to_be_one(store: Store) -> None:
    """Entering twice counts once; a merge takes the loser out of every segment."""
    put(store, "p1", "p2")
    store.write(
        lambda tx: tx.profiles.enter([("vip", "p1", START), ("vip", "p2", START), ("old", "p2", START)])
    )
    store.write(lambda tx: tx.profiles.enter([("vip", "p1", START + 1)]))
    assert sizes(store) == {"segments.vip": 2, "segments.old": 1}
    merge(store, "p2", "p1")
    assert sizes(store) == {"segments.vip": 1, "segments.old": 0}
    store.write(lambda tx: tx.profiles.leave([("vip", "p1"), ("vip", "nobody")]))
    assert sizes(store) == {"segments.vip": 0, "segments.old": 0}


def sizes(store: Store) -> dict[str, int]:
    """Give the sizes of segments alone."""
    return {name: size for name, size in store.read.counts().items() if name.startswith("segments.")}


@pytest.mark.parametrize("cursor", ["nonsense", "W10", "WzFd", "WzEsMV0", "\u00fc", "WzFlOTksImEiXQ"])
def test_a_cursor_that_no_page_of_people_gave_out_is_refused(store: Store, cursor: str) -> None:
    """With its field."""
    for ask in (lambda: store.read.members("vip", Filter(cursor=cursor)),):
        with pytest.raises(BadRequest) as refusal:
            ask()
        assert refusal.value.field == "cursor"


def test_those_whose_measures_differ_are_named_wherever_they_stand(store: Store) -> None:
    """Older stamps and newer ones, page by page, and nobody who is up to date."""
    put(store, "p1", "p2", "p3", "p4", "p5")
    store.write(lambda tx: tx.profiles.stamp([("m_a", "p1"), ("m_b", "p2"), ("m_c", "p3"), ("m_b", "p4")]))
    found: list[StateRow] = []
    while rows := store.read.unfilled("m_b", found[-1].place if found else ("", 0), 2):
        found += rows
    assert [(row.id, row.state) for row in found] == [("p5", b"p5"), ("p1", b"p1"), ("p3", b"p3")]
    assert store.read.count_unfilled("m_b") == 3
    assert store.read.count_unfilled("") == 4
    assert store.read.unfilled("m_b", ("", 0), 1)[0].id == "p5"


def test_a_profile_that_is_written_again_keeps_its_stamp(store: Store) -> None:
    """Only a stamp changes a stamp."""
    put(store, "p1")
    store.write(lambda tx: tx.profiles.stamp([("m_a", "p1")]))
    put(store, "p1")
    assert store.read.count_unfilled("m_a") == 0


def test_people_are_walked_through_in_the_order_of_their_ids(store: Store) -> None:
    """From an id on, which is left out."""
    put(store, "p3", "p1", "p2")
    assert [row.id for row in store.read.people("", 2)] == ["p1", "p2"]
    assert store.read.people("p2", 2) == [StateRow("p3", b"p3")]


@pytest.mark.parametrize("limit", [1, 3, 4])
def test_pages_of_the_identity_log_are_whole_and_newest_first(store: Store, limit: int) -> None:
    """Of everyone that a person turned out to be; narrowed by kind and time."""
    log = [
        link("e1", "p1"),
        link("e2", "p2", at=START + 2),
        link("e3", "p9"),
        link("e4", "p1", kind="merged", other_id="p2", at=START + 1),
        link("e5", "p1", kind="over_limit", at=START + 3),
    ]
    store.write(lambda tx: tx.profiles.log(log))
    merge(store, "p2", "p1")
    assert entries(store, limit) == ["e5", "e4", "e2", "e1"]
    assert entries(store, limit, status="linked") == ["e2", "e1"]
    assert entries(store, limit, since=START + 2) == ["e5", "e2"]


def entries(store: Store, limit: int, status: str = "", since: int | None = None) -> list[str]:
    """Name the events of a person's identity log, page by page."""
    rows: list[LinkRow] = []
    cursor = ""
    while True:
        narrow = Filter(profile="p2", status=status, since=since, limit=limit, cursor=cursor)
        page = store.read.identity_log(narrow)
        rows += page.rows
        if page.next is None:
            return [row.event_id for row in rows]
        cursor = page.next


@pytest.mark.parametrize("limit", [1, 2, 9])
def test_people_with_a_timer_are_walked_through_by_their_dues(store: Store, limit: int) -> None:
    """Those due together by their ids, from a place on with that place; those without a timer are left out."""
    dues = {"p1": 30, "p2": 10, "p3": None, "p4": 10, "p5": -5}
    store.write(lambda tx: tx.profiles.put([(one, one.encode(), due) for one, due in dues.items()]))
    found: list[StateRow] = []
    place = ("", -100)
    while rows := store.read.timed(place, limit + 1):
        found += rows[:limit]
        if len(rows) <= limit:
            break
        place = rows[limit].place
    assert [(row.id, row.state, row.place) for row in found] == [
        ("p5", b"p5", ("p5", -5)),
        ("p2", b"p2", ("p2", 10)),
        ("p4", b"p4", ("p4", 10)),
        ("p1", b"p1", ("p1", 30)),
    ]
