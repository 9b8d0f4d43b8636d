"""A fast look at a schema that nearly is canonical, as nearly every tool's schema is.

Nothing is decided here: what this look does not know, the whole walk looks at again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealegs.jsons import Json
from sealegs.schema.fitting import FITS
from sealegs.schema.keywords import KEYWORDS, TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealegs.schema.limits import Limits

__all__ = ["YOUNG", "settle"]

YOUNG = 7
"""The oldest draft of which this look knows all that it must."""

_SHALLOW = 100  # far from where the depth of lists and objects counts
_TYPES = frozenset(TYPES)
_TEXT, _MAP, _SCHEMA, _SCHEMAS, _VALUE = range(5)
_HOLDS = {"schema": _SCHEMA, "schemas": _SCHEMAS, "schema-map": _MAP}
_PLAIN = (str, int, float, bool)

# Keywords of younger drafts mean nothing in draft 7, and references need the whole walk.
_KINDS: Mapping[str, int] = {
    keyword: _TEXT if keyword in ("title", "description") else _HOLDS.get(row.holds, _VALUE)
    for keyword, row in KEYWORDS.items()
    if keyword in FITS
    and not (keyword.startswith(("$", "content")))
    and (row.since <= YOUNG or row.role == "annotation")
}


def settle(root: dict[str, Json], limits: Limits) -> bool:
    """Make a schema canonical in place, if nothing but booleans has to be written out.

    Args:
        root: fresh from the parser, without references, of draft 7 or younger; what says which has
            been taken away.
        limits: how much work it may cause.

    Returns:
        Whether it is canonical now; if not, it still means what it meant.
    """
    level, count = [root], 1
    for _ in range(min(limits.depth, _SHALLOW)):
        below: list[dict[str, Json]] = []
        for node in level:
            if not _settled(node, below, limits.values):
                return False
        if not below:
            return count <= limits.nodes
        count += len(below)
        level = below
    return False


def _settled(node: dict[str, Json], below: list[dict[str, Json]], values: int) -> bool:  # noqa: PLR0911, PLR0912
    for key, value in node.items():
        kind = _KINDS.get(key)
        if kind == _TEXT:
            if value.__class__ is not str:
                return False
        elif kind == _VALUE:
            if key == "type" and value.__class__ is str:
                if value not in _TYPES:
                    return False
            elif not FITS[key](value) or (key == "enum" and len(value) > values):
                return False
        elif kind == _MAP:
            if value.__class__ is not dict or not _children(value, value.items(), below):
                return False
            if key == "patternProperties" and not FITS[key](value):
                return False
        elif kind == _SCHEMA:
            if value.__class__ is dict:
                below.append(value)
            elif value is True:
                node[key] = {}
            elif value is not False:
                return False
        elif kind == _SCHEMAS:
            if value.__class__ is not list or not value:
                return False
            if not _children(value, enumerate(value), below):
                return False
        elif key in KEYWORDS or key in ("nullable", "example") or not isinstance(value, _PLAIN):
            return False
    return True


def _children(holder: Json, children: Json, below: list[dict[str, Json]]) -> bool:
    for slot, child in children:
        if child.__class__ is dict:
            if child.get("required").__class__ is bool:
                return False
            below.append(child)
        elif child is True:
            holder[slot] = {}
        elif child is not False:
            return False
    return True
