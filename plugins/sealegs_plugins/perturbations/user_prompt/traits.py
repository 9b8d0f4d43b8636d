"""U7: users that are impatient, confused, sceptical or incoherent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.user_prompt.rows import TRAITS

__all__ = ["Traits"]

_SHEET: Final = Sheet(
    name="traits",
    code="U7",
    surface="user_prompt",
    label="invariant",
    summary="what the user is like shows in front of a request and behind it",
    parameters=({"intensity": 1}, {"intensity": 2}, {"intensity": 3}),
    further={"trait": ""},
    source="τ-Trait (arXiv 2510.04491): impatience, confusion, skepticism, incoherence and their "
    "intensity; the phrases are our own",
)


@dataclass(frozen=True, slots=True)
class Traits:
    """Says a message as somebody would who is impatient, confused, sceptical or incoherent.

    The message itself stays as it is; a user who words the request itself otherwise takes variants,
    as the operator ``user-paraphrase`` does.

    Parameters: ``intensity``: how strong, from 1; what is said more mildly is said too; ``trait``:
    ``impatience``, ``confusion``, ``skepticism`` or ``incoherence``, by default drawn, one for the
    whole of a trial.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> traits = Traits()
    >>> traits.text("Book 2 seats.", about(traits, parameters={"trait": "skepticism"}))
    'I wonder whether this works. Book 2 seats. Let us see.'
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def text(self, text: str, about: About, /) -> str | None:
        """Give the message as such a user says it."""
        if not text.strip():
            return None
        run = about.draw if about.run is None else about.run
        trait: str = about.parameters.get("trait") or run.pick(list(TRAITS), "trait")
        said = TRAITS[trait][: about.parameters["intensity"]]
        if not said:
            return None
        front = " ".join(first for first, _ in reversed(said))
        behind = " ".join(last for _, last in said)
        if "\n" in text:
            return f"{front}\n\n{text}\n\n{behind}"
        return f"{front} {text} {behind}"
