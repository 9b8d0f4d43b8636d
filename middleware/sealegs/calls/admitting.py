"""What a schema says of types: the part of JSON Schema that coercion needs to know.

All of it errs on the side of admitting, for what is admitted is not touched. References are
followed within the document, and to a bounded depth.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator, Sequence

from sealegs.calls.patterns import matches
from sealegs.jsons import Json, is_array, is_object

__all__ = [
    "ALL",
    "admitted",
    "declared_in",
    "free_text",
    "items_of",
    "properties_of",
    "target_of",
    "type_of",
]

ALL = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
"""Every type. A schema of numbers admits ``integer`` too, one of integers not ``number``."""

_KINDS: tuple[tuple[type, str], ...] = (
    (str, "string"),
    (bool, "boolean"),  # before integers, which they are to Python
    (int, "integer"),
    (float, "number"),
    (type(None), "null"),
    (dict, "object"),
    (list, "array"),
)
_DEEPEST = 24
_WIDEST = 100
_NUMBERS = frozenset({"integer", "number"})


def type_of(value: Json) -> str:
    """Name a value's JSON type.

    >>> type_of(1), type_of(1.5), type_of(True), type_of(None), type_of([])
    ('integer', 'number', 'boolean', 'null', 'array')
    """
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "unknown")


def admitted(schema: Json, root: Json) -> frozenset[str]:
    """Give the types that a schema admits.

    >>> sorted(admitted({"anyOf": [{"type": "number"}, {"const": None}]}, {}))
    ['integer', 'null', 'number']
    """
    return _admitted(schema, root, {}, 0)


def _admitted(
    schema: Json, root: Json, known: dict[int, frozenset[str]], depth: int
) -> frozenset[str]:
    if schema is False:
        return frozenset()
    if not is_object(schema) or depth > _DEEPEST:
        return ALL
    if id(schema) in known:
        return known[id(schema)]
    known[id(schema)] = ALL  # for whoever comes round to it again
    types = _own(schema)
    for inner in _conjuncts(schema, root):
        types &= _admitted(inner, root, known, depth + 1)
    for branches in _unions(schema):
        each = [_admitted(one, root, known, depth + 1) for one in branches]
        types &= frozenset[str]().union(*each)
    known[id(schema)] = types
    return types


def _own(schema: dict[str, Json]) -> frozenset[str]:
    types = ALL
    said = schema.get("type")
    if isinstance(said, str) or is_array(said):
        names = frozenset(str(one).lower() for one in (said if is_array(said) else [said]))
        types = names | _NUMBERS if "number" in names else names
        if schema.get("nullable") is True:
            types |= {"null"}
    if is_array(schema.get("enum")):
        types &= frozenset(type_of(one) for one in schema["enum"])
    if "const" in schema:
        types &= {type_of(schema["const"])}
    return types


def free_text(schema: Json, root: Json) -> bool:
    """Say whether a schema admits text that is not one of a closed set.

    >>> free_text({"type": ["string", "null"]}, {}), free_text({"enum": ["a", "b"]}, {})
    (True, False)
    """
    return _free_text(schema, root, {}, 0)


def _free_text(schema: Json, root: Json, known: dict[int, bool], depth: int) -> bool:
    if not is_object(schema) or depth > _DEEPEST:
        return schema is not False
    if id(schema) in known:
        return known[id(schema)]
    known[id(schema)] = True
    free = (
        not ("enum" in schema or "const" in schema)
        and "string" in _own(schema)
        and all(_free_text(one, root, known, depth + 1) for one in _conjuncts(schema, root))
        and all(
            any(_free_text(one, root, known, depth + 1) for one in branches)
            for branches in _unions(schema)
        )
    )
    known[id(schema)] = free
    return free


def properties_of(schema: Json, root: Json, name: str) -> list[Json]:
    """Give the subschemas that a member of an object may be for; none where none is declared."""
    found: list[Json] = []
    for node in _alternatives(schema, root):
        declared = node.get("properties")
        if is_object(declared) and name in declared:
            found.append(declared[name])
        else:
            found.extend(_undeclared(node, name))
    return found


def schemas_at(root: Json, path: Sequence[str | int]) -> list[Json]:
    """Give the subschemas that may be for a place in a value."""
    found: list[Json] = [root]
    for step in path:
        inner = [
            one
            for schema in found
            for one in (
                items_of(schema, root, step)
                if isinstance(step, int)
                else properties_of(schema, root, step)
            )
        ]
        found = list({id(one): one for one in inner}.values())[:_WIDEST]
    return found


def declared_in(schema: Json, root: Json) -> dict[str, Json]:
    """Give the properties that a schema declares, wherever in it."""
    declared: dict[str, Json] = {}
    for node in _alternatives(schema, root):
        if is_object(node.get("properties")):
            declared = node["properties"] | declared
    return declared


def items_of(schema: Json, root: Json, index: int) -> list[Json]:
    """Give the subschemas that an item of an array may be for."""
    found: list[Json] = []
    for node in _alternatives(schema, root):
        items, rest = node.get("items"), node.get("additionalItems")
        first = items if is_array(items) else node.get("prefixItems")
        if is_array(first) and index < len(first):
            found.append(first[index])
        else:
            found.extend(one for one in (rest if is_array(items) else items,) if is_object(one))
    return found


def _undeclared(node: dict[str, Json], name: str) -> Iterator[Json]:
    patterns = node.get("patternProperties")
    matched = [
        inner
        for pattern, inner in (patterns.items() if is_object(patterns) else ())
        if matches(pattern, name)
    ]
    yield from matched
    if not matched and is_object(node.get("additionalProperties")):
        yield node["additionalProperties"]


def _unions(schema: dict[str, Json]) -> list[list[Json]]:
    return [schema[name] for name in ("anyOf", "oneOf") if is_array(schema.get(name))]


def _conjuncts(schema: dict[str, Json], root: Json) -> list[Json]:
    """Give the other schemas that must accept what this one accepts."""
    inner: list[Json] = list(schema["allOf"]) if is_array(schema.get("allOf")) else []
    if isinstance(schema.get("$ref"), str):
        inner.append(target_of(schema["$ref"], root))
    return inner


def _alternatives(schema: Json, root: Json) -> Iterator[dict[str, Json]]:
    """Give a schema and all that it is put together from, each once."""
    work, seen = [schema], set[int]()
    while work and len(seen) < _WIDEST:
        node = work.pop()
        if not is_object(node) or id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        inner = _conjuncts(node, root)
        for branches in _unions(node):
            inner.extend(branches)
        inner.extend(node[name] for name in ("then", "else") if name in node)
        work.extend(reversed(inner))


def target_of(reference: str, root: Json) -> Json:
    """Find what a reference within the document refers to; ``None`` where nothing is found."""
    node = root if reference == "#" or reference.startswith("#/") else None
    for token in urllib.parse.unquote(reference).split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if is_object(node) and name in node:
            node = node[name]
        elif is_array(node) and name.isdecimal() and int(name) < len(node):
            node = node[int(name)]
        else:
            return None
    return node
