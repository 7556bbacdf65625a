"""``cuewire profile erase``: forget a person, with a receipt."""

from __future__ import annotations

import json
from pathlib import Path

import click
from msgspec import to_builtins

from core.engine.instant import iso
from core.pipeline.parking import forget_parked
from core.pipeline.privacy import close_erasures_of, new_receipt
from core.runners.journal import forget_held
from core.store.erasure import erase, identifiers_of
from core.store.surgery import operate
from cuewire.clock import SystemClock
from cuewire.profile.finding import Nobody, find, reading


def run(data: Path, namespace: str, value: str, *, is_sure: bool, as_json: bool) -> int:
    """Erase and print the receipt; gives 1 when nobody has the identifier, or when it is not wanted after all."""
    clock = SystemClock()
    with operate(data, clock=clock) as tx, reading(data) as reader:
        try:
            profile_id = find(reader, namespace, value)
        except Nobody as problem:
            click.echo(str(problem), err=True)
            return 1
        if not is_sure:
            click.confirm(
                f"Erase the person with {namespace} {value} for good? This cannot be undone.",
                abort=True,
                err=True,
            )
        number = new_receipt()
        close_erasures_of(tx, profile_id, number, clock.now())
        named = identifiers_of(tx, profile_id)
        forget_held(tx, named, clock.now())
        forget_parked(tx, named)
        erased = erase(tx, profile_id)
    receipt = {"receipt": number, "erased_at": iso(clock.now()), **to_builtins(erased)}
    if as_json:
        click.echo(json.dumps(receipt))
        return 0
    click.echo(
        f"Erased at {receipt['erased_at']}, receipt {receipt['receipt']}: {erased.identifiers} identifiers, "
        f"{erased.events} events, {erased.decisions} decisions, {erased.deliveries} deliveries "
        f"({erased.cancelled} of them had not left and are cancelled), {erased.timers} timers."
    )
    click.echo(f"Ids the person had: {', '.join(erased.profiles)}")
    return 0
