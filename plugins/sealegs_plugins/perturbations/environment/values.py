"""Values of records, a little otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from sealegs.jsons import Json
from sealegs.perturbation.drawing import Draw
from sealegs.perturbation.literals import Literals

__all__ = ["identifies", "is_kept", "next_identity", "nudged"]

_IDENTITY: Final = re.compile(r"(?:^|_)(?i:id|uuid|key|sku|code|email)$|[a-z0-9](?:Id|ID)$")
_NUMBER: Final = re.compile(r"-?\d+(?:\.(\d+))?")


def identifies(name: str) -> bool:
    """Say whether a field is one by which a record is told from others.

    >>> [name for name in ("id", "order_id", "orderId", "width", "paid") if identifies(name)]
    ['id', 'order_id', 'orderId']
    """
    return bool(_IDENTITY.search(name))


def next_identity(value: Json, taken: Sequence[Json]) -> Json:
    """Give an identity that is not taken, and looks like one that is.

    >>> next_identity(7, [7, 8]), next_identity("A-09", ["A-09"]), next_identity("a@b.c", [])
    (9, 'A-10', '2.a@b.c')
    """
    if isinstance(value, int):
        return max([one for one in taken if isinstance(one, int)], default=value) + 1
    text, known = str(value), {str(one) for one in taken}
    found = re.search(r"(\d+)(\D*)$", text)
    for more in range(1, 1000):
        if found:
            number = str(int(found[1]) + more).zfill(len(found[1]))
            made = text[: found.start()] + number + found[2]
        else:
            made = f"{more + 1}.{text}" if "@" in text else f"{text}-{more + 1}"
        if made not in known:
            return made
    return text + "-"


def nudged(value: Json, others: Sequence[Json], draw: Draw) -> Json:
    """Give a value of the same kind that could stand there too; the same where none comes to mind.

    >>> draw = Draw.of(1)
    >>> nudged(19.5, [], draw), nudged("open", ["open", "sent"], draw), nudged(True, [], draw)
    (21.5, 'sent', False)
    """
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        factor = 1.1 if draw.unit("up") < 0.5 else 0.9
        digits = len(str(value).partition(".")[2])
        made = round(value * factor, digits) if digits else round(value * factor)
        return made if made != value else value + 1
    if not isinstance(value, str):
        return value
    number = _NUMBER.fullmatch(value)
    if number:
        digits = len(number[1] or "")
        made = nudged(float(value) if digits else int(value), (), draw)
        return f"{made:.{digits}f}"
    rest = sorted({one for one in others if isinstance(one, str) and one != value and one})
    return draw.pick(rest, "other") if rest else value


def is_kept(value: Json, literals: Literals) -> bool:
    """Say whether a clean run needed a value, or a part of it."""
    return bool(literals.spans(value if isinstance(value, str) else str(value)))
