"""``python -m benchmarks``: run them all; ``--quick`` proves that they work, ``--json`` prints for machines."""

from __future__ import annotations

import json
import os
import platform
import sys
from typing import Any

import click

from benchmarks import anchors, deliveries, delivering, engine, intake, latency, memory, simulate
from benchmarks.child import NotOurs

REFUSALS = (
    NotOurs,
    delivering.Mismatch,
    engine.Mismatch,
    intake.Mismatch,
    latency.Mismatch,
    simulate.Mismatch,
    TimeoutError,
)


def machine() -> dict[str, Any]:
    """Describe what the numbers were taken on; the load says how much of it was ours."""
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }


@click.command()
@click.option("--quick", is_flag=True, help="Tiny sizes: shows that everything works, not how fast it is.")
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
def main(quick: bool, as_json: bool) -> None:
    """Run every benchmark; what cannot be read back is refused and nothing of it printed."""
    here = machine()
    if not as_json:
        click.echo(", ".join(f"{name} {value}" for name, value in here.items()))
    found: dict[str, Any] = {"machine": here, "quick": quick}
    try:
        for module in (engine, anchors, memory, simulate, intake, latency, deliveries):
            name = module.__name__.rpartition(".")[2]
            found[name] = module.measure(quick=quick)
            if not as_json:
                click.echo(module.report(found[name]))
    except REFUSALS as problem:
        click.echo(f"benchmarks: refused: {problem}", err=True)
        sys.exit(1)
    if as_json:
        click.echo(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
