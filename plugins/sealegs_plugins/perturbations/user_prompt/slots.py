"""Values of a message that a test knows, and the places where they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation.operators import About

__all__ = ["Slot", "chosen_slots"]


class Slot(NamedTuple):
    """A value that stands in a message.

    Attributes:
        name: what the test calls it.
        value: as it stands in the message.
        spans: where.
    """

    name: str
    value: str
    spans: Sequence[tuple[int, int]]


def chosen_slots(text: str, about: About, count: int) -> list[Slot]:
    """Choose some of ``supplies["slots"]`` that stand in a message, in the order of their places.

    Slots are a table of values, or of lists of spellings of one value; or a list of values. The
    parameter ``slots`` names those that may be chosen. A value that is a part of another one that
    is chosen is not chosen itself.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> from sealegs_plugins.perturbations.user_prompt.missing_slot import MissingSlot
    >>> told = about(MissingSlot(), supplies={"slots": {"to": "AMS", "day": "2024-05-01"}})
    >>> [slot.name for slot in chosen_slots("Fly to AMS.", told, 2)]
    ['to']
    """
    given: Json = about.supplies["slots"]
    table: dict[str, Json] = given if is_object(given) else {str(one): one for one in given}
    allowed: Sequence[str] | None = about.parameters["slots"]
    found: list[Slot] = []
    for name, values in table.items():
        if allowed and name not in allowed:
            continue
        spellings: Sequence[Json] = values if is_array(values) else [values]
        slot = _found(text, name, [str(one) for one in spellings])
        if slot is not None:
            found.append(slot)
    keyed = sorted(found, key=lambda slot: (about.draw.unit(f"slot/{slot.name}"), slot.name))
    taken: list[Slot] = []
    for slot in keyed:
        if len(taken) < count and not any(_touch(slot, other) for other in taken):
            taken.append(slot)
    return sorted(taken, key=lambda slot: slot.spans[0])


def _found(text: str, name: str, spellings: Sequence[str]) -> Slot | None:
    known = sorted({one for one in spellings if one.strip()}, key=lambda one: (-len(one), one))
    if not known:
        return None
    pattern = "|".join(re.escape(one) for one in known)
    spans = [one.span() for one in re.finditer(rf"(?<!\w)(?:{pattern})(?!\w)", text, re.IGNORECASE)]
    return Slot(name, text[slice(*spans[0])], spans) if spans else None


def _touch(one: Slot, other: Slot) -> bool:
    return any(a < d and c < b for a, b in one.spans for c, d in other.spans)
