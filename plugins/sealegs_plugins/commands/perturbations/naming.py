"""Which operators are meant by a name, and how all of them are ordered."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Final, get_args

from sealegs.errors import SealegsError
from sealegs.perturbation.operators import Operator, Surface

__all__ = ["UnknownOperatorError", "meant", "ordered"]

_SURFACES: Final[tuple[str, ...]] = get_args(Surface)
_CODE: Final = re.compile(r"([A-Za-z]*)(\d*)(.*)")


class UnknownOperatorError(SealegsError):
    """No operator has this name."""


def ordered(operators: Mapping[str, Operator]) -> list[Operator]:
    """Put operators in the order of surfaces, and of their numbers in the catalogue."""
    return sorted(operators.values(), key=_place)


def meant(name: str, operators: Mapping[str, Operator]) -> Sequence[Operator]:
    """Find operators by a name, or by a number of the catalogue, which several may have.

    Raises:
        UnknownOperatorError: there is none; it says which may be meant.
    """
    if name in operators:
        return [operators[name]]
    found = [one for one in ordered(operators) if one.sheet.code.lower() == name.lower()]
    if not found:
        near = difflib.get_close_matches(name.lower(), sorted(operators), n=3)
        said = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
        raise UnknownOperatorError(
            f"unknown operator {name!r}; {said}`sealegs perturbations` lists all of them"
        )
    return found


def _place(operator: Operator) -> tuple[int, str, int, str]:
    sheet = operator.sheet
    found = _CODE.fullmatch(sheet.code)
    letters, number = (found[1], int(found[2] or 0)) if found else (sheet.code, 0)
    return _SURFACES.index(sheet.surface), letters, number, sheet.name
