"""The reader: YAML 1.2, located, bounded."""

from __future__ import annotations

import pytest

from core.config.node import Mapping, Mark, Node, Scalar, Sequence, plain_data
from core.config.reader import MAX_BYTES, MAX_DEPTH, MAX_EVENTS, read


def root(text: str) -> Node:
    """Read text that is valid."""
    document = read(text.encode(), "f.yaml")
    assert document.problems == []
    assert document.root is not None
    return document.root


def problems(text: str | bytes) -> list[str]:
    """Read text that is not valid."""
    data = text.encode() if isinstance(text, str) else text
    return [str(one) for one in read(data, "f.yaml").problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("off", "off"),
        ("y", "y"),
        ("21:00", "21:00"),
        ("1:30", "1:30"),
        ("2026-03-02", "2026-03-02"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("=", "="),
        ("12e03", 12000.0),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("-7", -7),
        ("+7", 7),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("-.inf", float("-inf")),
        ("true", True),
        ("False", False),
        ("tRUE", "tRUE"),
        ("null", None),
        ("~", None),
        ("", None),
        ("'null'", "null"),
        ('"12"', "12"),
        ("9007199254740992", 2**53),
        ("9007199254740993", "9007199254740993"),
        ("1" * 5000, "1" * 5000),
    ],
)
def test_plain_text_follows_yaml_1_2_core(text: str, value: object) -> None:
    """What YAML 1.1 turns into truth values, times and octal numbers stays what it looks like."""
    assert plain_data(root(f"a: {text}")) == {"a": value}


def test_not_a_number_is_read_as_such() -> None:
    """The core schema's .nan is a float."""
    value = plain_data(root("a: .nan"))["a"]
    assert value != value


def test_every_key_and_value_knows_its_place() -> None:
    """Line and column count from 1, in nested lists and mappings too."""
    read_root = root("a:\n  - b: one\n    c: [x, two]\n")
    assert isinstance(read_root, Mapping)
    (key, items) = read_root.entries[0]
    assert (key.mark, items.mark) == (Mark(1, 1), Mark(2, 3))
    assert isinstance(items, Sequence)
    inner = items.items[0]
    assert isinstance(inner, Mapping)
    places = [(key.text, key.mark, value.mark) for key, value in inner.entries]
    assert places == [("b", Mark(2, 5), Mark(2, 8)), ("c", Mark(3, 5), Mark(3, 8))]


def test_columns_count_letters_not_bytes() -> None:
    """Text beyond ASCII before a key does not shift it."""
    read_root = root("{ä€😀: 1, b: 2}")
    assert isinstance(read_root, Mapping)
    assert read_root.entries[1][0].mark == Mark(1, 10)


def test_an_empty_file_has_no_root() -> None:
    """Comments alone are an empty file."""
    assert read(b"# nothing\n", "f.yaml").root is None


def test_a_byte_order_mark_is_skipped() -> None:
    """What Windows editors put first does not become part of a key."""
    assert plain_data(root("\ufeffa: 1")) == {"a": 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", ["f.yaml:3:1: the key `a` stands here twice (first on line 1)"]),
        ("x: {1: a, '1': b}", ["f.yaml:1:11: the key `1` stands here twice (first on line 1)"]),
        (
            "a: !!str 1\n",
            ["f.yaml:1:4: tags such as `tag:yaml.org,2002:str` are not used here (leave it out)"],
        ),
        ("a: !x {b: 1}\n", ["f.yaml:1:4: tags such as `!x` are not used here (leave it out)"]),
        (
            "a: &x {b: 1}\nc:\n  <<: *x\n",
            ["f.yaml:3:3: unknown key `<<` (merge keys are not used; write the keys out)"],
        ),
        ("a: *x\n", ["f.yaml:1:4: the alias `*x` names no anchor (write `&x` before it)"]),
        ("a: &x [*x]\n", ["f.yaml:1:8: the alias `*x` stands inside its own anchor (write the value out)"]),
        (
            "a: 1\n---\nb: 2\n",
            ["f.yaml:2:1: the file holds a second document (make it two files, without `---`)"],
        ),
        (
            "[a]: 1\n",
            ["f.yaml:1:1: YAML reads this text as a key and a value (put the whole text in quotes)"],
        ),
        (
            "a:\n\tb: 1\n",
            [
                "f.yaml:2:1: not valid YAML: this character cannot start a value (indent with spaces, not tabs)"
            ],
        ),
        (
            "a: b\n  c: d\n",
            [
                "f.yaml:2:4: not valid YAML: a second `: ` stands in one value "
                "(check the indentation and quotes here and on the line above)"
            ],
        ),
        (
            "x: 1\na: 'b\nd: e\n",
            [
                "f.yaml:2:4: not valid YAML: found unexpected end of stream while scanning a quoted scalar "
                "(check the indentation and quotes here and on the line above)"
            ],
        ),
        (
            "a: 1\nb: x\x07\n",
            [
                "f.yaml:2:5: not valid YAML: a control character stands here "
                "(check the indentation and quotes here and on the line above)"
            ],
        ),
        (b"a: 1\nb: \xff\n", ["f.yaml:2:1: the file is not UTF-8 text (save it as UTF-8)"]),
    ],
)
def test_what_yaml_allows_but_nobody_means_is_refused(text: str | bytes, expected: list[str]) -> None:
    """Each refusal names its line and column and what to do."""
    assert problems(text) == expected


