"""Keywords put in the place of others, without harm to those beside them."""

from __future__ import annotations

from typing import TypeAlias

from sealegs.jsons import Json, is_array

__all__ = ["Made", "conjoin", "put"]

Made: TypeAlias = "list[dict[str, Json]]"
"""Objects that were made here and need no upgrade; only what they hold does."""


def put(node: dict[str, Json], key: str, **instead: Json) -> None:
    """Put other keywords where one stands."""
    items = list(node.items())
    node.clear()
    for name, value in items:
        if name != key:
            node.setdefault(name, value)
            continue
        node.update(instead)


def conjoin(node: dict[str, Json], key: str, keyword: str, value: Json, made: Made) -> None:
    """Put a constraint where a keyword stands, without harm to one of the same name."""
    if keyword not in node or keyword == key:
        put(node, key, **{keyword: value})
        return
    wrapped = {keyword: value}
    made.append(wrapped)
    others = node.get("allOf")
    if is_array(others):
        del node[key]
        node["allOf"] = [*others, wrapped]
    else:
        put(node, key, allOf=[wrapped])
