"""U1: slips of the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.user_prompt.wording import (
    Word,
    checked,
    drawn,
    free_words,
    spliced,
    weighty,
)

__all__ = ["Typos"]

_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEAR: Final[Mapping[str, str]] = {
    letter: row[max(0, at - 1) : at] + row[at + 1 : at + 2]
    for row in _ROWS
    for at, letter in enumerate(row)
}
_ALIKE: Final[Mapping[str, str]] = {
    "a": "а", "c": "с", "e": "е", "i": "і", "o": "о", "p": "р", "s": "ѕ", "x": "х", "y": "у",
}  # fmt: skip
_UNSEEN: Final = "\u200b"
_LEAST: Final = 4

_SHEET: Final = Sheet(
    name="typos",
    code="U1",
    surface="user_prompt",
    label="invariant",
    summary="letters within words are swapped, left out, doubled, or struck beside their key",
    parameters=({"rate": 0.02}, {"rate": 0.05}, {"rate": 0.1}),
    further={"kinds": ["swap", "drop", "double", "near"]},
    finds="words of several letters that no clean run needed",
    source="PromptRobust (arXiv 2306.04528), NL-Augmenter butter_fingers; 2, 5 and 10 % of the "
    "letters are the doses at which unprotected typos were measured to destroy literals",
)


@dataclass(frozen=True, slots=True)
class Typos:
    """Makes slips of the keyboard in words of four letters and more, never in the first letter.

    Each letter is drawn by itself. No two slips touch; where letters beside each other are drawn,
    the one with the smaller number slips.

    Parameters: ``rate``: how many of the letters slip, at least one; ``kinds`` of slips: ``swap``,
    ``drop``, ``double``, ``near``, by default these, and ``alike`` (a letter of another script that
    looks the same) and ``unseen`` (a character of no width).

    >>> from sealegs_plugins.perturbations.trying import about
    >>> typos = Typos()
    >>> typos.text("Please show the flights to AMS that leave on 2024-05-01.", about(typos, 3))
    'Please show the flights to AMS that lesve on 2024-05-01.'
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def text(self, text: str, about: About, /) -> str | None:
        """Give the message with slips in it."""
        kinds: Sequence[str] = about.parameters["kinds"]
        words = [word for word in free_words(text, about) if len(word.text) >= _LEAST]
        owners = {at: word for word in words for at in range(word.start + 1, word.end)}
        taken: dict[int, None] = {}
        edits: dict[int, tuple[int, int, str]] = {}

        def fits(at: int) -> bool:
            kind = about.draw.pick(kinds, f"kind/{at}")
            made = _SLIPS[kind](owners[at], at, about)
            if made is None or any(place in taken for place in range(at - 1, at + 3)):
                return False
            taken.update(dict.fromkeys((at, at + 1)))
            edits[at] = made
            return True

        hits = drawn(list(owners), about.parameters["rate"], about, "char", fits)
        return checked(text, spliced(text, [edits[at] for at in hits]), about, ("negations",))


def _swap(word: Word, at: int, about: About) -> tuple[int, int, str] | None:
    place = at - word.start
    pair = word.text[place : place + 2]
    if len(pair) < 2 or pair[0] == pair[1]:
        return None
    return _unless_weighty(word, (at, at + 2, pair[::-1]))


def _drop(word: Word, at: int, about: About) -> tuple[int, int, str] | None:
    return _unless_weighty(word, (at, at + 1, ""))


def _double(word: Word, at: int, about: About) -> tuple[int, int, str] | None:
    return at, at + 1, word.text[at - word.start] * 2


def _near(word: Word, at: int, about: About) -> tuple[int, int, str] | None:
    near = _NEAR.get(word.text[at - word.start])
    if not near:
        return None
    return _unless_weighty(word, (at, at + 1, about.draw.pick(near, f"near/{at}")))


def _alike(word: Word, at: int, about: About) -> tuple[int, int, str] | None:
    other = _ALIKE.get(word.text[at - word.start])
    return None if other is None else (at, at + 1, other)


def _unseen(word: Word, at: int, about: About) -> tuple[int, int, str] | None:
    return at, at, _UNSEEN


_Slip = Callable[[Word, int, About], "tuple[int, int, str] | None"]
_SLIPS: Final[Mapping[str, _Slip]] = {
    "swap": _swap,
    "drop": _drop,
    "double": _double,
    "near": _near,
    "alike": _alike,
    "unseen": _unseen,
}


def _unless_weighty(word: Word, edit: tuple[int, int, str]) -> tuple[int, int, str] | None:
    """Give an edit, unless it makes a word that denies, binds, counts or dates something."""
    start, end, new = edit
    said = word.text[: start - word.start] + new + word.text[end - word.start :]
    return None if weighty(said) else edit
