"""``python -m benchmarks.golden``: make the golden run in every way and compare; ``--write`` keeps what it decides."""

from __future__ import annotations

import sys

import click

from benchmarks.golden.outcome import differences
from benchmarks.golden.ways import EVENTS, changes, run_all, stored, write

#: Of many differences the first are shown.
SHOWN = 10


@click.command()
@click.option("--events", default=EVENTS, show_default=True, help="How many events happen.")
@click.option(
    "--write", "is_written", is_flag=True, help="Write down what is decided, where every way agrees."
)
def main(events: int, is_written: bool) -> None:
    """Make the golden run in every way; exits 1 where two ways differ, or where what is decided has changed."""
    found, problems = run_all(events), []
    rehearsed = {way.part: outcome for way, outcome, _ in found if way.most is None}
    for way, outcome, seconds in found:
        differing = differences(rehearsed[way.part], outcome)
        verdict = (
            "" if way.most is None else f"  {len(differing)} differences" if differing else "  identical"
        )
        click.echo(f"{seconds:6.1f} s  {len(outcome.decisions):>7,} decisions  {way.says}{verdict}")
        problems += differing[:SHOWN]
    digest = rehearsed[1].digest()
    if is_written and not problems:
        write(events, digest)
    problems += changes(stored(events), digest)
    for problem in problems:
        click.echo(problem, err=True)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
