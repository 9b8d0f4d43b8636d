"""U2: words that are replaced by their likes, left out, or said twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.user_prompt.wording import (
    Word,
    checked,
    drawn,
    free_words,
    spliced,
)

__all__ = ["WordNoise"]

_LIKES: Final[Mapping[str, str]] = {
    "additionally": "also",
    "also": "additionally",
    "assist": "help",
    "because": "since",
    "big": "large",
    "buy": "purchase",
    "currently": "presently",
    "desire": "want",
    "details": "particulars",
    "explain": "describe",
    "find": "locate",
    "help": "assist",
    "however": "though",
    "large": "big",
    "locate": "find",
    "maybe": "perhaps",
    "perhaps": "maybe",
    "purchase": "buy",
    "quick": "fast",
    "quickly": "fast",
    "regarding": "concerning",
    "show": "display",
    "small": "little",
    "tell": "inform",
    "therefore": "so",
    "want": "desire",
    "whole": "entire",
}
"""Own rows: words, and others that mean nearly the same in a request."""

_SPARE: Final = frozenset({"the", "a", "an", "very", "really", "quite", "please", "kindly"})
_TWICE: Final = frozenset(
    {"the", "a", "an", "to", "of", "for", "in", "on", "at", "is", "are", "with", "my", "me"}
)

_SHEET: Final = Sheet(
    name="word-noise",
    code="U2",
    surface="user_prompt",
    label="invariant",
    summary="words are replaced by their likes; articles and the like are lost, or said twice",
    parameters=({"share": 0.1}, {"share": 0.25}, {"share": 0.5}),
    further={"kinds": ["like", "lost", "twice"]},
    finds="words that have their likes, and articles",
    source="TextFooler and BERT-Attack as in PromptBench; CheckList; the words and shares are our "
    "own",
)


@dataclass(frozen=True, slots=True)
class WordNoise:
    """Replaces words by their likes, leaves out articles and the like, and says them twice.

    Only words of which the likes are known, and those that say little, can be hit.

    Parameters: ``share`` of these that are hit, at least one; ``kinds``: ``like``, ``lost``,
    ``twice``.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> noise = WordNoise()
    >>> noise.text("I want to find the cheapest flight to AMS.", about(noise, 3))
    'I desire to locate the cheapest flight to AMS.'
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def text(self, text: str, about: About, /) -> str | None:
        """Give the message with noise in it."""
        kinds: Sequence[str] = about.parameters["kinds"]
        edits: dict[int, tuple[int, int, str]] = {}
        for word in free_words(text, about):
            made = _edit(text, word, kinds, about)
            if made is not None:
                edits[word.start] = made
        hits = drawn(list(edits), about.parameters["share"], about, "word", lambda _: True)
        new = spliced(text, [edits[at] for at in hits])
        return checked(text, new, about, ("numbers", "quotes", "negations"))


def _edit(text: str, word: Word, kinds: Sequence[str], about: About) -> tuple[int, int, str] | None:
    """Give what can become of a word: one thing at all severities."""
    known = word.text
    can = [kind for kind in kinds if _can(kind, known)]
    if not can:
        return None
    kind = about.draw.pick(can, f"kind/{word.start}")
    if kind == "like":
        return word.start, word.end, _LIKES[known]
    if kind == "twice":
        return word.end, word.end, f" {known}"
    behind = word.end < len(text) and text[word.end] == " "
    return (word.start, word.end + 1, "") if behind else None


def _can(kind: str, word: str) -> bool:
    return word in (_LIKES if kind == "like" else _SPARE if kind == "lost" else _TWICE)
