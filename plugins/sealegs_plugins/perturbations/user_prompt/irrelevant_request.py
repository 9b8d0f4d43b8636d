"""U11: a request that no tool is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.operators import About, Sheet

__all__ = ["IrrelevantRequest"]

_REQUESTS: Final[Mapping[str, Sequence[str]]] = {
    "body": (
        "Could you water the plants on my balcony, please? They look thirsty.",
        "Please carry the heavy box from the hall up to the attic.",
        "Would you give my dog a bath this afternoon?",
    ),
    "thing": (
        "Please tighten the loose screw on my office chair.",
        "Could you take the cake out of my oven when it is done?",
        "Please iron the blue shirt that hangs in my wardrobe.",
    ),
    "errand": (
        "Please pick up my coat at the dry cleaner's around the corner.",
        "Could you go and ask my neighbour in person whether she has my parcel?",
        "Please sit in for me at the parents' evening, and listen well.",
    ),
}
"""Own rows: what no program does, from plainly so to what somebody else could be asked for."""

_SHEET: Final = Sheet(
    name="irrelevant-request",
    code="U11",
    surface="user_prompt",
    label="must_abstain",
    summary="the user asks for something that none of the tools is for",
    parameters=({"about": "body"}, {"about": "thing"}, {"about": "errand"}),
    further={"requests": []},
    source="BFCL irrelevance, ACEBench irrelevant; the requests are our own",
    checked="that the agent calls no tool that writes, and says that it cannot do it",
)


@dataclass(frozen=True, slots=True)
class IrrelevantRequest:
    """Puts another request in the place of a message.

    The test must know that none of the agent's tools is for it; an agent with tools that move
    things needs requests of the test's own.

    Parameters: ``about``: ``body``, ``thing`` or ``errand``; ``requests``: other texts to choose
    from.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> irrelevant = IrrelevantRequest()
    >>> irrelevant.text("Fly me to AMS.", about(irrelevant))
    'Please carry the heavy box from the hall up to the attic.'
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def text(self, text: str, about: About, /) -> str | None:
        """Give the other request."""
        known = _REQUESTS[about.parameters["about"]]
        requests: Sequence[str] = about.parameters.get("requests") or known
        new = about.draw.pick(requests, "request")
        return None if not text.strip() or new == text else new
