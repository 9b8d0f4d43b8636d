"""U5: white space, punctuation, filler words and capitals."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.user_prompt.rows import FILLERS, rows_of
from sealegs_plugins.perturbations.user_prompt.wording import (
    Word,
    checked,
    drawn,
    free_words,
    guarded,
    spliced,
)

__all__ = ["SurfaceFormat"]

_END: Final = re.compile(r"(?<=[a-z])[.!?](?=\s|\Z)")

_SHEET: Final = Sheet(
    name="surface-format",
    code="U5",
    surface="user_prompt",
    label="invariant",
    summary="spaces are doubled, ends of sentences lost or doubled; fillers; words in capitals",
    parameters=(
        {"share": 0.1, "kinds": ["spaces", "ends"]},
        {"share": 0.2, "kinds": ["spaces", "ends", "fillers"]},
        {"share": 0.35, "kinds": ["spaces", "ends", "fillers", "capitals"]},
    ),
    finds="spaces, ends of sentences and words that no clean run needed",
    source="HAL reliability (arXiv 2602.16666): prompt variations; the shares are our own",
)


@dataclass(frozen=True, slots=True)
class SurfaceFormat:
    """Changes how a message looks, and no number or date: those might be what the task needs.

    Parameters: ``share`` of the places that are hit, at least one of each kind; ``kinds``:
    ``spaces`` (two where there was one), ``ends`` (a sentence's mark is lost, or said twice),
    ``fillers``, ``capitals`` (a word is all in capitals; nothing ever loses its own).

    >>> from sealegs_plugins.perturbations.trying import about
    >>> look = SurfaceFormat()
    >>> look.text("Please list the flights to AMS. I want to leave early.", about(look, 2))
    'Please list  the flights to AMS. I want to, well,  leave, let me see, early'
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def text(self, text: str, about: About, /) -> str | None:
        """Give the message as it looks now."""
        kinds: Sequence[str] = about.parameters["kinds"]
        words = list(free_words(text, about))
        edits: list[tuple[int, int, str]] = []
        for kind in kinds:
            made = {one[0]: one for one in _KINDS[kind](text, words, about)}
            hits = drawn(list(made), about.parameters["share"], about, kind, lambda _: True)
            edits += [made[place] for place in hits]
        new = spliced(text, sorted(edits))
        return checked(text, new, about, ("numbers", "quotes", "negations"))


_Edits = Iterator[tuple[int, int, str]]


def _spaces(text: str, words: Sequence[Word], about: About) -> _Edits:
    for word in words:
        if text[word.end : word.end + 2].strip() and text[word.end] == " ":
            yield word.end, word.end + 1, "  "


def _ends(text: str, words: Sequence[Word], about: About) -> _Edits:
    kept = iter([*guarded(text, about.literals), (len(text), len(text))])
    start, end = next(kept)
    for found in _END.finditer(text):
        while end <= found.start() and start < len(text):
            start, end = next(kept)
        if start <= found.start() < end:
            continue
        mark = "" if about.draw.unit(f"lost/{found.start()}") < 0.5 else found[0] * 2
        yield found.start(), found.end(), mark


def _fillers(text: str, words: Sequence[Word], about: About) -> _Edits:
    fillers = rows_of(FILLERS, about)
    for word, behind in itertools.pairwise(words):
        if fillers and text[word.end : behind.start] == " ":
            filler = about.draw.pick(fillers, f"filler/{word.end}")
            yield word.end, word.end, f", {filler},"


def _capitals(text: str, words: Sequence[Word], about: About) -> _Edits:
    for word in words:
        if len(word.text) > 3 and word.text.upper().lower() == word.text:
            yield word.start, word.end, word.text.upper()


_Find = Callable[[str, Sequence[Word], About], _Edits]
_KINDS: Final[Mapping[str, _Find]] = {
    "spaces": _spaces,
    "ends": _ends,
    "fillers": _fillers,
    "capitals": _capitals,
}