def test_all_problems_of_a_file_are_told_at_once() -> None:
    """A duplicate key does not hide a tag further down."""
    assert len(problems("a: 1\na: 2\nb: !x 3\nc: {d: 1, d: 2}\n")) == 3


def bombs() -> dict[str, tuple[str, int]]:
    """Give hostile files, and how many events may be taken before they are refused."""
    doubling = "a0: &a0 x\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 25))
    levels = ["a0: &a0 [" + "x, " * 9 + "x]"]
    levels += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 6)]
    return {
        "depth": ("[" * 100_000, MAX_DEPTH + 5),
        "depth in blocks": ("".join(f"{' ' * i}a:\n" for i in range(200)), 3 * MAX_DEPTH),
        "depth by aliases": (
            "".join(f"a{i}: &a{i} [{f'*a{i - 1}' if i else 'x'}]\n" for i in range(40)),
            400,
        ),
        "doubling aliases": (doubling, 200),
        "billion laughs": ("\n".join(levels), 200),
        "many aliases": ("a: &a x\nb: [" + "*a, " * 60_000 + "*a]\n", 100),
        "items": ("[" + "1," * 400_000 + "1]", MAX_EVENTS + 5),
        "keys": ("".join(f"k{i}: 1\n" for i in range(60_000)), MAX_EVENTS + 5),
        "anchors": ("".join(f"k{i}: &k{i} 1\n" for i in range(50_000)), MAX_EVENTS + 5),
    }


@pytest.mark.parametrize("name", list(bombs()))
def test_a_bomb_is_refused_after_few_events(name: str) -> None:
    """Bounds stop the parser early, so that cost does not grow with what the file stands for."""
    text, most = bombs()[name]
    document = read(text.encode(), "f.yaml")
    assert document.root is None
    assert len(document.problems) == 1
    assert document.events <= most


def test_a_file_over_the_size_limit_is_not_parsed() -> None:
    """A megabyte is enough for any mapping."""
    document = read(b"a: " + b"x" * MAX_BYTES, "f.yaml")
    assert (document.events, len(document.problems)) == (0, 1)
    assert "1,000,000 bytes" in str(document.problems[0])


def test_the_bounds_leave_room_for_real_files() -> None:
    """Depth, aliases and items just inside the bounds are read."""
    nested = "[" * (MAX_DEPTH - 1) + "x" + "]" * (MAX_DEPTH - 1)
    assert root(nested).height == MAX_DEPTH - 1
    assert isinstance(root("- &a x\n" + "- *a\n" * 50), Sequence)
    many = root("[" + "1," * 19_000 + "1]")
    assert isinstance(many, Sequence)
    assert len(many.items) == 19_001


def test_an_alias_repeats_its_anchor() -> None:
    """Aliases within the bounds mean what they do in YAML."""
    assert plain_data(root("a: &x {k: [1]}\nb: *x\n")) == {"a": {"k": [1]}, "b": {"k": [1]}}


def test_a_scalar_knows_its_own_spelling() -> None:
    """Start and end cut the quoted text out of the file."""
    text = "a: 'it''s'"
    read_root = root(text)
    assert isinstance(read_root, Mapping)
    value = read_root.entries[0][1]
    assert isinstance(value, Scalar)
    assert (value.text, text[value.start : value.end]) == ("it's", "'it''s'")
