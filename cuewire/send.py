"""``cuewire send``: play the sender of a source, with a body from a file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import msgspec
import requests

from connectors.setting import is_loopback
from core.config.nearest import did_you_mean
from core.engine.rule import SourceMapping
from core.errors import BadRequest, OperatorError
from core.secret import Secret
from cuewire.check import PRESETS
from cuewire.clock import SystemClock
from cuewire.settings import PREFIX, read_values, variable
from cuewire.wiring import load_mappings
from webhooks.sources import kinds
from webhooks.sources.base import Source

TIMEOUT = 30


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    file: Path
    source: str
    url: str
    mappings: Path
    as_json: bool = False


@dataclass(frozen=True)
class Letter:
    """What is posted, and where."""

    path: str
    body: bytes
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)


def run(options: Options) -> int:
    """Post a file; gives 1 when the server does not take it."""
    mapping = find_mapping(options)
    kind = kinds()[mapping.uses]
    letter = read_letter(options.file, options.source)
    secrets, now = secrets_of(options.source), SystemClock().now()
    signature = kind.proof(letter.path, letter.body, secrets, mapping=mapping, now=now)
    answer = post(options.url.rstrip("/") + letter.path, letter, signature)
    ids = [str(call["messageId"]) for call in calls_in(letter.body, kind, mapping) if call.get("messageId")]
    if options.as_json:
        shape = {"url": answer.url, "status": answer.status_code, "answer": answer.text, "event_ids": ids}
        click.echo(json.dumps(shape, ensure_ascii=False))
    else:
        click.echo(f"{letter.path}: {answer.status_code} {answer.text.strip()}".rstrip())
        for one in ids if answer.ok else ():
            click.echo(f"what came of it: cuewire explain {one}")
    return 0 if answer.ok else 1


def find_mapping(options: Options) -> SourceMapping:
    """Find the source among those that the mappings know."""
    # Where there is no folder by the default name, the shipped sources are the ones that are meant.
    is_default = options.mappings == Path("mappings") and not options.mappings.exists()
    loaded = load_mappings(PRESETS if is_default else options.mappings)
    if loaded.rules is None:
        raise OperatorError(
            f"The mappings in {options.mappings} have errors.",
            hint=f"Ask `cuewire check {options.mappings}`.",
        )
    sources = loaded.rules.sources
    if options.source not in sources:
        raise OperatorError(
            f"There is no source named {options.source}.", hint=did_you_mean(options.source, sources)
        )
    return sources[options.source]


def read_letter(file: Path, source: str) -> Letter:
    """Read a body as the sender writes it, or a recorded request, whose signature is made anew."""
    data = file.read_bytes()
    try:
        found = msgspec.json.decode(data)
    except msgspec.DecodeError:
        found = None
    if isinstance(found, dict) and isinstance(found.get("path"), str) and "body" in found:
        if not found["path"].startswith("/"):
            raise OperatorError(
                f"The recorded request's `path` is {found['path']!r}.", hint="Let it begin with /."
            )
        body = found["body"]
        kept = {name: text for name, text in headers_of(found) if name.lower() == "content-type"}
        raw = body.encode() if isinstance(body, str) else msgspec.json.encode(body)
        return Letter(found["path"], raw, str(found.get("method", "POST")), kept)
    return Letter(f"/webhooks/{source}", data, headers={"Content-Type": "application/json"})


def headers_of(recorded: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Read recorded headers, as a map or as a list of pairs; what is no text is no header."""
    headers = recorded.get("headers") or {}
    pairs = headers.items() if isinstance(headers, dict) else headers
    try:
        return [(name, text) for name, text in pairs if isinstance(name, str) and isinstance(text, str)]
    except (TypeError, ValueError) as problem:
        raise OperatorError(
            "The recorded request's `headers` are neither a map nor a list of pairs.",
            hint="Write them as {Content-Type: application/json}, or leave them out.",
        ) from problem


class Secrets:
    """Gives a source's settings, and refuses where one is needed that is not set."""

    def __init__(self, source: str, values: Mapping[str, str]) -> None:
        self._source = source
        self._values = values

    def __call__(self, name: str) -> Secret:
        """Give one setting."""
        wanted = variable(self._source, name)
        found = Secret(self._values.get(wanted, ""))
        if not found:
            raise OperatorError(
                f"{PREFIX}{wanted} is not set, so the request cannot be signed.",
                hint="Set it to what the server has; `cuewire serve --sandbox` prints what it made.",
            )
        return found


def secrets_of(source: str) -> Secrets:
    """Read a source's settings from the environment."""
    problems: list[str] = []
    values = read_values(os.environ, problems)
    if problems:
        raise OperatorError(problems[0], hint="Mend it, then send again.")
    return Secrets(source, values)


def post(url: str, letter: Letter, signature: Mapping[str, str]) -> requests.Response:
    """Send it."""
    with requests.Session() as session:
        session.trust_env = not is_loopback(url)
        try:
            return session.request(
                letter.method,
                url,
                data=letter.body,
                headers={**letter.headers, **signature},
                timeout=TIMEOUT,
            )
        except requests.RequestException as error:
            raise OperatorError(
                f"{url} does not answer: {type(error).__name__}.",
                hint="Start `cuewire serve`, or name another server with --url.",
            ) from error


def calls_in(body: bytes, kind: type[Source], mapping: SourceMapping) -> Iterator[Mapping[str, Any]]:
    """Read the calls of a body, as far as it can be read."""
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return
    if isinstance(found, dict) and isinstance(found.get("batch"), list):
        found = found["batch"]
    for item in found if isinstance(found, list) else [found]:
        try:
            yield from kind.read(item, mapping)
        except BadRequest:
            continue
