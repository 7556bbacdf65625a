"""Senders repeat themselves; through the whole pipeline an event twice equals once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from reference.engine_side import rule_set
from reference.timelines import START, Arrival, Story, random_story

from core.engine.instant import iso
from core.engine.rule import RuleSet
from core.pipeline import Pipeline
from core.ports import Filter, RawEvent
from core.store.embedded import EmbeddedStore, open_store
from cuewire.wiring import load_mappings

SEEDS = range(12)


@dataclass
class StoryClock:
    """Shows the time of the story."""

    time: int = START

    def now(self) -> int:
        """Give the time."""
        return self.time


@contextmanager
def opened(folder: Path, story: Story) -> Iterator[tuple[Pipeline, EmbeddedStore, StoryClock]]:
    """Open a real store with a story's triggers and the shipped mapping of its source."""
    clock = StoryClock()
    store = open_store(folder, clock=clock)
    try:
        yield Pipeline(store, clock, rules_of(story)), store, clock
    finally:
        store.close()


def rules_of(story: Story) -> RuleSet:
    """Lay a story's triggers over the shipped identity rules and sources."""
    shipped = load_mappings(Path(__file__).parents[2] / "mappings").rules
    assert shipped is not None
    told = rule_set(story.rules)
    return replace(shipped, triggers=told.triggers, purposes=told.purposes)


def call(turn: Arrival) -> RawEvent:
    """Write an arrival as Segment would send it."""
    made: dict[str, Any] = {
        "type": "track",
        "event": turn.event.name,
        "messageId": turn.event.id,
        "userId": turn.person,
        "timestamp": iso(turn.event.timestamp),
        "properties": turn.event.properties,
        "context": {"traits": turn.event.traits},
    }
    return RawEvent(json.dumps(made).encode(), made)


def all_rows(store: EmbeddedStore) -> list[Any]:
    """Read every decision, and every delivery apart from its place in the queue."""
    decisions = list(store.read.decisions(Filter(limit=500)).rows)
    deliveries = list(store.read.deliveries(Filter(limit=500)).rows)
    assert len(decisions) < 500, "the story is longer than a page"
    return sorted(decisions, key=lambda row: (row.at, row.id)) + sorted(deliveries, key=lambda row: row.id)


def live(folder: Path, story: Story, copies: list[int]) -> tuple[list[Any], list[str]]:
    """Play a story's arrivals, each as often as said: some in the same request, some in a later one."""
    statuses: list[str] = []
    with opened(folder, story) as (pipeline, store, clock):
        arrivals = [turn for turn in story.turns if isinstance(turn, Arrival)]
        for turn, times in zip(arrivals, copies, strict=True):
            clock.time = max(clock.time, turn.now)
            statuses += pipeline.accept("segment", [call(turn)] * max(1, times - 1), clock.time)
            if times > 2:
                statuses += pipeline.accept("segment", [call(turn)], clock.time)
        clock.time += 10_000
        while (due := store.write(pipeline.wake)) is not None and due <= clock.time:
            pass
        return all_rows(store), statuses


@pytest.mark.parametrize("seed", SEEDS)
def test_an_event_sent_twice_has_one_effect(seed: int, tmp_path: Path) -> None:
    """Leave the same decisions and deliveries whether each event comes once, twice or three times."""
    story = random_story(seed, lateness=(0,))
    arrivals = sum(isinstance(turn, Arrival) for turn in story.turns)
    draw = Random(seed)
    copies = [draw.choice([1, 3, 4]) for _ in range(arrivals)]
    once, seen_once = live(tmp_path / "once", story, [1] * arrivals)
    often, seen_often = live(tmp_path / "often", story, copies)
    assert once
    assert once == often
    assert seen_once == ["applied"] * arrivals
    assert seen_often.count("applied") == arrivals
    assert set(seen_often) == {"applied", "duplicate"}
