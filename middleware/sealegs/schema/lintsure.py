"""What surely is taken: values of single keywords, and what is known of each type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from sealegs.jsons import Json, is_array
from sealegs.schema.dialect import Dialect, Keyword
from sealegs.schema.keywords import KEYWORDS
from sealegs.schema.lintnodes import treatment
from sealegs.schema.lintvalues import unfit
from sealegs.schema.wellformed import test_of

__all__ = [
    "COMPARED",
    "HOLDERS",
    "UNTYPED",
    "Kind",
    "Test",
    "compares",
    "kind_of",
    "never",
    "sure",
    "text",
]

Test: TypeAlias = "Callable[[Json], bool]"
"""Says of a keyword's value that it surely is taken."""

_PAIRS = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"))
COMPARED = frozenset({"default", *(word for pair in _PAIRS for word in pair)})
"""Keywords whose values are compared with the type, and with each other."""

HOLDERS = frozenset(word for word, row in KEYWORDS.items() if row.holds.startswith("schema"))
"""Keywords that hold schemas."""

_PLAIN: Mapping[str, type] = {"string": str, "integer": int, "number": int, "boolean": bool}
_STR = {str}


class Kind(NamedTuple):
    """What is known of a value of ``type``.

    Attributes:
        object: whether it is an object.
        array: whether it is an array.
        text: whether it is a string.
        foreign: keywords about other types.
        plain: what Python reads a value of it as, where that is one class.
        scalar: whether it is neither an object nor an array.
    """

    object: bool = False
    array: bool = False
    text: bool = False
    foreign: frozenset[str] = frozenset()
    plain: type | None = None
    scalar: bool = False


UNTYPED = Kind()


def never(_: Json) -> bool:
    """Leave every value to the linter."""
    return False


def text(value: Json) -> bool:
    """Say whether a value is a text."""
    return isinstance(value, str)


def _is_false(value: Json) -> bool:
    return value is False


def _are_texts(values: Json) -> bool:
    return is_array(values) and bool(values) and all(one and isinstance(one, str) for one in values)


def _are_names(values: Json) -> bool:
    return is_array(values) and set(map(type, values)) <= _STR and len({*values}) == len(values)


def kind_of(word: str) -> Kind:
    """Give what is known of a type."""
    foreign = [name for name, row in KEYWORDS.items() if row.types and word not in row.types]
    scalar = word not in ("object", "array")
    return Kind(
        object=word == "object",
        array=word == "array",
        text=word == "string",
        foreign=frozenset(foreign),
        plain=_PLAIN.get(word),
        scalar=scalar,
    )


def compares(node: dict[str, Json], plain: type | None) -> bool:
    """Say whether a default surely is of the type, and bounds are whole and in their order."""
    if plain is None or node.get("default", plain()).__class__ is not plain:
        return False
    for least, most in _PAIRS:
        low = node.get(least, 0)
        high = node.get(most, low)
        if low.__class__ is not int or high.__class__ is not int or low > high:
            return False
    return True


def sure(word: str, dialect: Dialect) -> Test | None:
    """Give what says of a keyword's value that it is surely taken; ``None``: each one is."""
    if treatment(word, dialect) == "refused" or word in dialect.shape.root_only:
        return never
    if word in HOLDERS and treatment(word, dialect) != "kept":
        return never
    rule = dialect.keywords.get(word) if treatment(word, dialect) == "kept" else None
    formed = _formed(word, dialect)
    if rule is None or not (
        rule.values is not None or rule.pattern or rule.unless or rule.compiles
    ):
        return formed
    return _fitting(rule, formed)


def _formed(word: str, dialect: Dialect) -> Test | None:
    """Give what says that a value is well formed, where the tally has not looked."""
    row = KEYWORDS.get(word)
    if word == "type" or (row is not None and row.holds in ("schema", "schema-map")):
        return None
    if word in ("enum", "const") and (dialect.shape.enums != "any" or dialect.shape.matching):
        return _are_texts if word == "enum" else text
    test = _are_names if word == "required" else test_of(word)
    return text if test is test_of("title") else test


def _fitting(rule: Keyword, formed: Test | None) -> Test:
    if rule == Keyword(values=(False,)) and rule.values is not None and rule.values[0] is False:
        return _is_false if formed is None else never

    def test(value: Json) -> bool:
        return (formed is None or formed(value)) and not unfit(value, rule)

    return test
