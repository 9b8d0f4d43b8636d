"""Passages of a prompt that are said otherwise, each as somebody has reviewed it."""

from __future__ import annotations

import re

from sealegs.jsons import Json, is_object
from sealegs.perturbation.operators import About
from sealegs_plugins.perturbations.system_prompt.layout import lines, sentences
from sealegs_plugins.perturbations.variants import variant

__all__ = ["said_otherwise"]


def said_otherwise(text: str, about: About, share: float) -> str | None:
    """Say a share of a prompt's passages otherwise.

    Where ``supplies["variants"]`` is a table, its keys are the passages; where it is a callable,
    each bullet, numbered point and sentence is one.

    Args:
        text: the prompt.
        about: what an operator is told.
        share: how likely each passage is said otherwise.

    Returns:
        The prompt; ``None`` where it has no such passage.
    """
    given: Json = about.supplies["variants"]
    passages = list(given) if is_object(given) else _rules(text)
    new: dict[str, str] = {}
    for passage in passages:
        draw = about.draw.sub(passage)
        if passage and passage in text and draw.unit("hit") < share:
            said = variant(passage, about, draw)
            if said is not None:
                new[passage] = said
    if not new:
        return None
    longest = sorted(new, key=lambda one: (-len(one), one))
    pattern = re.compile("|".join(map(re.escape, longest)))
    return pattern.sub(lambda found: new[found[0]], text)


def _rules(text: str) -> list[str]:
    """Give the passages that say something by themselves, each once."""
    found: dict[str, None] = {}
    for line in lines(text):
        if line.kind in ("bullet", "number"):
            found[line.text] = None
        elif line.kind == "text":
            found |= dict.fromkeys(sentences(line.text))
    return list(found)
