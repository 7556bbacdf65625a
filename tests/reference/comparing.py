"""The model and the engine told one story under a policy, turn by turn, with the messages that leave."""

from __future__ import annotations

from collections import Counter

from reference.engine_leaving import EngineSide
from reference.person import Answer
from reference.shell import ModelRun
from reference.timelines import Story


def disagreement(story: Story, seen: Counter[str]) -> str:
    """Play a story to both and describe the first turn on which they differ; counts the boundaries met."""
    engine, model = EngineSide(story, stored=story.seed % 5 == 0), ModelRun(story)
    for number, turn in enumerate(story.turns):
        expected, got = model.turn(turn), engine.turn(turn)
        if got != expected:
            return describe(story, number, expected=expected, got=got)
    seen.update(model.model.seen)
    return ""


def describe(story: Story, number: int, *, expected: list[Answer], got: list[Answer]) -> str:
    """Print a story up to the turn on which model and engine part."""
    told = [str(story.policy), *map(str, story.rules), *map(str, story.turns[: number + 1])]
    return "\n".join([f"seed {story.seed}", *told, f"expected {expected}", f"got      {got}"])


def played(run: EngineSide | ModelRun, story: Story) -> list[Answer]:
    """Play a whole story to one of them."""
    return [answer for turn in story.turns for answer in run.turn(turn)]
