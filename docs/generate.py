"""Write the reference pages from the program: mapping files from their schemas, settings and commands from the code."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

#: In the order in which somebody meets them.
KINDS = ("trigger", "message", "profile", "source", "destination", "identity", "policy")

Schema = dict[str, Any]


def pages() -> dict[str, str]:
    """Give the generated pages by their place in the docs."""
    return {
        "reference/yaml.md": yaml_page(),
        "reference/settings.md": settings_page(),
        "reference/commands.md": commands_page(),
    }


def yaml_page() -> str:
    """Describe every key of every mapping file."""
    lines = [
        "# Mapping files",
        "",
        "Every key of every file, generated from the schemas in `mappings/schema/`.",
        "A value that starts with `=` is a formula, one that holds `{{` or `{%` is a template.",
        "Anything else is itself.",
        "Durations are written `30s`, `15m`, `24h` or `7d`.",
    ]
    found = {path.stem: path for path in (ROOT / "mappings" / "schema").glob("*.json")}
    for kind in [kind for kind in KINDS if kind in found] + sorted(set(found) - set(KINDS)):
        schema = json.loads(found[kind].read_text())
        lines += ["", f"## {kind.capitalize()}", "", f"`{schema['title'].replace(': ', '`: ', 1)}.", ""]
        lines += table(schema, schema.get("$defs", {}))
        for name, part in schema.get("$defs", {}).items():
            lines += ["", f"### {kind}: {words(name)}", "", *of_definition(part, schema["$defs"])]
    return "\n".join([*lines, ""])


def of_definition(part: Schema, defs: Schema) -> list[str]:
    """Describe a part that several keys share."""
    rows = list(rows_of(part, defs, ""))
    return table(part, defs) if rows else [f"{described(part, defs).capitalize()}."]


def table(schema: Schema, defs: Schema) -> list[str]:
    """Give the table of an object's keys."""
    rows = dict.fromkeys(rows_of(schema, defs, ""))
    return ["| key | takes | meaning |", "| --- | --- | --- |", *rows]


def rows_of(schema: Schema, defs: Schema, prefix: str) -> Iterator[str]:
    """Give a row for each key, those inside it after it."""
    for variant in variants(schema):
        required = variant.get("required", ())
        for name, part in variant.get("properties", {}).items():
            notes = [part.get("description", "")]
            if name in required:
                notes.insert(0, "Required." if variant is schema else "Required in this form.")
            if part.get("default") not in (None, {}, []):
                notes.append(f"Default: `{json.dumps(part['default']).strip(chr(34))}`.")
            takes = described(part, defs).replace("|", "\\|")
            yield f"| `{prefix}{name}` | {takes} | {' '.join(filter(None, notes)).replace('|', chr(92) + '|')} |"
            yield from rows_of(part, defs, f"{prefix}{name}.")


def variants(schema: Schema) -> list[Schema]:
    """Give the objects that a schema may be, those of a list's items too; parts that are shared are told apart."""
    found = [schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())]
    items = [one["items"] for one in found if isinstance(one.get("items"), dict)]
    return [one for one in (*found, *items) if "properties" in one]


def described(schema: Schema, defs: Schema) -> str:
    """Say in a few words what may stand there."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return words(name)
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"] if one is not None)
    if "const" in schema:
        return f"`{schema['const']}`"
    options = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if options:
        told = dict.fromkeys(described(one, defs) for one in options if one.get("type") != "null")
        return " or ".join(told)
    return of_type(schema, defs)


def of_type(schema: Schema, defs: Schema) -> str:
    """Name a type in the admin's words."""
    kinds = schema.get("type", "anything")
    kind = next((one for one in kinds if one != "null"), "nothing") if isinstance(kinds, list) else kinds
    pattern = schema.get("pattern", "")
    if kind == "string" and pattern.startswith("^="):
        return "a formula"
    if kind == "string" and "smhd" in pattern:
        return "a duration"
    if kind == "array":
        return f"a list: {described(schema.get('items', {}), defs)}"
    names = {
        "string": "text",
        "object": "a mapping",
        "integer": "a whole number",
        "number": "a number",
        "boolean": "`true`, `false`",
    }
    return names.get(kind, kind)


def words(name: str) -> str:
    """Write a name as words."""
    return name.replace("_", " ")


def settings_page() -> str:
    """List every setting."""
    from cuewire.setting_list import all_settings

    lines = [
        "# Settings",
        "",
        "Secrets and addresses come only from the environment.",
        "Each may come from a file instead: `NAME_FILE` holds its path.",
        "A secret may list two values, separated by a comma, while it is changed.",
        "The first one is sent, both are believed.",
        "`cuewire settings` shows which are set, and names variables that nothing reads.",
        "A second instance has the same settings under its own name: `CUEWIRE_SEGMENT_EU_WRITE_KEY`.",
    ]
    group = ""
    for entry in all_settings():
        if entry.used_by != group:
            group = entry.used_by
            lines += [
                "",
                f"## {group.capitalize()}",
                "",
                "| setting | needed | secret | what it is |",
                "| --- | --- | --- | --- |",
            ]
        needed, secret = ("yes" if is_so else "" for is_so in (entry.is_required, entry.is_secret))
        lines.append(f"| `{entry.name}` | {needed} | {secret} | {entry.help} |")
    return "\n".join([*lines, ""])


def commands_page() -> str:
    """Print the help of every command."""
    import click

    from cuewire.cli import cli

    lines = [
        "# Commands",
        "",
        "Every command ends with 0 when all is well, 1 when it found problems and 2 when it was used wrongly.",
        "Errors name what to do next.",
    ]
    commands: dict[str, click.Command] = dict(cli.commands)
    for name, command in cli.commands.items():
        if isinstance(command, click.Group):
            commands |= {f"{name} {part}": one for part, one in command.commands.items()}
    for name, command in sorted(commands.items()):
        with click.Context(
            command, info_name=f"cuewire {name}", max_content_width=100, terminal_width=100
        ) as context:
            lines += ["", f"## cuewire {name}", "", "```text", command.get_help(context), "```"]
    return "\n".join([*lines, ""])
