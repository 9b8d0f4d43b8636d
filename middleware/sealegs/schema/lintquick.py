"""A quick look that clears what is plainly clean, as most schemas are that were made to be sent.

It only ever says that nothing is refused. What it does not know, the linter looks at in full.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from sealegs.jsons import Json, is_array
from sealegs.schema.dialect import Dialect, Keyword, NameRule
from sealegs.schema.keywords import KEYWORDS, TYPES
from sealegs.schema.lintnodes import COMBINATORS, OPEN_OR_CLOSED, STRUCTURE, rules_at, treatment
from sealegs.schema.lintvalues import is_named, unfit
from sealegs.schema.places import Place
from sealegs.schema.wellformed import test_of

__all__ = ["Screen"]

_Test: TypeAlias = "Callable[[Json], bool]"

_PAIRS = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"))
_COMPARED = frozenset({"default", *(word for pair in _PAIRS for word in pair)})
_PLAIN: Mapping[str, type] = {"string": str, "integer": int, "number": int, "boolean": bool}
_STR = {str}
_COMBINED = frozenset(COMBINATORS)
_HOLDERS = frozenset(word for word, row in KEYWORDS.items() if row.holds.startswith("schema"))
_FREE_NAMES = NameRule(max_length=1_000_000)
_MOST_DIALECTS = 512
_MOST_NAMES = 4096
_LONG = 128


class _Kind(NamedTuple):
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


_UNTYPED = _Kind()


class Screen:
    """One dialect's rules, laid out for the quick look."""

    __slots__ = (
        "_bare",
        "_blind",
        "_dialect",
        "_kinds",
        "_lists",
        "_names",
        "_nullable",
        "_tests",
        "_unions",
        "_valued",
    )

    def __init__(self, dialect: Dialect) -> None:
        shape = dialect.shape
        self._dialect = dialect
        self._names: set[str] = set()
        self._valued = shape.enums != "any" or shape.matching
        self._blind = frozenset(word for word in _HOLDERS if treatment(word, dialect) != "kept")
        self._tests: dict[str, _Test | None] = {
            word: _test(word, dialect) for word in (*KEYWORDS, *dialect.keywords)
        }
        self._kinds = {word: _kind(word) for word in TYPES if word != "null"}
        if shape.null != "nullable":
            self._kinds["null"] = _kind("null")
        if shape.upper_types:
            self._kinds |= {word.upper(): kind for word, kind in self._kinds.items()}
        self._nullable = {
            word: kind._replace(text=False) for word, kind in self._kinds.items() if word != "null"
        }
        bare = [word for word in ("title", "description") if self._tests[word] is _text]
        self._bare = frozenset(("type", *bare) if self._tests["type"] is None else ())
        self._unions = shape.union_type and shape.union_siblings == "all"
        plain = shape.type_lists and shape.list_siblings == "all" and shape.null != "nullable"
        self._lists = plain and not shape.matching

    @classmethod
    def of(cls, dialect: Dialect) -> Screen:
        """Give the screen of a dialect, made once: it cannot be hashed, but never changes."""
        known = _KNOWN.get(id(dialect))
        if known is None or known._dialect is not dialect:
            if len(_KNOWN) >= _MOST_DIALECTS:
                _KNOWN.clear()
            known = _KNOWN[id(dialect)] = cls(dialect)
        return known

    def clears(self, nodes: list[tuple[Json, str]]) -> bool:
        """Say whether surely nothing is refused at any of a schema's places.

        Args:
            nodes: as `sealegs.schema.tallying.tally` gives them.
        """
        root = True
        for node, keyword in nodes:
            if node.__class__ is not dict:
                if not (self._dialect.shape.booleans or keyword in OPEN_OR_CLOSED):
                    return False
            elif not self._plain(node, root=root) and not self._clean(node, keyword, root=root):
                return False
            root = False
        return True

    def _clean(self, node: dict[str, Json], keyword: str, *, root: bool) -> bool:
        """Ask the rules themselves."""
        place = Place("", node, keyword, "", -1 if root else 0)
        return (
            self._blind.isdisjoint(node)
            and next(rules_at(node, place, self._dialect), None) is None
        )

    def _plain(self, node: dict[str, Json], *, root: bool) -> bool:
        named = node.get("type")
        if isinstance(named, str):
            kind = self._kinds.get(named)
        else:
            kind = self._listed(named) if named is not None else self._union(node)
        if kind is None:
            return False
        if kind.scalar and not root and self._bare.issuperset(node):
            return node.get("description", "").__class__ is node.get("title", "").__class__ is str
        if not self._fit(node) or (
            self._dialect.shape.matching
            and not (
                kind.foreign.isdisjoint(node)
                and (_COMPARED.isdisjoint(node) or _compares(node, kind.plain))
            )
        ):
            return False
        if self._valued and not kind.text and ("enum" in node or "const" in node):
            return False
        return self._stands(node, kind, root=root)

    def _fit(self, node: dict[str, Json]) -> bool:
        """Say whether each keyword by itself is taken with its value."""
        tests, strangers = self._tests, self._dialect.unknown == "kept"
        for word, value in node.items():
            test = tests.get(word, _never)
            if test is _text:
                if value.__class__ is not str:
                    return False
            elif test is not None and not test(value) and not (strangers and word not in tests):
                return False
        return True

    def _stands(self, node: dict[str, Json], kind: _Kind, *, root: bool) -> bool:
        shape = self._dialect.shape
        if "anyOf" in node and not self._unions:
            return False
        if root and not (shape.root_combinators or _COMBINED.isdisjoint(node)):
            return False
        if kind.array and shape.items and "items" not in node:
            return False
        if kind.object:
            return self._object(node, root=root)
        return not (root and shape.root_object) and STRUCTURE.isdisjoint(node)

    def _object(self, node: dict[str, Json], *, root: bool) -> bool:
        shape = self._dialect.shape
        beside = node.get("additionalProperties")
        if (shape.closed and beside is not False) or (
            beside and beside is not True and not shape.maps
        ):
            return False
        if root and shape.root_object and node["type"].__class__ is not str:
            return False
        properties: dict[str, Json] = node.get("properties", {})
        if shape.filled_objects and not properties and not root:
            return False
        required = set(node.get("required", ()))
        if shape.all_required and not required.issuperset(properties):
            return False
        if shape.declared and not properties.keys() >= required:
            return False
        return self._named(properties)

    def _named(self, names: Mapping[str, Json]) -> bool:
        """Say whether properties have names that are taken; those that are, are kept in mind."""
        known, rule = self._names, self._dialect.shape.keys
        if known.issuperset(names):
            return True
        if not all(is_named(name, rule) for name in names):
            return False
        short = [name for name in names if len(name) <= _LONG]
        self._names = {*short} if len(known) + len(short) > _MOST_NAMES else known | {*short}
        return True

    def _union(self, node: dict[str, Json]) -> _Kind | None:
        """Judge what says no type."""
        return _UNTYPED if self._unions and "anyOf" in node else None

    def _listed(self, named: Json) -> _Kind | None:
        """Judge a list of types."""
        if not (self._lists and is_array(named) and named):
            return None
        if len(named) == 2 and named[1] == "null" and isinstance(named[0], str):
            kind = self._nullable.get(named[0])  # a type and null, the commonest list
            if kind is not None:
                return kind
        kinds = [self._kinds.get(word) if isinstance(word, str) else None for word in named]
        known = [kind for kind in kinds if kind is not None]
        if len(known) < len(kinds) or len(set(named)) < len(named):
            return None
        objects, arrays = (any(kind[n] for kind in known) for n in (0, 1))
        return _Kind(objects, arrays)


