"""Arguments that a syntax writes as bare text, typed by the tool's schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sealegs.calls.admitting import ALL, admitted, properties_of, type_of
from sealegs.calls.coercing import read_scalar
from sealegs.calls.pointers import pointer_to
from sealegs.calls.repairing import read_json
from sealegs.calls.repairs import Parsed, Repair
from sealegs.errors import ArgumentError
from sealegs.jsons import Json

__all__ = ["typed"]


def typed(arguments: Mapping[str, str], schema: Json) -> Parsed:
    """Give the arguments the types that their schema admits.

    A text stays a text where the schema admits one, whatever it looks like; only elsewhere is it
    read as a number, a literal or JSON. A text that is none of what the schema admits stays too,
    for the check to refuse.

    Args:
        arguments: argument name to the text that the model wrote.
        schema: the tool's schema as the model saw it.

    >>> properties = {"zip": {"type": "string"}, "days": {"type": "integer"}}
    >>> typed({"zip": "01234", "days": "3"}, {"properties": properties}).value
    {'zip': '01234', 'days': 3}
    """
    value: dict[str, Json] = {}
    repairs: list[Repair] = []
    for name, text in arguments.items():
        one = _typed(text, _types(schema, name))
        value[name] = one.value
        at = pointer_to([name])
        repairs.extend(replace(repair, pointer=at + repair.pointer) for repair in one.repairs)
    return Parsed(value, tuple(repairs))


def _types(schema: Json, name: str) -> frozenset[str]:
    found = properties_of(schema, schema, name)
    types = frozenset[str]().union(*(admitted(one, schema) for one in found))
    return types or ALL


def _typed(text: str, types: frozenset[str]) -> Parsed:
    if "string" in types:
        return Parsed(text)
    if text.lstrip()[:1] in ("{", "["):
        return _structured(text, types)
    return Parsed(read_scalar(text, types))


def _structured(text: str, types: frozenset[str]) -> Parsed:
    try:
        read = read_json(text)
    except ArgumentError:
        return Parsed(text)
    return read if type_of(read.value) in types else Parsed(text)
