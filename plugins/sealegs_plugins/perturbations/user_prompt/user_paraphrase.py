"""U3: the same request in other words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.drawing import digest
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.variants import variant

__all__ = ["UserParaphrase"]

_SHEET: Final = Sheet(
    name="user-paraphrase",
    code="U3",
    surface="user_prompt",
    label="invariant",
    summary="messages are said in other words, in a share of the trials",
    parameters=({"epsilon": 0.1}, {"epsilon": 0.2}, {"epsilon": 0.3}),
    further={"keep": ["numbers", "quotes", "negations", "names"]},
    finds='a message that supplies["variants"] has others for, in a share epsilon of the trials',
    source="ReliabilityBench (arXiv 2601.06112): the share of cases that are perturbed, of which "
    "0.2 is its own; IBM (arXiv 2504.00914)",
    needs=frozenset({"variants"}),
)


@dataclass(frozen=True, slots=True)
class UserParaphrase:
    """Says a message in other words, as somebody has reviewed them.

    ``supplies["variants"]``: by a message, or by its digest, a list of variants; or a callable that
    makes them of a message. A variant must keep numbers, quoted text, negations and literals.

    Parameters: ``epsilon``: in which share of the trials; 1: in all; ``keep``: what a variant must
    keep.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> paraphrase = UserParaphrase()
    >>> variants = {"Book 2 seats.": ["I would like 2 seats, please."]}
    >>> told = {"supplies": {"variants": variants}, "parameters": {"epsilon": 1}}
    >>> paraphrase.text("Book 2 seats.", about(paraphrase, **told))
    'I would like 2 seats, please.'
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def text(self, text: str, about: About, /) -> str | None:
        """Give a variant of the message."""
        about.supplies["variants"]  # whether they are needed does not depend on a draw
        run = about.draw if about.run is None else about.run
        if not text.strip() or run.unit("paraphrased") >= about.parameters["epsilon"]:
            return None
        return variant(text, about, about.draw, key=digest(text))
