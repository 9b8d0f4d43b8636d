"""U4: sentences that have nothing to do with the request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.user_prompt.rows import ASIDES, NONSENSE, rows_of

__all__ = ["DistractorSentence"]

_BACK: Final = ("Anyway:", "But to the point:", "Now, what I am here for:")

_SHEET: Final = Sheet(
    name="distractor-sentence",
    code="U4",
    surface="user_prompt",
    label="invariant",
    summary="small talk, or words without a meaning, stand in front of a request or behind it",
    parameters=({"count": 1}, {"count": 2}, {"count": 4}),
    further={"kind": "", "place": ""},
    source="StressTest in PromptBench, CheckList, AgentMorph (irrelevant context), HAL; the "
    "sentences and counts are our own",
)


@dataclass(frozen=True, slots=True)
class DistractorSentence:
    """Puts sentences around a message, which itself stays as it is.

    Parameters: ``count`` of the sentences; ``kind``: ``aside`` (small talk) or ``nonsense``; and
    ``place``: ``front`` or ``behind``; each by default drawn.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> distractor = DistractorSentence()
    >>> told = about(distractor, parameters={"kind": "aside", "place": "front"})
    >>> print(distractor.text("Book 2 seats.", told))
    It has been raining here since I got up, and the street smells of wet leaves.
    <BLANKLINE>
    But to the point: Book 2 seats.
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def text(self, text: str, about: About, /) -> str | None:
        """Give the message among the sentences."""
        draw, given = about.draw, about.parameters
        kind = given.get("kind") or draw.pick(("aside", "aside", "nonsense"), "kind")
        rows = rows_of(NONSENSE if kind == "nonsense" else ASIDES, about)
        said = " ".join(draw.sample(rows, given["count"], "row"))
        if not text.strip() or not said:
            return None
        place = given.get("place") or draw.pick(("front", "behind"), "place")
        if place == "behind":
            return f"{text}\n\n{said}"
        back = "" if kind == "nonsense" else draw.pick(_BACK, "back") + " "
        return f"{said}\n\n{back}{text}"
