"""U10: a value that cannot be what it should be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.user_prompt.slots import chosen_slots
from sealegs_plugins.perturbations.user_prompt.wording import spliced

__all__ = ["IllFormedValue"]

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
_NUMBER: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)*")

_SHEET: Final = Sheet(
    name="ill-formed-value",
    code="U10",
    surface="user_prompt",
    label="must_abstain",
    summary="a value has a form that it cannot have, is of another kind, or is only marks",
    parameters=({"kind": "form"}, {"kind": "type"}, {"kind": "marks"}),
    further={"slots": None},
    finds='a value of supplies["slots"] that stands in the message',
    source="ACEBench error_param; the forms are our own",
    needs=frozenset({"slots"}),
    checked="that the agent asks or reports, and writes nothing",
)


@dataclass(frozen=True, slots=True)
class IllFormedValue:
    """Puts something in the place of one value that cannot be meant.

    Parameters: ``kind``: ``form`` (a date without such a month, an address without its sign),
    ``type`` (words where there was a number, and the other way round), ``marks`` (``???``);
    ``slots``: names of those that may be chosen, by default all.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> ill = IllFormedValue()
    >>> told = about(ill, supplies={"slots": {"day": "2024-05-01"}})
    >>> ill.text("Fly me to AMS on 2024-05-01.", told)
    'Fly me to AMS on 2024-17-01.'
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def text(self, text: str, about: About, /) -> str | None:
        """Give the message with the value in it."""
        slots = chosen_slots(text, about, 1)
        if not slots:
            return None
        (slot,) = slots
        bad = _KINDS[about.parameters["kind"]](slot.value)
        new = spliced(text, [(start, end, bad) for start, end in slot.spans])
        mine = slot.value.casefold()
        lost = [one.casefold() for one in about.literals.lost(text, new)]
        return None if any(one not in mine and mine not in one for one in lost) else new


def _form(value: str) -> str:
    if _DATE.fullmatch(value):
        return f"{value[:5]}17{value[7:]}"
    if _MAIL.fullmatch(value):
        return value.replace("@", " ")
    if _NUMBER.fullmatch(value):
        return f"{value[:1]}x{value[1:]}-"
    return f"{value[: max(1, len(value) // 2)]}#?"


def _type(value: str) -> str:
    return "as usual" if any(map(str.isdigit, value)) else "-0.5"


def _marks(value: str) -> str:
    return "???"


_KINDS: Final[Mapping[str, Callable[[str], str]]] = {"form": _form, "type": _type, "marks": _marks}
