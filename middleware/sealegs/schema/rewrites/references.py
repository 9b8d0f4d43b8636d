"""Which definitions a dialect lets refer to themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sealegs.jsons import Json, is_object
from sealegs.schema.dialect import References
from sealegs.schema.rewrites.gathering import definition_of
from sealegs.schema.walking import subschemas

__all__ = ["circles", "circular", "referring", "unkept"]


def unkept(defs: Mapping[str, Json], rule: References) -> frozenset[str]:
    """Give the definitions that must be written out where they are referred to."""
    if not defs or (rule.kept and rule.recursion == "kept"):
        return frozenset()
    if not rule.kept:
        return frozenset(defs)
    if rule.recursion == "finite":
        return frozenset(defs) - _fillable(defs)
    if rule.recursion == "optional":
        return circular({name: set(_needs(schema)) for name, schema in defs.items()})
    return circles(defs)


def circles(defs: Mapping[str, Json]) -> frozenset[str]:
    """Give the definitions from which a way leads round to themselves."""
    return circular({name: set(_mentions(schema)) for name, schema in defs.items()})


def circular(edges: Mapping[str, set[str]]) -> frozenset[str]:
    """Give the names from which a way leads round to themselves.

    >>> sorted(circular({"a": {"b"}, "b": {"a"}, "c": {"a"}}))
    ['a', 'b']
    """
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    held: list[str] = []
    round_about: set[str] = set()
    for start in edges:
        stack = [] if start in number else [(start, iter(sorted(edges[start])))]
        while stack:
            name, rest = stack[-1]
            if name not in number:
                number[name] = low[name] = len(number)
                held.append(name)
            onward = next((one for one in rest if one in edges), None)
            if onward is None:
                stack.pop()
                if stack:
                    low[stack[-1][0]] = min(low[stack[-1][0]], low[name])
                if low[name] == number[name]:
                    group = held[held.index(name) :]
                    del held[held.index(name) :]
                    if len(group) > 1 or name in edges[name]:
                        round_about.update(group)
            elif onward not in number:
                stack.append((onward, iter(sorted(edges[onward]))))
            elif onward in held:
                low[name] = min(low[name], number[onward])
    return frozenset(round_about)


def referring(schema: Json) -> str | None:
    """Give the name of the definition that a subschema refers to itself, if it does."""
    reference = schema.get("$ref") if is_object(schema) else None
    return definition_of(reference) if isinstance(reference, str) else None


def _mentions(schema: Json) -> Iterator[str]:
    for place in subschemas(schema):
        name = referring(place.node)
        if name is not None:
            yield name


def _needs(schema: Json) -> Iterator[str]:
    """Give the definitions that are reached without passing a property that may be absent."""
    todo: list[Json] = [schema]
    while todo:
        node = todo.pop()
        name = referring(node)
        if name is not None:
            yield name
        if not is_object(node):
            continue
        for keyword in ("allOf", "anyOf", "oneOf", "prefixItems"):
            todo += node.get(keyword, ())
        for keyword in ("items", "additionalProperties", "not", "if", "then", "else", "contains"):
            if keyword in node:
                todo.append(node[keyword])
        todo += node.get("patternProperties", {}).values()
        required = set(node.get("required", ()))
        todo += [sub for key, sub in node.get("properties", {}).items() if key in required]


def _fillable(defs: Mapping[str, Json]) -> frozenset[str]:
    """Give the definitions of which some value is finite, arrays being taken to have an item."""
    done: set[str] = set()
    nodes = {name: [place.node for place in subschemas(defs[name])] for name in defs}
    changed = True
    while changed:
        changed = False
        for name, every in nodes.items():
            if name in done:
                continue
            able: dict[int, bool] = {}
            for node in reversed(every):
                able[id(node)] = _able(node, able, done)
            if able[id(defs[name])]:
                done.add(name)
                changed = True
    return frozenset(done)


def _able(node: Json, able: Mapping[int, bool], done: set[str]) -> bool:
    if not is_object(node):
        return True
    name = referring(node)
    if name is not None and name not in done:
        return False
    required = set(node.get("required", ()))
    needed = [sub for key, sub in node.get("properties", {}).items() if key in required]
    needed += node.get("allOf", ())
    needed += node.get("prefixItems", ())
    if "items" in node:
        needed.append(node["items"])
    if not all(able.get(id(sub), True) for sub in needed):
        return False
    return all(
        any(able.get(id(sub), True) for sub in node[word])
        for word in ("anyOf", "oneOf")
        if node.get(word)
    )
