"""Changes of a proof in one place, none of which may open anything."""

from __future__ import annotations

import random

#: Ways in which a signature that was mutated may still be the same one are none: each must be refused.
MUTATIONS = 60


def mutations(text: str, *, seed: int = 7) -> list[str]:
    """Change a text in one place each time: another letter, one more, one less, two swapped; or the case of all."""
    chance, found = random.Random(seed), {text.swapcase()} - {text}
    letters = "0123456789abcdefABCDEF+/=-_.zZ"
    while len(found) < MUTATIONS:
        at, kind = chance.randrange(len(text)), chance.randrange(4)
        other = chance.choice(letters)
        changed = {
            0: text[:at] + other + text[at + 1 :],
            1: text[:at] + other + text[at:],
            2: text[:at] + text[at + 1 :],
            3: text[: at - 1] + text[at : at + 1] + text[at - 1 : at] + text[at + 1 :],
        }[kind]
        if changed.strip() != text and changed.strip():
            found.add(changed)
    return sorted(found)
