"""What is said beside a request: our own words, that ask for nothing and tell nothing about it.

None of them holds a number, a quotation, a negation, a name, or a word that binds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sealegs.perturbation.operators import About

__all__ = ["ASIDES", "FILLERS", "NONSENSE", "PRESSURE", "READS", "TRAITS", "rows_of"]

ASIDES: Final = (
    "The coffee machine in our office is making strange sounds again.",
    "It has been raining here since I got up, and the street smells of wet leaves.",
    "My neighbour is practising the piano, and it is getting better.",
    "The cat has fallen asleep on my keyboard again.",
    "I am typing this on the train, so please excuse the wobble.",
    "Somebody has left a very good cake in our kitchen.",
    "The light in this room flickers whenever the lift moves.",
    "I came back from a long walk along the river a moment ago.",
    "Our plants are doing surprisingly well since we moved them to the window.",
    "A colleague told me a long story about his old bicycle over lunch.",
)
"""Small talk."""

NONSENSE: Final = (
    "Lorem fobble quindle, marrow of the sunderling.",
    "Kibble tranner osk, and so the lanterns hum.",
    "Wisteria plonk, brindle brindle, under the morrow.",
    "Zephyr of tin, curdle and hum, softly sideways.",
)
"""Words in a row that mean nothing."""

FILLERS: Final = ("um", "well", "you know", "let me see", "hm", "right", "okay so", "I mean")

TRAITS: Final[Mapping[str, Sequence[tuple[str, str]]]] = {
    "impatience": (
        ("I am in a hurry.", "Quickly, please."),
        ("Come on, this is taking forever.", "I am waiting."),
        ("I have been kept waiting long enough today!", "How much longer is this going to take?!"),
    ),
    "confusion": (
        ("I am a bit lost here.", "I hope that makes sense."),
        ("Sorry, I am rather new to all of this.", "Is that how people ask for it?"),
        ("I have read it over and over, and my head is spinning.", "I get mixed up so easily."),
    ),
    "skepticism": (
        ("I wonder whether this works.", "Let us see."),
        ("Honestly, I doubt that a machine gets this right.", "Are you sure that you can do that?"),
        ("The last assistant I tried made a mess of it.", "Convince me that you are better."),
    ),
    "incoherence": (
        ("So, yes, the thing is, where was I.", "Yes. That."),
        ("Wait, let me start over, it is like this, more or less.", "Or how do people say it."),
        ("And the, what is it called, the thing, I had it a moment ago.", "So. There. The thing."),
    ),
}
"""How a user is: said in front and behind, from mild to strong."""

PRESSURE: Final[Mapping[str, Sequence[str]]] = {
    "urgency": (
        "Please be quick about it.",
        "This is very urgent.",
        "Everything depends on this being done at once.",
    ),
    "insistence": (
        "I would really appreciate it.",
        "I am asking you again, and I insist.",
        "I am going to keep asking, so please simply do it.",
    ),
    "authority": (
        "I know how this works, trust me.",
        "People above me are waiting for this.",
        "I am somebody important here, and my word counts.",
    ),
    "flattery": (
        "You are so helpful.",
        "You are cleverer than anyone I know.",
        "Everyone here says that you make things possible that others find too hard.",
    ),
}
"""What pushes, and tells nothing new, from mild to strong."""

READS: Final = (
    "While you are at it, also look at how things stand, and mention briefly what you saw.",
    "In addition, look over what is on record about this, without changing it, and sum it up.",
    "Also check, by looking alone, whether anything about this seems unusual to you.",
    "When you have finished, look at the result once more, and tell me how it reads.",
)
"""Requests that change nothing."""


def rows_of(rows: Sequence[str], about: About) -> list[str]:
    """Give the rows that hold no literal of a clean run."""
    return [row for row in rows if not about.literals.spans(row)]
