"""A fast look at a schema that nearly is canonical, as nearly every tool's schema is.

Nothing is decided here: what this look does not know, the whole walk looks at again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.bounding import too_deep
from sealegs.schema.drafts import named
from sealegs.schema.fitting import FITS
from sealegs.schema.keywords import KEYWORDS, TYPES
from sealegs.schema.walking import subschemas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sealegs.schema.limits import Limits

__all__ = ["settle"]

_YOUNG = 7  # the oldest draft of which this look knows all that it must
_SHALLOW = 100  # far from where the depth of lists and objects counts
_FLAT = 10
_FEW = 1_000
_TYPES = frozenset(TYPES)
_ODD = frozenset((*KEYWORDS, "nullable", "example", "components", "discriminator"))
_DEFINED = re.compile(r"#/\$defs/([A-Za-z0-9_.-]{1,64})")
_TEXTS = frozenset(("title", "description", "$ref"))
_AT_ONCE = frozenset(("$ref", "allOf", "anyOf", "oneOf", "not", "if", "then", "else"))

_Below: TypeAlias = "list[dict[str, Json]]"


def settle(root: dict[str, Json], limits: Limits, *, linked: bool) -> bool:
    """Make a schema canonical in place, if little is needed for it.

    Args:
        root: fresh from the parser.
        limits: how much work it may cause.
        linked: whether there may be references in it.

    Returns:
        Whether it is canonical now; if not, it still means what it meant.
    """
    if limits.values < _FEW or not _is_young(root, linked=linked):
        return False
    taken: dict[str, Json] = {key: root.pop(key) for key in ("$schema", "$defs") if key in root}
    definitions: Json = taken.get("$defs", {}) if linked else {}
    bodies: list[Json] = [root]
    bodies += definitions.values() if is_object(definitions) else [None]
    counts = [_count(body, limits) for body in bodies]
    if all(counts) and sum(counts) <= limits.nodes and (not linked or _order(root, definitions)):
        return True
    root.update(taken)
    return False


def _is_young(root: dict[str, Json], *, linked: bool) -> bool:
    """Say whether this look knows the draft that a schema names, if it names one."""
    if "$schema" not in root:
        return True
    draft = named(root["$schema"])
    return draft is not None and draft.year >= _YOUNG and not (linked and draft.lone_references)


def _order(root: dict[str, Json], definitions: dict[str, Json]) -> bool:
    """Give a root those definitions that it uses, in their order; if there is no loop in them."""
    order: dict[str, Json] = {}
    waiting = [root]
    for body in waiting:
        if body is not root and not _AT_ONCE.isdisjoint(body):
            return False
        for sub in subschemas(body):
            link = sub.node.get("$ref") if sub.node else None
            if link is None:
                continue
            found = _DEFINED.fullmatch(link)
            if found is None or found[1] not in definitions:
                return False
            if found[1] not in order:
                order[found[1]] = definitions[found[1]]
                waiting.append(definitions[found[1]])
    if order:
        root["$defs"] = order
    return True


def _count(root: Json, limits: Limits) -> int:
    """Give how many schemas there are, if each is settled; otherwise 0."""
    if not is_object(root):
        return 0
    level, count = [root], 1
    for _ in range(min(limits.depth, _SHALLOW)):
        below: _Below = []
        for node in level:
            if not _look(node, below):
                return 0
        if not below:
            return count
        count += len(below)
        level = below
    return 0


def _look(node: dict[str, Json], below: _Below) -> bool:
    for key, value in node.items():
        if key in _TEXTS:
            fine = value.__class__ is str
        elif key == "type" and value.__class__ is str:
            fine = value in _TYPES
        elif (fits := _VALUES.get(key)) is not None:
            fine = fits(value)
        elif (look := _HOLDERS.get(key)) is not None:
            fine = look(node, key, value, below)
        else:
            fine = key not in _ODD and not too_deep(value, _FLAT)
        if not fine:
            return False
    return True


def _data(value: Json) -> bool:
    return not too_deep(value, _FLAT)


def _enum(value: Json) -> bool:
    return FITS["enum"](value) and len(value) <= _FEW


def _schema(node: dict[str, Json], key: str, value: Json, below: _Below) -> bool:
    if value.__class__ is dict:
        below.append(value)
    elif value is True:
        node[key] = {}
    return value is True or value is False or value.__class__ is dict


def _schemas(node: dict[str, Json], key: str, value: Json, below: _Below) -> bool:
    return is_array(value) and bool(value) and _children(value, enumerate(value), below)


def _map(node: dict[str, Json], key: str, value: Json, below: _Below) -> bool:
    return FITS[key](value) and _children(value, value.items(), below)


def _children(holder: Json, children: Iterable[tuple[Json, Json]], below: _Below) -> bool:
    for slot, child in children:
        if child.__class__ is dict:
            below.append(child)
        elif child is True:
            holder[slot] = {}
        elif child is not False:
            return False
    return True


# Keywords of younger drafts mean nothing in draft 7, so the whole walk must see them.
_KNOWN = {
    keyword: row.holds
    for keyword, row in KEYWORDS.items()
    if keyword in FITS
    and not keyword.startswith(("$", "content"))
    and (row.since <= _YOUNG or row.role == "annotation")
}
_HELD = {"schema": _schema, "schemas": _schemas, "schema-map": _map}
_HOLDERS: Mapping[str, Callable[[dict[str, Json], str, Json, _Below], bool]] = {
    keyword: _HELD[holds] for keyword, holds in _KNOWN.items() if holds in _HELD
}
_VALUES: Mapping[str, Callable[[Json], bool]] = {
    **{keyword: FITS[keyword] for keyword, holds in _KNOWN.items() if holds not in _HELD},
    **dict.fromkeys(("default", "const"), _data),
    "enum": _enum,
}
