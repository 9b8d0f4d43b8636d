"""A quick look that clears what is plainly clean, as most schemas are that were made to be sent.

It only ever says that nothing is refused. What it does not know, the linter looks at in full.
"""

from __future__ import annotations

from collections.abc import Mapping

from sealegs.jsons import Json, is_array
from sealegs.schema.dialect import Dialect
from sealegs.schema.keywords import KEYWORDS, TYPES
from sealegs.schema.lintnodes import COMBINATORS, OPEN_OR_CLOSED, STRUCTURE, rules_at, treatment
from sealegs.schema.lintsure import (
    COMPARED,
    HOLDERS,
    UNTYPED,
    Kind,
    Test,
    compares,
    kind_of,
    never,
    sure,
    text,
)
from sealegs.schema.lintvalues import is_named
from sealegs.schema.places import Place

__all__ = ["Screen"]

_COMBINED = frozenset(COMBINATORS)
_MOST_DIALECTS = 512
_MOST_NAMES = 4096
_LONG = 128


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
        self._blind = frozenset(word for word in HOLDERS if treatment(word, dialect) != "kept")
        self._tests: dict[str, Test | None] = {
            word: sure(word, dialect) for word in (*KEYWORDS, *dialect.keywords)
        }
        self._kinds = {word: kind_of(word) for word in TYPES if word != "null"}
        if shape.null != "nullable":
            self._kinds["null"] = kind_of("null")
        if shape.upper_types:
            self._kinds |= {word.upper(): kind for word, kind in self._kinds.items()}
        self._nullable = {
            word: kind._replace(text=False) for word, kind in self._kinds.items() if word != "null"
        }
        bare = [word for word in ("title", "description") if self._tests[word] is text]
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
                and (COMPARED.isdisjoint(node) or compares(node, kind.plain))
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
            test = tests.get(word, never)
            if test is text:
                if value.__class__ is not str:
                    return False
            elif test is not None and not test(value) and not (strangers and word not in tests):
                return False
        return True

    def _stands(self, node: dict[str, Json], kind: Kind, *, root: bool) -> bool:
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

    def _union(self, node: dict[str, Json]) -> Kind | None:
        """Judge what says no type."""
        return UNTYPED if self._unions and "anyOf" in node else None

    def _listed(self, named: Json) -> Kind | None:
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
        return Kind(objects, arrays)


_KNOWN: dict[int, Screen] = {}
