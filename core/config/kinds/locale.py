"""``locales:`` of a message or of one of its channels: fields in other languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from core.config.kinds.destination import FIELDS, compile_fields
from core.config.kinds.text_file import Texts
from core.config.node import Mark, Scalar
from core.config.schema import JsonSchema, Located, MapOf, Parts, Reading
from core.engine.language import normal
from core.engine.rule import Act
from core.engine.value import Localized, Value
from core.ports import ActionSpec

#: A language, and behind it a script, a country or both.
TAG = r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*"

#: The fields of one language, by name; nodes, as the channel says what they must be.
Written = dict[str, Located]


class _Locales(MapOf):
    """Fields by language tag."""

    def check_key(self, key: Scalar, reading: Reading) -> None:
        """Refuse what is no language tag."""
        if not re.fullmatch(TAG, key.text):
            hint = "write a language, or a language and a country, such as de or fr-CA"
            reading.error(key.mark, f"`{key.text[:60]}` is no language", hint)

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe fields by language tag."""
        fields: JsonSchema = {"type": "object", "minProperties": 1}
        return {"type": "object", "patternProperties": {f"^{TAG}$": fields}, "additionalProperties": False}


LOCALES = _Locales(FIELDS, "a mapping of languages, each with its fields")


def read_locales(given: Mapping[str, Located], reading: Reading) -> dict[str, Located]:
    """Give the fields of each language by its tag in one spelling."""
    found: dict[str, Located] = {}
    for tag, one in given.items():
        if normal(tag) in found:
            reading.error(one.key_mark, f"`{tag}` is here twice", "put its fields together")
        found[normal(tag)] = one
    return found


def lay_locales(
    act: Act,
    spec: ActionSpec,
    reading: Reading,
    *,
    wide: Mapping[str, Located],
    own: Mapping[str, Located],
    texts: Texts | None,
) -> Act:
    """Let fields be told in the person's language; the channel's ``own`` go over those of the whole message."""
    variants: dict[str, dict[str, Value]] = {}
    for tag in dict.fromkeys([*wide, *own]):
        fields: Written = {name: one for name, one in _fields(wide, tag).items() if name in act.fields}
        fields |= _fields(own, tag)
        for name, value in compile_fields(spec, fields, reading, texts=texts).items():
            if value is None or name not in act.fields:
                _refuse(name, fields[name].key_mark, reading, is_off=value is None)
            else:
                variants.setdefault(name, {})[tag] = value
    _warn_of_mixture(variants, {**wide, **own}, reading)
    laid = {name: Localized(act.fields[name], one) for name, one in variants.items()}
    return replace(act, fields={**act.fields, **laid})


def refuse_unused(wide: Mapping[str, Located], acts: list[Act], reading: Reading) -> None:
    """Report fields of the whole message's languages that none of its channels has."""
    known = {name for act in acts for name in act.fields}
    for tag in wide:
        for name, one in _fields(wide, tag).items():
            if acts and name not in known:
                hint = f"write `{name[:60]}:` in the channel too, for everyone else"
                reading.error(one.key_mark, f"no channel of this message has `{name[:60]}`", hint)


def _fields(locales: Mapping[str, Located], tag: str) -> Written:
    found: Written = locales[tag].value if tag in locales else {}
    return found


def _refuse(name: str, mark: Mark, reading: Reading, *, is_off: bool) -> None:
    if is_off:
        reading.error(mark, f"`{name[:60]}` is empty", "give it a text, or leave it out")
    else:
        hint = f"write `{name[:60]}:` in the channel too"
        reading.error(mark, f"`{name[:60]}` has no text for everyone else", hint)


def _warn_of_mixture(
    variants: Mapping[str, Mapping[str, Value]], places: Mapping[str, Located], reading: Reading
) -> None:
    """Warn where a language has only some of the fields that others have: the rest stays as it is."""
    tags = {tag for one in variants.values() for tag in one}
    for tag in sorted(tags):
        missing = [name for name, one in variants.items() if tag not in one and not _has_parent(tag, one)]
        if missing:
            told = ", ".join(f"`{name[:60]}`" for name in missing)
            reading.warn(places[tag].key_mark, f"`{tag}` has no {told}: a message in two languages", "add it")


def _has_parent(tag: str, variants: Mapping[str, Value]) -> bool:
    """Tell whether a wider tag of the same language stands in: ``de`` for ``de-at``."""
    return any(tag.startswith(f"{other}-") for other in variants)
