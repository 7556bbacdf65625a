"""Whatever stands in a file, loading ends with problems and never with an exception."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mapping_folder import PRESETS, Folder

from core.config.reader import read

SHIPPED = {path.relative_to(PRESETS).as_posix(): path.read_text() for path in PRESETS.rglob("*.yaml")}

#: Pieces that mean something to YAML, to formulas or to templates.
PIECES = [
    *(
        "null",
        "[]",
        "{}",
        "[",
        "}",
        ": ",
        "- ",
        "\n",
        "\n  ",
        " #",
        "'",
        '"',
        "|",
        ">",
        "&a ",
        "*a",
        "!x ",
        "<<",
    ),
    *(
        "=",
        "==",
        "={",
        "{{",
        "}}",
        "{%",
        "=x ? 1 : 2",
        "{{ x }}",
        ".inf",
        "1e999",
        "\t",
        "\x00",
        "\x85",
        "😀",
    ),
    *("true", "7", "9" * 400, "twilio.send_message", "a.b", "api", "24h", "day"),
]


@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """A document has a root, or problems, or is empty."""
    document = read(data, "f.yaml")
    assert document.root is None or document.events > 0


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(SHIPPED)), st.data())
def test_a_shipped_file_with_pieces_thrown_in_never_breaks_the_loader(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    """Every place of every kind of file copes with every kind of value."""
    text = SHIPPED[name]
    start = data.draw(st.integers(0, len(text)))
    end = min(len(text), start + data.draw(st.integers(0, 30)))
    folder = Folder(tmp_path)
    for other, whole in SHIPPED.items():
        folder.write(other, whole)
    folder.write(name, text[:start] + data.draw(st.sampled_from(PIECES)) + text[end:])
    loaded = folder.load()
    assert (loaded.rules is None) == bool(loaded.errors)
    assert all(one.line > 0 and one.column > 0 and one.message for one in loaded.problems)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_value_in_the_place_of_a_shipped_one_never_breaks_the_loader(
    tmp_path: Path, data: st.DataObject
) -> None:
    """The value of any key may be of any kind."""
    name = data.draw(st.sampled_from(sorted(SHIPPED)))
    lines = SHIPPED[name].splitlines()
    keyed = [number for number, line in enumerate(lines) if ": " in line.split("#")[0]]
    number = data.draw(st.sampled_from(keyed))
    value = data.draw(
        st.sampled_from(["null", "[]", "{}", "7", "x", "[[x]]", "{a: {b: [1]}}", "=x", "''", "{a.b: 1}"])
    )
    lines[number] = lines[number].split(": ")[0] + ": " + value
    folder = Folder(tmp_path)
    for other, whole in SHIPPED.items():
        folder.write(other, whole)
    folder.write(name, "\n".join(lines) + "\n")
    loaded = folder.load()
    assert (loaded.rules is None) == bool(loaded.errors)
