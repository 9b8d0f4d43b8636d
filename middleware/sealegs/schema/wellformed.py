"""What the values of JSON Schema's keywords must be, whichever provider reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import isinf

from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.keywords import KEYWORDS, TYPES

__all__ = ["malformed", "test_of"]


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_count(value: Json) -> bool:
    return _is_number(value) and value >= 0 and (isinstance(value, int) or value.is_integer())


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_flag(value: Json) -> bool:
    return isinstance(value, bool)


def _is_filled(value: Json) -> bool:
    return is_array(value) and bool(value)


def _are_values(value: Json) -> bool:
    return _is_filled(value) and not any(isinstance(one, float) and isinf(one) for one in value)


def _is_schema(value: Json) -> bool:
    return isinstance(value, (dict, bool))


def _are_names(value: Json) -> bool:
    return is_array(value) and all(map(_is_text, value)) and len(set(value)) == len(value)


def _is_type(value: Json) -> bool:
    if isinstance(value, str):
        return value in TYPES or value.lower() in TYPES
    if not is_array(value):
        return False
    return bool(value) and _are_names(value) and all(word.lower() in TYPES for word in value)


def _is_multiple(value: Json) -> bool:
    return _is_number(value) and value > 0


_Test = tuple[Callable[[Json], bool], str]


def _tests() -> dict[str, _Test]:
    tests: dict[str, _Test] = {"type": (_is_type, "names no type of JSON Schema")}

    def add(words: str, test: Callable[[Json], bool], reason: str) -> None:
        tests.update(dict.fromkeys(words.split(), (test, reason)))

    add("required", _are_names, "is no list of different names")
    add("enum", _are_values, "is no list of values, or an empty one")
    add("minimum maximum exclusiveMinimum exclusiveMaximum", _is_number, "is no number")
    add("multipleOf", _is_multiple, "is no number above 0")
    add(
        "minLength maxLength minItems maxItems minProperties maxProperties minContains maxContains",
        _is_count,
        "is no whole number from 0 on",
    )
    add(
        "title description pattern format $ref $id $schema $comment $anchor", _is_text, "is no text"
    )
    add("uniqueItems deprecated readOnly writeOnly", _is_flag, "is neither true nor false")
    for word, row in KEYWORDS.items():
        if row.holds == "schema-map":
            tests[word] = (is_object, "is no object")
        elif row.holds == "schema":
            tests[word] = (_is_schema, "is no schema")
        elif row.holds == "schemas":
            tests[word] = (_is_filled, "is no list of schemas, or an empty one")
    return tests


_TESTS: Mapping[str, _Test] = _tests()


def test_of(keyword: str) -> Callable[[Json], bool] | None:
    """Give what says whether a keyword's value is well formed; ``None`` where any value is."""
    test = _TESTS.get(keyword)
    return None if test is None else test[0]


def malformed(node: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """Give each keyword whose value breaks JSON Schema 2020-12, and how.

    >>> list(malformed({"type": "unknown", "minLength": -1, "default": -1}))
    [('type', 'names no type of JSON Schema'), ('minLength', 'is no whole number from 0 on')]
    """
    for keyword, value in node.items():
        test = _TESTS.get(keyword)
        if test is not None and not test[0](value):
            yield keyword, test[1]