_KNOWN: dict[int, Screen] = {}


def _never(_: Json) -> bool:
    return False


def _text(value: Json) -> bool:
    return isinstance(value, str)


def _is_false(value: Json) -> bool:
    return value is False


def _are_texts(values: Json) -> bool:
    return is_array(values) and bool(values) and all(one and isinstance(one, str) for one in values)


def _are_names(values: Json) -> bool:
    return is_array(values) and set(map(type, values)) <= _STR and len({*values}) == len(values)


def _kind(word: str) -> _Kind:
    foreign = [name for name, row in KEYWORDS.items() if row.types and word not in row.types]
    scalar = word not in ("object", "array")
    return _Kind(
        object=word == "object",
        array=word == "array",
        text=word == "string",
        foreign=frozenset(foreign),
        plain=_PLAIN.get(word),
        scalar=scalar,
    )


def _compares(node: dict[str, Json], plain: type | None) -> bool:
    """Say whether a default surely is of the type, and bounds are whole and in their order."""
    if plain is None or node.get("default", plain()).__class__ is not plain:
        return False
    for least, most in _PAIRS:
        low = node.get(least, 0)
        high = node.get(most, low)
        if low.__class__ is not int or high.__class__ is not int or low > high:
            return False
    return True


def _test(word: str, dialect: Dialect) -> _Test | None:
    """Give what says of a keyword's value that it is surely taken; ``None``: each one is."""
    if treatment(word, dialect) == "refused" or word in dialect.shape.root_only:
        return _never
    if word in _HOLDERS and treatment(word, dialect) != "kept":
        return _never
    rule = dialect.keywords.get(word) if treatment(word, dialect) == "kept" else None
    formed = _formed(word, dialect)
    if rule is None or not (
        rule.values is not None or rule.pattern or rule.unless or rule.compiles
    ):
        return formed
    return _fitting(rule, formed)


def _formed(word: str, dialect: Dialect) -> _Test | None:
    """Give what says that a value is well formed, where the tally has not looked."""
    row = KEYWORDS.get(word)
    if word == "type" or (row is not None and row.holds in ("schema", "schema-map")):
        return None
    if word in ("enum", "const") and (dialect.shape.enums != "any" or dialect.shape.matching):
        return _are_texts if word == "enum" else _text
    test = _are_names if word == "required" else test_of(word)
    return _text if test is test_of("title") else test


def _fitting(rule: Keyword, formed: _Test | None) -> _Test:
    if rule == Keyword(values=(False,)) and rule.values is not None and rule.values[0] is False:
        return _is_false if formed is None else _never

    def test(value: Json) -> bool:
        return (formed is None or formed(value)) and not unfit(value, rule)

    return test
