"""U12: a request that takes something for granted that is not so, or says too little."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from sealegs.jsons import Json, is_object
from sealegs.perturbation.drawing import digest
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.variants import variant

__all__ = ["FalsePresupposition"]

_SHEET: Final = Sheet(
    name="false-presupposition",
    code="U12",
    surface="user_prompt",
    label="must_abstain",
    summary="messages take for granted what is not so, are ambiguous, or only hint at a wish",
    parameters=(
        {"flaw": "presupposition"},
        {"flaw": "ambiguity"},
        {"flaw": "implicit"},
    ),
    further={"keep": []},
    finds='a message that supplies["variants"] has others for',
    source="Drift-Bench (arXiv 2602.02455): breakdowns of cooperation",
    needs=frozenset({"variants"}),
    checked="that the agent asks or corrects, and writes nothing before",
)


@dataclass(frozen=True, slots=True)
class FalsePresupposition:
    """Puts a flawed variant in the place of a message; no rule knows what is so and what is not.

    ``supplies["variants"]``: by a message, or by its digest, a list of variants, or a table of them
    by flaw; or a callable that makes them of a message. Literals must be kept.

    Parameters: ``flaw``: ``presupposition``, ``ambiguity`` or ``implicit``, where there is a table
    by flaw; ``keep``: what else a variant must keep, by default nothing.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> false = FalsePresupposition()
    >>> variants = {"Fly me to AMS.": {"presupposition": ["Fly me home to AMS again."]}}
    >>> false.text("Fly me to AMS.", about(false, supplies={"variants": variants}))
    'Fly me home to AMS again.'
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def text(self, text: str, about: About, /) -> str | None:
        """Give a flawed variant of the message."""
        given: Json = about.supplies["variants"]
        if is_object(given):
            given = given.get(digest(text), given.get(text, ()))
            if is_object(given):
                given = given.get(about.parameters["flaw"], ())
        if not text.strip():
            return None
        told = replace(about, supplies={**about.supplies, "variants": given})
        return variant(text, told, about.draw)
