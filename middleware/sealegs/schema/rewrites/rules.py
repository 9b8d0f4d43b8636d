"""A dialect's rules, asked keyword by keyword."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from sealegs.jsons import Json, dump
from sealegs.schema.dialect import Dialect, Keyword, NameRule, SchemaBounds
from sealegs.schema.keywords import KEYWORDS
from sealegs.schema.naming import is_legal, legal
from sealegs.schema.rewrites.kinds import sameness

__all__ = ["AMBIGUOUS", "Rules", "text_of"]


_PLAIN = frozenset({"type", "title", "description"})


_SCALAR = _PLAIN | {
    *("enum", "const", "default", "format", "pattern", "minLength", "maxLength"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
_NATURAL = _PLAIN | {"properties", "required", "items", "minItems", "maxItems", "uniqueItems"}
_NO_WORDS = frozenset[str]()
_VALUED = _SCALAR | _NATURAL


class Rules:
    """One dialect's rules.

    Attributes:
        dialect: where they stand.
        shape: what subschemas must look like.
        any_key: whether properties may have any name.
        lists_null: whether null may be one more in a list of types, whatever stands beside it.
        plain: keywords that may stand in any scalar, whatever they say.
        free: keywords that may stand in any scalar that they are about, whatever they say, as far
            as single keywords are concerned.
        natural: keywords of objects and arrays of which the same is true.
        plainly: whether every object must be closed, and no more than that asks for encodings in
            the commonest schemas.
        bounded: whether there are bounds at all.
        opens: whether properties of which nothing is said are let in, where that must be encoded.
    """

    __slots__ = (
        "_keys",
        "_verdicts",
        "any_key",
        "bounded",
        "dialect",
        "free",
        "lists_null",
        "natural",
        "opens",
        "plain",
        "plainly",
        "shape",
    )

    def __init__(self, dialect: Dialect, *, opens: bool = False) -> None:
        self.dialect, self.shape, self.opens = dialect, dialect.shape, opens
        self._verdicts: dict[str, Keyword | bool] = {}
        shape = dialect.shape
        self.any_key = _any_name(shape.keys) and _any_name(dialect.references.keys)
        self.lists_null = shape.type_lists and shape.list_siblings == "all" and shape.null == "type"
        self.plain = frozenset(word for word in _PLAIN if self._verdict(word) is True)
        self._keys: frozenset[str] = frozenset()
        taken = frozenset(word for word in _VALUED if self._verdict(word) is True)
        self.free = taken & _SCALAR if "type" in taken else _NO_WORDS
        self.natural = taken & _NATURAL if "type" in taken else _NO_WORDS
        self.plainly = self._plainly()
        self.bounded = dialect.bounds != SchemaBounds()

    def _plainly(self) -> bool:
        shape = self.shape
        return (
            shape.closed
            and not (self.opens or shape.matching or shape.filled_objects)
            and {"type", "description"} <= self.plain
            and self.dialect.bounds.required is None
            and self.takes("additionalProperties", False)
            and all(self._verdict(word) is True for word in ("properties", "required", "items"))
        )

    @classmethod
    def of(cls, dialect: Dialect, *, opens: bool = False) -> Rules:
        """Give the rules of a dialect, made once: it cannot be hashed, but never changes."""
        key = (id(dialect), opens)
        known = _KNOWN.get(key)
        if known is None or known.dialect is not dialect:
            if len(_KNOWN) >= _MOST:
                _KNOWN.clear()
            known = _KNOWN[key] = cls(dialect, opens=opens)
        return known

    def takes(self, keyword: str, value: Json) -> bool:
        """Say whether a keyword with this value may stand, and has its effect."""
        verdict = self._verdicts.get(keyword)
        if verdict is None:
            self._verdicts[keyword] = verdict = self._verdict(keyword)
        return verdict if isinstance(verdict, bool) else _fits(verdict, value)

    def knows(self, keyword: str) -> bool:
        """Say whether a keyword is taken with at least some values."""
        self.takes(keyword, None)
        return self._verdicts[keyword] is not False

    def annotates(self, keyword: str, value: Json) -> bool:
        """Say whether an annotation, of a provider's own too, may stand.

        What is merely not looked at need not be taken out.
        """
        rule = self._rule(keyword)
        return rule.treatment != "refused" and _fits(rule, value)

    def key(self, name: str, *, inner: bool = False) -> str:
        """Give the property name that stands for a name; a legal one stands for itself.

        Args:
            name: the name.
            inner: whether the property is part of a definition.
        """
        if self.any_key:
            return name
        rules = [self.shape.keys, self.dialect.references.keys] if inner else [self.shape.keys]
        for rule in rules:
            if not (_any_name(rule) or is_legal(name, rule)):
                name = legal(name, rule)
        return name

    def keeps(self, names: Iterable[str], *, inner: bool = False) -> bool:
        """Say whether properties may have all these names; see `key`."""
        if self.any_key or (not inner and self._keys.issuperset(names)):
            return True
        if any(self.key(name, inner=inner) != name for name in names):
            return False
        short = frozenset(name for name in names if len(name) <= _LONG)
        self._keys = short if len(self._keys) + len(short) > _MOST_KEYS else self._keys | short
        return True

    def definition(self, name: str) -> str:
        """Give the name of a definition as the dialect takes it."""
        rule = self.dialect.references.names
        return name if _any_name(rule) or is_legal(name, rule) else legal(name, rule)

    def _rule(self, keyword: str) -> Keyword:
        rule = self.dialect.keywords.get(keyword)
        if rule is None:
            known = keyword in KEYWORDS
            rule = Keyword(self.dialect.otherwise if known else self.dialect.unknown)
        return rule

    def _verdict(self, keyword: str) -> Keyword | bool:
        rule = self._rule(keyword)
        if rule.treatment != "kept":
            return False
        bare = rule.values is None and not (rule.pattern or rule.unless or rule.compiles)
        return True if bare else rule


def _fits(rule: Keyword, value: Json) -> bool:
    if rule.values is not None:
        same = sameness(value)
        if all(sameness(allowed) != same for allowed in rule.values):
            return False
    text = text_of(value)
    if rule.pattern and re.fullmatch(rule.pattern, text) is None:
        return False
    if rule.unless and re.search(rule.unless, text):
        return False
    return not rule.compiles or _compiles(text)


def text_of(value: Json) -> str:
    """Give a string as it is, and any other value as compact JSON."""
    return value if isinstance(value, str) else dump(value).decode()


AMBIGUOUS = re.compile(r"\[\^?\[|--|&&|~~|\|\|")
"""Sets inside sets and operators between them, of which Python warns that they will change."""


@lru_cache(maxsize=1024)
def _compiles(text: str) -> bool:
    if AMBIGUOUS.search(text):
        return False
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError):
        return False
    return True


def _any_name(rule: NameRule) -> bool:
    return not rule.pattern and not rule.reserved


_MOST = 512
_MOST_KEYS, _LONG = 4096, 128
_KNOWN: dict[tuple[int, bool], Rules] = {}
