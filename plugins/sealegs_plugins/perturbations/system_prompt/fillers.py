"""Rules of a house in which nothing happens that an agent has to do with."""

from __future__ import annotations

from typing import Final

from sealegs.perturbation.drawing import Draw

__all__ = ["handbook"]

_HEADING: Final = "House rules of the office building, for its visitors"

_WHO: Final = (
    "Guests of the gallery",
    "Members of the choir",
    "Owners of bicycles",
    "Friends of the garden",
    "People who water the plants",
    "Users of the tea kitchen",
    "Tenants of the third floor",
    "Visitors with umbrellas",
    "Players of table tennis",
    "Readers in the library",
    "Helpers at the summer party",
    "Neighbours with dogs",
    "Gardeners",
    "Musicians",
    "Painters",
    "Early risers",
    "Students of the evening class",
    "Collectors of stamps",
    "Keepers of the aquarium",
    "Guides of the museum",
)
_WHAT: Final = (
    "leave their coats on the hooks beside the lift",
    "use the side door when the lobby is being polished",
    "write their wishes into the green book at the porter's desk",
    "return cups and saucers to the shelf by the window",
    "keep the corridor free for the cleaning trolley",
    "meet under the old clock when the fire bell is tested",
    "switch off the lamps in the reading corner",
    "bring a cushion of their own to the concert",
    "close the skylight when it looks like rain",
    "put wet boots on the mat behind the curtain",
    "share the long table with whoever comes later",
    "hang posters on the cork board next to the stairs",
    "ask the porter for the key to the cellar",
    "feed the goldfish from the small tin",
    "lower their voices near the music room",
    "fold the deck chairs after sunset",
    "park scooters along the ivy wall",
    "sign the list for the guided walk",
    "wipe the blackboard with the yellow sponge",
    "carry large parcels through the courtyard",
    "rinse paint brushes in the stone basin",
    "stack the crates in the shade",
)


def handbook(characters: int, draw: Draw) -> str:
    """Write house rules of about a length; a longer one begins as a shorter one does.

    There are some four hundred rules; a length beyond those is not reached.

    >>> print(handbook(130, Draw.of(0)))
    House rules of the office building, for its visitors
    - Keepers of the aquarium return cups and saucers to the shelf by the window.
    """
    pairs = draw.shuffled([(who, what) for who in _WHO for what in _WHAT], "rules")
    written = [_HEADING]
    length = len(_HEADING)
    for who, what in pairs:
        if length >= characters:
            break
        written.append(f"- {who} {what}.")
        length += len(written[-1]) + 1
    return "\n".join(written)
