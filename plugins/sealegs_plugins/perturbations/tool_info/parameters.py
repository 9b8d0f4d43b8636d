"""The parameters of a tool at the top level of its schema, and how they get other names.

A parameter stands in more places than in ``properties``: in ``required``, in the branches of
``anyOf``, in what depends on what. All schemas that speak of the arguments as a whole are changed
together; where one of them speaks of names in a way that cannot be followed (a pattern, a
reference), the tool is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation.literals import Literals
from sealegs.schema.walking import children, joined, rebuilt, subschemas

__all__ = ["Mentions", "names_of", "renamed", "required_of", "whole"]

_IN_PLACE: Final = ("allOf", "anyOf", "oneOf", "if", "then", "else", "not", "dependentSchemas")
_OPAQUE: Final = (
    "$ref",
    "$dynamicRef",
    "$recursiveRef",
    "patternProperties",
    "propertyNames",
    "dependencies",
    "extends",
    "const",
    "enum",
)
_CODE_LIKE: Final = re.compile(r".*(?:[_\d]|[a-z][A-Z])", re.DOTALL)
_SAFE_REFERENCE: Final = re.compile(r"#/(?:\$defs|definitions)/")
_SAMPLES: Final = ("default", "example")


def names_of(schema: Json) -> list[str]:
    """Name the parameters, in order; none where it is no schema of an object."""
    declared: Json = schema.get("properties") if is_object(schema) else None
    return list(declared) if is_object(declared) else []


def required_of(schema: Json) -> list[str]:
    """Name those that must be given."""
    required: Json = schema.get("required") if is_object(schema) else None
    known = set(names_of(schema))
    return [one for one in required if one in known] if _is_names(required) else []


def whole(schema: Json) -> dict[str, dict[str, Json]] | None:
    """Find, by pointer, the schemas that speak of the arguments as a whole.

    >>> sorted(whole({"properties": {"a": {}}, "anyOf": [{"required": ["a"]}]}))
    ['', '/anyOf/0']

    Returns:
        None of them can be left out; ``None``: they speak of names in a way that is not followed.
    """
    if not is_object(schema) or not _well_formed(schema):
        return None
    found: dict[str, dict[str, Json]] = {}
    stack: list[tuple[str, dict[str, Json]]] = [("", schema)]
    while stack:
        pointer, node = stack.pop()
        if any(keyword in node for keyword in _OPAQUE):
            return None
        found[pointer] = node
        for step, child in children(node):
            if step[0] in _IN_PLACE and is_object(child):
                stack.append((joined(pointer, *step), child))
    return None if _refers(schema) else found


def _is_names(value: Json) -> bool:
    return is_array(value) and all(isinstance(one, str) for one in value)


def _well_formed(schema: dict[str, Json]) -> bool:
    return is_object(schema.get("properties", {})) and _is_names(schema.get("required", []))


def _refers(schema: Json) -> bool:
    """Say whether a reference leads to the arguments as a whole, or to one of the parameters."""
    for sub in subschemas(schema):
        reference = sub.node.get("$ref") if is_object(sub.node) else None
        if isinstance(reference, str) and not _SAFE_REFERENCE.match(reference):
            return True
    return False


def renamed(schema: Json, names: Mapping[str, str], literals: Literals) -> Json | None:
    """Give a schema in which some parameters have other names.

    Descriptions that mention a parameter in code style or in quotes mention its new name.

    >>> from sealegs.perturbation.literals import NOTHING
    >>> schema = {"properties": {"a": {}, "b": {}}, "required": ["a"]}
    >>> renamed(schema, {"a": "x"}, NOTHING)
    {'properties': {'x': {}, 'b': {}}, 'required': ['x']}

    Args:
        schema: as it stands; not changed.
        names: own name to new name.
        literals: what a description must go on saying.
    """
    places = whole(schema)
    if places is None:
        return None
    mention = Mentions(schema, names, literals)

    def edit(node: dict[str, Json], pointer: str) -> Json:
        told = mention.described(node)
        if pointer not in places:
            return told
        changed = dict(told)
        for keyword in [one for one in _RENAMERS if one in changed]:
            changed[keyword] = _renamed_in(keyword, changed[keyword], names)
        return changed

    return rebuilt(schema, edit)


_RENAMERS: Final = (
    "properties",
    "required",
    "dependentRequired",
    "dependentSchemas",
    "propertyOrdering",
    "examples",
    *_SAMPLES,
)


def _renamed_in(keyword: str, value: Json, names: Mapping[str, str]) -> Json:
    if keyword in ("required", "propertyOrdering"):
        return _new_list(value, names)
    if keyword == "examples" and is_array(value):
        return [_new_keys(one, names) for one in value]
    if keyword == "dependentRequired" and is_object(value):
        return {names.get(name, name): _new_list(one, names) for name, one in value.items()}
    return _new_keys(value, names)


def _new_list(value: Json, names: Mapping[str, str]) -> Json:
    if not is_array(value):
        return value
    return [names.get(one, one) if isinstance(one, str) else one for one in value]


def _new_keys(value: Json, names: Mapping[str, str]) -> Json:
    return (
        {names.get(name, name): one for name, one in value.items()} if is_object(value) else value
    )


class Mentions:
    """Where descriptions mention parameters, so that it is surely the parameter that is meant.

    Args:
        schema: whose enumerated values are never taken for a parameter's name.
        names: own name to new name.
        literals: what stays as it is.
    """

    def __init__(self, schema: Json, names: Mapping[str, str], literals: Literals) -> None:
        values = frozenset(_values(schema))
        self._names = {own: new for own, new in names.items() if own not in values}
        self._literals = literals
        quoted = "|".join(re.escape(one) for one in self._names)
        bare = "|".join(re.escape(one) for one in self._names if _CODE_LIKE.match(one))
        patterns = [rf"(?<=([`'\"]))(?:{quoted})(?=\1)"] if quoted else []
        patterns += [rf"(?<![\w.-])(?:{bare})(?![\w-])"] if bare else []
        self._pattern = re.compile("|".join(patterns)) if patterns else None

    def text(self, text: str) -> str:
        """Give a text with its mentions under the new names."""
        if self._pattern is None:
            return text
        kept = self._literals.spans(text)

        def new(found: re.Match[str]) -> str:
            inside = any(start < found.end() and found.start() < end for start, end in kept)
            return found[0] if inside else self._names[found[0]]

        return self._pattern.sub(new, text)

    def described(self, node: dict[str, Json]) -> dict[str, Json]:
        """Give a schema with its description so edited; the very object where it stays."""
        text = node.get("description")
        new = self.text(text) if isinstance(text, str) else text
        return node if new == text else {**node, "description": new}


def _values(schema: Json) -> Iterator[str]:
    for sub in subschemas(schema):
        if is_object(sub.node):
            listed = sub.node.get("enum")
            values = [*(listed if is_array(listed) else ()), sub.node.get("const")]
            yield from (one for one in [*values, sub.node.get("default")] if isinstance(one, str))
