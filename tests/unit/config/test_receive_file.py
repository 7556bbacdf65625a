"""``receive`` in a source file: what it means once compiled, and what is refused with its place and a hint."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config.loader import Loaded, load
from core.engine.receive import Answer, BasicAuth, HmacAuth, Receive, TokenAuth
from cuewire.check import PRESETS

REST = "\nidentifiers: {user_id: =event.userId}\n"


def loaded(folder: Path, receive: str, *, more: str = "", name: str = "shop") -> Loaded:
    """Load a folder with one source of this ``receive``."""
    (folder / "sources").mkdir(exist_ok=True)
    text = f"source: {name}\n{more}receive: {receive}{REST}"
    (folder / "sources" / f"{name}.yaml").write_text(text)
    return load(folder, presets=PRESETS, catalogue={})


def receive_of(found: Loaded, name: str = "shop") -> Receive:
    """Give what was compiled."""
    assert found.rules is not None, found.problems
    receive = found.rules.sources[name].receive
    assert receive is not None
    return receive


def test_nothing_said_is_a_token_and_the_whole_body(tmp_path: Path) -> None:
    """The smallest file there is."""
    receive = receive_of(loaded(tmp_path, "{event: =item.name}"))
    assert (receive.auth, receive.envelope, receive.answer) == ((), "", None)
    assert receive.reading is not None and receive.reading.lists == ()


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        ("token", TokenAuth()),
        ("basic", BasicAuth()),
        ("{header: X-Api-Key, prefix: 'Key '}", TokenAuth(header="X-Api-Key", prefix="Key ")),
        ("{query: key}", TokenAuth(query="key")),
        ("{hmac: sha1, header: X-S}", HmacAuth("sha1", "X-S")),
        (
            "{hmac: sha256, header: X-S, part: v1, timestamp: t, over: '{timestamp}.{body}', tolerance: 10m}",
            HmacAuth("sha256", "X-S", part="v1", timestamp="t", over="{timestamp}.{body}", tolerance=600_000),
        ),
    ],
)
def test_each_proof_is_what_the_file_says(tmp_path: Path, auth: str, expected: object) -> None:
    """One proof, or a list of which any opens."""
    receive = receive_of(loaded(tmp_path, f"{{event: =item.name, auth: {auth}}}"))
    assert receive.auth == (expected,)
    both = receive_of(loaded(tmp_path, f"{{event: =item.name, auth: [{auth}, basic]}}"))
    assert both.auth == (expected, BasicAuth())


def test_a_file_that_uses_a_described_source_reads_as_that_one(tmp_path: Path) -> None:
    """With its own proof and answer where it brings them."""
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources/amplitude_eu.yaml").write_text(f"source: amplitude_eu\nuses: amplitude{REST}")
    found = loaded(
        tmp_path, "{auth: basic, answer: {status: 204, body: ''}}", more="uses: amplitude\n", name="own"
    )
    assert found.rules is not None, found.problems
    shipped, same = receive_of(found, "amplitude"), receive_of(found, "amplitude_eu")
    own = receive_of(found, "own")
    assert same == shipped and found.rules.sources["amplitude_eu"].uses == "custom"
    assert (own.reading, own.auth, own.answer) == (shipped.reading, (BasicAuth(),), Answer(204, ""))


def test_an_envelope_may_hold_what_a_source_with_code_sends(tmp_path: Path) -> None:
    """The reader is that kind's."""
    receive = receive_of(loaded(tmp_path, "{envelope: sns}", more="uses: tealium\n"))
    assert (receive.envelope, receive.reader, receive.reading) == ("sns", "tealium", None)


@pytest.mark.parametrize(
    ("receive", "column", "message", "hint"),
    [
        ("{evnt: =item.a}", 11, "unknown key `evnt`", "did you mean `event`?"),
        ("{event: =itm.a}", 19, "itm is unknown", "did you mean item?"),
        ("{event: =profile.id}", 19, "profile is unknown", ""),
        ("{event: '{{ item.a }}'}", 18, "templates are not read here", "write a formula, such as =item.name"),
        ("{event: {a: =item.a}}", 18, "must be a formula", ""),
        ("{event: =envelope.topik}", 28, "`topik` does not exist here", "did you mean `topic`?"),
        ("{type: trak}", 17, "unknown type `trak`", "did you mean `track`?"),
        ("{type: trigger}", 17, "unknown type `trigger`", "use one of track"),
        ("{events: =body.items}", 19, "a place is not a formula", "write items"),
        ("{events: a..b}", 19, "must be a place", "write the names from the top"),
        ("{auth: tokn}", 17, "must be one of token, basic", "did you mean `token`?"),
        ("{auth: []}", 17, "the list is empty", "put at least one"),
        ("{auth: {}}", 17, "a token needs `header` or `query`", "write {header: X-Api-Key}"),
        ("{auth: {header: X, query: y}}", 17, "a token needs `header` or `query`", ""),
        ("{auth: {query: y, prefix: z}}", 28, "`prefix` belongs to a header", "remove it"),
        ("{auth: {header: X, encoding: hex}}", 29, "`encoding` belongs to a signature", "add `hmac: sha256`"),
        ("{auth: {header: 'X Y'}}", 26, "must be the name of a header", ""),
        ("{auth: {hmac: sha256}}", 17, "a signature needs `header`", "add `header: X-Signature`"),
        ("{auth: {hmac: md5, header: X}}", 24, "must be one of sha256", ""),
        ("{auth: {hmac: sha1, query: x}}", 30, "a signature stands in a header", "write `header:`"),
        (
            "{auth: {hmac: sha1, header: X, over: a}}",
            47,
            "`over` must hold {body} once",
            "{timestamp}.{body}",
        ),
        (
            "{auth: {hmac: sha1, header: X, over: '{timestamp}{body}'}}",
            47,
            "`over` holds {timestamp}",
            "X-Timestamp",
        ),
        (
            "{auth: {hmac: sha1, header: X, timestamp: T}}",
            41,
            "the time is not part of what is signed",
            "add",
        ),
        ("{auth: {hmac: sha1, header: X, tolerance: 1m}}", 41, "`tolerance` needs `timestamp`", "remove it"),
        ("{envelope: sqs}", 21, "must be one of sns, firehose, pubsub", ""),
        ("{envelope: sns, auth: basic}", 26, "an envelope brings its own `auth`", "remove it"),
        ("{envelope: sns, answer: {}}", 26, "an envelope brings its own `answer`", "remove it"),
        ("{answer: {status: 302}}", 28, "must lie between 200 and 299", ""),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_place(
    tmp_path: Path, receive: str, column: int, message: str, hint: str
) -> None:
    """Line 2, the column of the wrong word, what is wrong and what to write."""
    found = loaded(tmp_path, receive)
    assert found.rules is None
    problem = found.errors[0]
    assert (problem.line, problem.column) == (2, column), problem
    assert message in problem.message and hint in problem.hint, problem


def test_what_another_kind_reads_is_not_said_twice(tmp_path: Path) -> None:
    """Beside ``uses``, where things stand is that kind's business."""
    (problem,) = loaded(tmp_path, "{event: =item.a}", more="uses: segment\n").errors
    assert "`event` is read as segment does" in problem.message


def test_an_unknown_kind_is_told_that_a_file_may_describe_itself(tmp_path: Path) -> None:
    """Whoever writes a file for a sender of their own learns of ``receive``."""
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources/shop.yaml").write_text(f"source: shop{REST}")
    (problem,) = load(tmp_path, presets=PRESETS, catalogue={}).errors
    assert "`receive:`" in problem.hint
