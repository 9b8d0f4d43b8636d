"""U9: a value that the task needs is not said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.literals import Literals
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.user_prompt.slots import chosen_slots
from sealegs_plugins.perturbations.user_prompt.wording import spliced

__all__ = ["MissingSlot"]

_LEADING: Final = re.compile(
    r"(?:(?<=\s)|(?<=\A)|(?<=[(,;]))"
    r"(?:(?:to|from|on|at|for|in|by|of|with|is|are|as|named|called|number|id|the|a|an)[ ]+){0,2}"
    r"([\"'“‘(]?)[#$€£]?\Z",
    re.IGNORECASE,
)
_CLOSING: Final = {'"': '"', "'": "'", "“": "”", "‘": "’", "(": ")"}
_LOOK: Final = 32

_SHEET: Final = Sheet(
    name="missing-slot",
    code="U9",
    surface="user_prompt",
    label="must_abstain",
    summary="values that the task needs are not said, with the words that lead to them",
    parameters=({"count": 1}, {"count": 2}, {"count": 3}),
    further={"slots": None},
    finds='values of supplies["slots"] that stand in the message',
    source="BFCL miss_param, FAIL-TaLMs (arXiv 2503.14227), ACEBench incomplete; how many is our "
    "own",
    needs=frozenset({"slots"}),
    checked="that the agent asks, and writes nothing before it is told",
)


@dataclass(frozen=True, slots=True)
class MissingSlot:
    """Leaves out values, so that a good agent has to ask for them.

    Of the literals of a clean run only those of the chosen values may be lost.

    Parameters: ``count``: how many; ``slots``: names of those that may be chosen, by default all.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> missing = MissingSlot()
    >>> supplies = {"slots": {"day": "2024-05-01"}}
    >>> missing.text("Fly me to AMS on 2024-05-01, please.", about(missing, supplies=supplies))
    'Fly me to AMS, please.'
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def text(self, text: str, about: About, /) -> str | None:
        """Give the message without the values."""
        slots = chosen_slots(text, about, about.parameters["count"])
        spans = sorted(span for slot in slots for span in slot.spans)
        edits: list[tuple[int, int, str]] = []
        at = 0
        for start, end in spans:
            first, last = _widened(text, at, start, end)
            edits.append((first, last, ""))
            at = last
        new = spliced(text, edits)
        if not edits or not any(map(str.isalnum, new)):
            return None
        return None if _lost(text, new, [slot.value for slot in slots], about.literals) else new


def _widened(text: str, least: int, start: int, end: int) -> tuple[int, int]:
    """Give a value's place with what leads to it, the quotes around it, and the space in front."""
    lead = _LEADING.search(text[max(least, start - _LOOK) : start])
    if lead is not None and not lead[1]:
        start -= len(lead[0])
    elif lead is not None and text.startswith(_CLOSING[lead[1]], end):
        start, end = start - len(lead[0]), end + 1
    while start > least and text[start - 1] == " " and not text[end : end + 1].isalnum():
        start -= 1
    return start, end


def _lost(text: str, new: str, values: list[str], literals: Literals) -> bool:
    """Say whether a literal is lost that is neither a part of a value nor has one within it."""
    low = [value.casefold() for value in values]
    return any(
        not any(one.casefold() in value or value in one.casefold() for value in low)
        for one in literals.lost(text, new)
    )
