"""S2, S4 and S12: call formats, rules and whole prompts, as somebody has reviewed them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.keeping import KEPT
from sealegs_plugins.perturbations.system_prompt.passages import said_otherwise
from sealegs_plugins.perturbations.variants import variant

__all__ = ["CallFormat", "CousinPrompt", "RuleParaphrase"]

_CALLS: Final = Sheet(
    name="call-format",
    code="S2",
    surface="system_prompt",
    label="invariant",
    summary="the instruction how to write a call as text is another one",
    parameters=(
        {"choice": 0},
        {"choice": 1},
        {"choice": 2},
    ),
    further={"keep": ["names"]},
    finds='the passage on calls, which is a key of supplies["variants"]',
    source="BFCL v4, format sensitivity: 26 formats of prompts and calls",
    needs=frozenset({"variants"}),
    checked="the end state, where the agent's own parser takes calls of the other format too",
)

_RULES: Final = Sheet(
    name="rule-paraphrase",
    code="S4",
    surface="system_prompt",
    label="invariant",
    summary="rules are said in other words, in another tone or language",
    parameters=(
        {"share": 0.34},
        {"share": 0.67},
        {"share": 1.0},
    ),
    further={"keep": [*KEPT]},
    finds='passages that are keys of supplies["variants"]',
    source="HAL reliability (arXiv 2602.16666): style of instructions, variations of prompts",
    needs=frozenset({"variants"}),
)

_COUSINS: Final = Sheet(
    name="cousin-prompt",
    code="S12",
    surface="system_prompt",
    label="invariant",
    summary="the whole prompt is another one that asks for the same",
    parameters=(
        {"choice": 0},
        {"choice": 1},
        {"choice": 2},
    ),
    further={"keep": [*KEPT]},
    finds='a prompt that supplies["variants"] has others for',
    source="IFEval++ (arXiv 2512.14754): cousin prompts, down to 61.8 % fewer that hold",
    needs=frozenset({"variants"}),
    checked="the end state; where a cousin asks for something else, the test says the label",
)


@dataclass(frozen=True, slots=True)
class CallFormat:
    """Asks an agent that writes its calls as text to write them in another format.

    ``supplies["variants"]``: the passage of the prompt that says the format, to a list of others,
    from the most to the least common.

    Parameters: ``choice``: the how-manieth of the list, or the last one; ``keep``: what a variant
    must keep.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> form = CallFormat()
    >>> supplies = {"variants": {"Write calls as JSON.": ["Write calls as XML."]}}
    >>> form.text("You help. Write calls as JSON.", about(form, 1, supplies=supplies))
    'You help. Write calls as XML.'
    """

    name: str = _CALLS.name
    sheet: Sheet = _CALLS

    def text(self, text: str, about: About, /) -> str | None:
        """Give the prompt with the other format."""
        return said_otherwise(text, about, 1.0)


@dataclass(frozen=True, slots=True)
class RuleParaphrase:
    r"""Says rules in other words.

    ``supplies["variants"]``: passages of the prompt, each to its variants; or a callable that makes
    variants of a bullet or a sentence. A variant must keep numbers, quoted text, names, negations
    and literals.

    Parameters: ``share`` of the rules; ``keep``: what a variant must keep.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> rules = RuleParaphrase()
    >>> supplies = {"variants": {"Never guess.": "You must not guess."}}
    >>> rules.text("- Never guess.\n- Be kind.", about(rules, 3, supplies=supplies))
    '- You must not guess.\n- Be kind.'
    """

    name: str = _RULES.name
    sheet: Sheet = _RULES

    def text(self, text: str, about: About, /) -> str | None:
        """Give the prompt with its rules in other words."""
        share: float = about.parameters["share"]
        return said_otherwise(text, about, share)


@dataclass(frozen=True, slots=True)
class CousinPrompt:
    """Puts another prompt in the place of the prompt.

    ``supplies["variants"]``: a list of prompts, a table of them by the prompt, or a callable.

    Parameters: ``choice``: the how-manieth of the list, or the last one; ``keep``: what a variant
    must keep, by default numbers, quoted text, negations and literals.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> cousin = CousinPrompt()
    >>> supplies = {"variants": ["Help with flights."]}
    >>> cousin.text("You help with flights.", about(cousin, 2, supplies=supplies))
    'Help with flights.'
    """

    name: str = _COUSINS.name
    sheet: Sheet = _COUSINS

    def text(self, text: str, about: About, /) -> str | None:
        """Give the other prompt."""
        return variant(text, about, about.draw)
