"""The JSON Schemas for editors: fresh, valid, and of one mind with the loader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from mapping_folder import PRESETS
from mistyping import FILES

from core.config.documents import SHAPES
from core.config.node import Mapping, Scalar, Sequence, plain_data
from core.config.reader import read
from cuewire import schemas

DEMO = Path(schemas.__file__).parent / "demo" / "mappings"


def kind_of(name: str) -> str:
    """Give the kind of a file by its place."""
    folder, _, stem = name.removesuffix(".yaml").rpartition("/")
    return folder.removesuffix("s") or stem


def validator(kind: str) -> Draft202012Validator:
    """Give the validator of one kind."""
    return Draft202012Validator(json.loads((PRESETS / "schema" / f"{kind}.json").read_text()))


def data_of(path: Path) -> Any:
    """Read a file as the loader does: YAML 1.2."""
    root = read(path.read_bytes(), str(path)).root
    assert root is not None
    return plain_data(root)


def test_the_schemas_are_fresh() -> None:
    """After a change to the shapes, run `python -m cuewire.schemas`."""
    assert schemas.stale() == []


def test_a_stale_or_foreign_schema_is_named(tmp_path: Path) -> None:
    """What differs, what is missing, and what belongs to no kind."""
    for name, text in schemas.texts().items():
        (tmp_path / name).write_text(text)
    (tmp_path / "policy.json").write_text("{}")
    (tmp_path / "trigger.json").unlink()
    (tmp_path / "other.json").write_text("{}")
    assert sorted(schemas.stale(tmp_path)) == ["other.json", "policy.json", "trigger.json"]


@pytest.mark.parametrize("kind", SHAPES)
def test_a_schema_is_valid(kind: str) -> None:
    """By the draft that it names, with help for every key."""
    schema = json.loads((PRESETS / "schema" / f"{kind}.json").read_text())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)
    assert all("description" in one for one in schema["properties"].values())


@pytest.mark.parametrize("name", FILES)
def test_every_shipped_file_is_accepted(name: str) -> None:
    """An editor marks nothing in it."""
    errors = validator(kind_of(name)).iter_errors(data_of(PRESETS / name))
    assert [error.message for error in errors] == []


@pytest.mark.parametrize(
    "name", [name for name in FILES if not name.startswith(("sources/", "destinations/"))]
)
def test_every_file_that_admins_write_names_its_schema(name: str) -> None:
    """The first line tells editors where to look."""
    path = PRESETS / name
    first = path.read_text().splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    assert (path.parent / first.partition("=")[2]).resolve() == PRESETS / "schema" / f"{kind_of(name)}.json"


@pytest.mark.parametrize("path", sorted(DEMO.rglob("*.yaml")), ids=lambda path: path.name)
def test_the_demo_s_files_are_accepted(path: Path) -> None:
    """They are mappings like any other."""
    kind = kind_of(path.relative_to(DEMO).as_posix())
    assert [error.message for error in validator(kind).iter_errors(data_of(path))] == []


@pytest.mark.parametrize("name", FILES)
def test_a_file_with_a_mistyped_key_is_refused(name: str) -> None:
    """Each key at the top, and those of the first mapping below."""
    data = data_of(PRESETS / name)
    for key in data:
        changed = {key + "x" if one == key else one: value for one, value in data.items()}
        assert not validator(kind_of(name)).is_valid(changed), key


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("trigger", "{trigger: t, do: [{send: x}]}"),
        ("trigger", "{trigger: t, when: api, do: []}"),
        ("trigger", "{trigger: t, when: api, do: [{send: x, wait: 1h}]}"),
        ("trigger", "{trigger: t, when: api, do: [{wait: 1 hour}]}"),
        ("trigger", "{trigger: t, when: {event: A, within: 1h}, do: [a.b]}"),
        ("trigger", "{trigger: t, when: {event: A, key: properties.x}, do: [a.b]}"),
        ("trigger", "{trigger: t, when: api, do: [a.b], only_if: {any: [{al: [=true]}]}}"),
        ("trigger", "{trigger: t, when: api, do: [a.b], limits: {cap: {times: 0, per: 1d}}}"),
        ("trigger", "{trigger: t, when: api, do: [a.b], status: on}"),
        ("trigger", "{trigger: t, when: {event: A, to: x}, do: [a.b]}"),
        ("trigger", "{trigger: t, when: {event: A, changed: =properties.a, to: =key}, do: [a.b]}"),
        ("trigger", "{trigger: t, when: {count: {at_least: 2, within: 1h}}, do: [a.b]}"),
        (
            "trigger",
            "{trigger: t, when: {count: {event: A, trigger: b, at_least: 2, within: 1h}}, do: [a.b]}",
        ),
        ("trigger", "{trigger: t, when: {sequence: [A], within: 1h}, do: [a.b]}"),
        ("trigger", "{trigger: t, when: {session: {visits: 4}}, do: [a.b]}"),
        ("trigger", "{trigger: t, when: {session: {longer_than: 3m, visits: 4, within: 1h}}, do: [a.b]}"),
        ("trigger", "{trigger: t, when: {dwell: {seconds: =properties.s}}, do: [a.b]}"),
        ("trigger", "{trigger: t, when: {enters: a, leaves: b}, do: [a.b]}"),
        ("trigger", "{trigger: t, when: {score: {name: s}}, do: [a.b]}"),
        ("trigger", "{trigger: t, when: {date: =profile.traits.d, plus: 1h, minus: 1h}, do: [a.b]}"),
        ("trigger", "{trigger: t, when: api, do: [a.b], only_if: {count: {event: A}}}"),
        ("trigger", "{trigger: t, when: api, do: [a.b], only_if: {count: {event: A, at_least: 2, ago: 1d}}}"),
        ("trigger", "{trigger: t, when: api, do: [a.b], only_if: {score: {name: s}}}"),
        ("trigger", "{trigger: t, when: api, do: [a.b], only_if: {in_segment: a, inactive_for: 1d}}"),
        ("trigger", "{trigger: t, when: api, do: [a.b], limits: {cap: {times: 1, per: month}}}"),
        ("profile", "{computed: {a: {sum: =properties.x}}}"),
        ("profile", "{computed: {a: {sum: =properties.x, avg: =properties.x, event: A}}}"),
        ("profile", "{computed: {a: {sum: =properties.x, event: A, limit: 5}}}"),
        ("profile", "{computed: {a: {count: A}}}"),
        ("profile", "{segments: {a: profile.traits.x}}"),
        ("profile", "{segments: {a: {in_segmnt: b}}}"),
        ("profile", "{scores: {a: 0.7}}"),
        ("message", "{message: m, purpose: marketing, channels: {sms: {body: Hi}}}"),
        ("policy", "{purposes: {news: {consent: maybe}}}"),
        ("policy", "{caps: [{times: 1, per: 1d}]}"),
        ("policy", "{caps: [{channel: sms, all: true, times: 1, per: 1d}]}"),
        ("policy", "{caps: [{channel: sms, times: 1, per: month}]}"),
        ("policy", '{quiet_hours: {from: "21:00"}}'),
        ("policy", '{quiet_hours: {from: "9pm", to: "08:00"}}'),
        ("policy", '{quiet_hours: {from: "21:00", to: "08:00", zone: timezone}}'),
        ("policy", "{groups: {recovery: {times: 1, per: day}}}"),
        ("policy", "{guard: {firings: 0, per: 1h}}"),
        ("trigger", "{trigger: t, when: api, do: [{wait: {at: best}}]}"),
        ("trigger", '{trigger: t, when: api, do: [{wait: {at: "10:00", otherwise: "10:00"}}]}'),
        ("trigger", "{trigger: t, when: api, do: [{wait: {until: =now, at: best, otherwise: '10:00'}}]}"),
        ("trigger", "{trigger: t, when: api, do: [a.b], limits: {debounce: {edge: leading}}}"),
        ("identity", "{identifiers: {email: {limit: 5, normalise: lower}}}"),
        ("source", "{source: s, identifiers: {user_id: event.userId}}"),
        ("destination", "{destination: d, actions: {a: {fields: [1]}}}"),
    ],
)
def test_what_the_loader_refuses_the_schema_refuses(kind: str, text: str) -> None:
    """Wrong values as well as wrong keys."""
    root = read(text.encode(), kind).root
    assert isinstance(root, Mapping | Sequence | Scalar)
    assert not validator(kind).is_valid(plain_data(root))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("policy", '{quiet_hours: {from: "21:00", to: "08:00", zone: [=profile.traits.tz, phone]}}'),
        ("policy", "{caps: [{all: true, times: 1, per: day, over: hold}, {tag: a, times: 1, per: 7d}]}"),
        ("trigger", "{trigger: t, when: api, do: [{wait: {until: =properties.at}}, {wait: 1h}]}"),
        ("trigger", "{trigger: t, when: api, do: [{wait: {at: best, otherwise: '10:00'}}]}"),
        ("trigger", "{trigger: t, when: api, do: [{wait: {at: '10:00'}}]}"),
        ("message", "{message: m, purpose: p, tags: a, channels: {sms: {via: a.b}}}"),
    ],
)
def test_what_the_loader_takes_the_schema_takes(kind: str, text: str) -> None:
    """Long and short forms."""
    root = read(text.encode(), kind).root
    assert root is not None
    assert [error.message for error in validator(kind).iter_errors(plain_data(root))] == []


def test_null_switches_off_in_the_schema_too() -> None:
    """An optional key may be null."""
    root = read(b"{trigger: t, when: api, do: [a.b], exit_on: null, limits: , title: }", "t").root
    assert root is not None
    assert validator("trigger").is_valid(plain_data(root))
