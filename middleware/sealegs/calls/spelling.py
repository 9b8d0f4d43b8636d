"""Names of arguments that were spelled in another style: ``fileName`` for ``file_name``."""

from __future__ import annotations

from sealegs.calls.admitting import declared_in
from sealegs.calls.pointers import pointer_to
from sealegs.calls.repairs import Parsed, Repair
from sealegs.jsons import Json, is_object

__all__ = ["respelled"]

_MARKS = str.maketrans("", "", "_-. ")


def respelled(value: Json, schema: Json, root: Json) -> Parsed | None:
    """Give an object with undeclared names as the schema spells them; always a guess.

    >>> schema = {"properties": {"file_name": {}}, "required": ["file_name"]}
    >>> respelled({"fileName": "a"}, schema, schema).value
    {'file_name': 'a'}
    """
    if not is_object(value):
        return None
    declared = declared_in(schema, root)
    undeclared = [name for name in value if name not in declared]
    if not undeclared:
        return None
    wanted: dict[str, list[str]] = {}
    for name in declared:
        if name not in value:
            wanted.setdefault(_folded(name), []).append(name)
    if not wanted:
        return None
    given: dict[str, list[str]] = {}
    for name in undeclared:
        given.setdefault(_folded(name), []).append(name)
    spelled = {
        names[0]: wanted[folded][0]
        for folded, names in given.items()
        if len(names) == 1 and len(wanted.get(folded, ())) == 1
    }
    if not spelled:
        return None
    repairs = tuple(
        Repair(pointer_to([name]), "guess", "key spelling") for name in spelled.values()
    )
    return Parsed({spelled.get(name, name): one for name, one in value.items()}, repairs)


def _folded(name: str) -> str:
    return name.translate(_MARKS).casefold()
