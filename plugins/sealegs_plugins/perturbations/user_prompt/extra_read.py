"""U15: more to look at, and nothing more to change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.user_prompt.rows import READS, rows_of

__all__ = ["ExtraRead"]

_SHEET: Final = Sheet(
    name="extra-read",
    code="U15",
    surface="user_prompt",
    label="invariant",
    summary="behind a request stand further ones that only read",
    parameters=({"count": 1}, {"count": 2}, {"count": 3}),
    source="AgentMorph read-only-idempotency; the requests and counts are our own",
    checked="the end state; the answer may tell more, and there may be more calls that read",
)


@dataclass(frozen=True, slots=True)
class ExtraRead:
    """Asks for further looks, after which everything must be as without them.

    Parameters: ``count`` of the further requests.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> extra = ExtraRead()
    >>> print(extra.text("Book 2 seats.", about(extra)))
    Book 2 seats.
    <BLANKLINE>
    Also check, by looking alone, whether anything about this seems unusual to you.
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def text(self, text: str, about: About, /) -> str | None:
        """Give the message with the further requests behind it."""
        said = about.draw.sample(rows_of(READS, about), about.parameters["count"], "row")
        return "\n\n".join([text, *said]) if text.strip() and said else None
