"""U6: sentences that do not lean on each other, in another order."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.shuffling import moved
from sealegs_plugins.perturbations.system_prompt.layout import edited, sentences
from sealegs_plugins.perturbations.user_prompt.wording import checked

__all__ = ["SentenceOrder"]

_LEANS: Final = re.compile(
    r"""\b(?:
        it|its|they|them|their|theirs|he|him|his|she|her|hers|this|that|these|those|such|same|there
        |here|above|below|former|latter|previous(?:ly)?|following|next|then|first(?:ly)?|second(?:ly)?
        |third(?:ly)?|finally|last(?:ly)?|after(?:wards)?|before|once|when|until|otherwise|else
        |instead|again|also|too|but|and\s+then|so|however|therefore|because|if|one|ones|another
        |both|either|neither|other|others|respectively|likewise|now|anyway|not|just|only|to\s+do\s+so
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)

_SHORT: Final = 2
_PAIR: Final = 2

_SHEET: Final = Sheet(
    name="sentence-order",
    code="U6",
    surface="user_prompt",
    label="invariant",
    summary="sentences of a paragraph that do not lean on each other stand in another order",
    parameters=({"share": 0.34}, {"share": 0.67}, {"share": 1.0}),
    finds="a paragraph of two sentences or more that do not lean on each other",
    source="NL-Augmenter sentence_reordering, probatio order_invariant; the shares are our own",
)


@dataclass(frozen=True, slots=True)
class SentenceOrder:
    """Puts the sentences of a paragraph in another order.

    Only where none of them has a word by which it might lean on another ("it", "then", "also"), or
    lean on being first; code, lists, headings and sentences of a word or two stay.

    Parameters: ``share`` of the sentences that move, at least two; the others stay where they are.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> order = SentenceOrder()
    >>> order.text("I fly to Oslo. My budget is 200 euros.", about(order, 3))
    'My budget is 200 euros. I fly to Oslo.'
    >>> order.text("I fly to Oslo. Then I go home.", about(order, 3))
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def text(self, text: str, about: About, /) -> str | None:
        """Give the message with its sentences in another order."""
        share: float = about.parameters["share"]

        def ordered(line: str) -> str:
            found = sentences(line.strip())
            if len(found) < 2 or len(set(found)) < len(found) or any(map(_LEANS.search, found)):
                return line
            if any(one[-1] not in ".!?" for one in found):
                return line
            if share <= 0:
                return line
            return line.replace(line.strip(), " ".join(_moved(found, share, about)))

        new = edited(
            text,
            lambda read: "\n".join(
                ordered(line.whole) if line.kind == "text" else line.whole for line in read
            ),
        )
        return checked(text, new, about, ("numbers", "quotes", "negations"))


def _moved(found: Sequence[str], share: float, about: About) -> list[str]:
    """Put sentences in another order: each is drawn by itself, and two at the least.

    Those of a word or two ("Hello!") say nothing of their own, and stay.
    """
    places = [at for at, one in enumerate(found) if len(one.split()) > _SHORT]
    result = list(found)
    if len(places) < _PAIR:
        return result
    long = [found[at] for at in places]
    second = sorted(about.draw.sub(one).unit("hit") for one in long)[1]
    new = moved(long, max(share, math.nextafter(second, 1.0)), about.draw)
    for at, one in zip(places, new, strict=True):
        result[at] = one
    return result
