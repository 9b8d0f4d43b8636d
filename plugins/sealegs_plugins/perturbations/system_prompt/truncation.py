"""S10: a prompt whose end is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.operators import About, Sheet

__all__ = ["PromptTruncation"]

_SHEET: Final = Sheet(
    name="prompt-truncation",
    code="S10",
    surface="system_prompt",
    label="recoverable",
    summary="the end of the prompt is lost",
    parameters=({"dropped": 0.1}, {"dropped": 0.3}, {"dropped": 0.6}),
    source="agent-chaos: truncated history; the shares are our own",
    checked=(
        "the end state, where the case does not need what is lost; where it does, the label is the "
        "test's to say: must_abstain"
    ),
)


@dataclass(frozen=True, slots=True)
class PromptTruncation:
    r"""Leaves out the end of the prompt, at a line's end, or between words where it has one line.

    Parameters: ``dropped``: the share of its characters, at least; never all of them.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> truncation = PromptTruncation()
    >>> truncation.text("# Rules\n- Be kind.\n- Never guess.", about(truncation, 1))
    '# Rules\n- Be kind.'
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def text(self, text: str, about: About, /) -> str | None:
        """Give what is left."""
        dropped: float = about.parameters["dropped"]
        most = int(len(text) * (1 - dropped))
        mark = "\n" if "\n" in text[1:most].strip() else " "
        left = text[: text.rfind(mark, 0, most + 1)].rstrip() if mark in text[:most] else ""
        return left or None
