"""U16: words in another script, in leet or in base64, and messages that are very long."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
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

__all__ = ["Encoding"]

_WIDE: Final = {code: code + 0xFEE0 for code in range(ord("a"), ord("z") + 1)}
_LEET: Final = str.maketrans("aeiost", "431057")
_RUN: Final = 2

_SHEET: Final = Sheet(
    name="encoding",
    code="U16",
    surface="user_prompt",
    label="invariant",
    summary="words are spelled in letters of full width, in leet, or in base64",
    parameters=(
        {"kind": "wide", "share": 0.5},
        {"kind": "leet", "share": 0.5},
        {"kind": "base64", "share": 0.5},
    ),
    further={"padding": 0},
    finds="words that no clean run needed",
    source="flakestorm (encodings), NL-Augmenter, DeepTeam (leet, base64); the shares are our own",
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """Spells words otherwise; what the task may need stays as it is.

    Code-switching, and a language other than the user's, take variants, as the operator
    ``user-paraphrase`` does.

    Parameters: ``kind``: ``wide``, ``leet`` or ``base64`` (of runs of at least two words);
    ``share`` of the words or runs that are hit, at least one; ``padding``: so many characters of
    blank lines behind the message.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> encoding = Encoding()
    >>> encoding.text("please find the cheapest flight to AMS", about(encoding, 2))
    'pl3453 f1nd the cheapest fl1gh7 to AMS'
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def text(self, text: str, about: About, /) -> str | None:
        """Give the message with words spelled otherwise."""
        given = about.parameters
        words = free_words(text, about)
        made = {one[0]: one for one in _KINDS[given["kind"]](text, words)}
        hits = drawn(list(made), given["share"], about, "word", lambda _: True)
        new = spliced(text, [made[at] for at in hits])
        if new and given["padding"]:
            new += "\n" * given["padding"]
        return checked(text, new, about, ("quotes", "negations"))


_Edits = Iterator[tuple[int, int, str]]


def _wide(text: str, words: Iterator[Word]) -> _Edits:
    return _translated(words, _WIDE)


def _leet(text: str, words: Iterator[Word]) -> _Edits:
    return _translated(words, _LEET)


def _translated(words: Iterator[Word], table: Mapping[int, int | str | None]) -> _Edits:
    for word in words:
        new = word.text.translate(dict(table))
        if len(word.text) > 3 and new != word.text:
            yield word.start, word.end, new


def _base64(text: str, words: Iterator[Word]) -> _Edits:
    run: list[Word] = []
    for word in words:
        if run and text[run[-1].end : word.start] != " ":
            yield from _coded(text, run)
            run = []
        run.append(word)
    yield from _coded(text, run)


def _coded(text: str, run: Sequence[Word]) -> _Edits:
    if len(run) < _RUN:
        return
    start, end = run[0].start, run[-1].end
    code = base64.b64encode(text[start:end].encode("utf-8", "surrogatepass")).decode()
    yield start, end, f"(base64: {code})"


_Find = Callable[[str, Iterator[Word]], _Edits]
_KINDS: Final[Mapping[str, _Find]] = {"wide": _wide, "leet": _leet, "base64": _base64}
