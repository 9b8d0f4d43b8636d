"""Dialects that stand for the kinds there are, and the laws that lowering keeps for all of them."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from jsonschema_rs import Draft202012Validator

from sealegs.errors import ArgumentError
from sealegs.jsons import dump
from sealegs.schema.dialect import (
    Dialect,
    Keyword,
    NameRule,
    References,
    SchemaBounds,
    Shape,
)
from sealegs.schema.linting import lint
from sealegs.schema.lowering import Lowered, lower
from sealegs.schema.report import Report
from sealegs.schema.rewrites.kinds import sameness

KEPT = Keyword()
FALSE = Keyword(values=(False,))
PLAIN = dict.fromkeys(
    ("type", "title", "description", "properties", "required", "items", "enum", "anyOf"), KEPT
)
REFERENCES = dict.fromkeys(("$ref", "$defs"), KEPT)
BOUNDS = {
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), KEPT),
    **dict.fromkeys(("multipleOf", "minItems", "maxItems", "minLength", "maxLength"), KEPT),
    "pattern": KEPT,
}


def _dialect(name: str, **said: Any) -> Dialect:
    return Dialect(name, "openai-chat", frozenset(), **said)


PERMISSIVE = _dialect("permissive")
KEYED = _dialect("keyed", shape=Shape(keys=NameRule(r"[a-zA-Z0-9_.-]+", 64, first="p_")))
CLOSED = _dialect(
    "closed",
    enforced=True,
    keywords={
        **PLAIN,
        **REFERENCES,
        **BOUNDS,
        "const": KEPT,
        "additionalProperties": FALSE,
        "format": Keyword(values=("date", "email")),
    },
    otherwise="refused",
    unknown="refused",
    shape=Shape(
        typed=True,
        items=True,
        booleans=False,
        anything=False,
        closed=True,
        all_required=True,
        maps=False,
        open=False,
        declared=True,
    ),
    references=References(siblings="none"),
    bounds=SchemaBounds(depth=10, properties=5_000, values=1_000),
)
PLAINER = _dialect(
    "plainer",
    keywords={**PLAIN, **REFERENCES, "const": KEPT, "default": KEPT, "additionalProperties": FALSE},
    otherwise="refused",
    unknown="refused",
    shape=Shape(
        booleans=False,
        anything=False,
        enums="scalars",
        closed=True,
        maps=False,
        open=False,
        declared=True,
    ),
    references=References(recursion="refused", siblings="none", unroll=2),
)
OPENAPI = _dialect(
    "openapi",
    keywords={
        **{key: rule for key, rule in {**PLAIN, **BOUNDS}.items() if "xclusive" not in key},
        **dict.fromkeys(("default", "format", "minProperties", "maxProperties", "nullable"), KEPT),
        "multipleOf": Keyword("refused"),
    },
    otherwise="refused",
    unknown="refused",
    shape=Shape(
        typed=True,
        typed_values=True,
        type_lists=False,
        union_type=False,
        union_siblings="none",
        items=True,
        booleans=False,
        anything=False,
        null="nullable",
        upper_types=True,
        enums="strings",
        maps=False,
        filled_objects=True,
        declared=True,
        keys=NameRule(r"[a-zA-Z_][a-zA-Z0-9_]*", 64, first="_"),
    ),
    references=References(kept=False, recursion="refused", siblings="none"),
)
TYPED = _dialect(
    "typed",
    keywords={
        **PLAIN,
        **REFERENCES,
        **BOUNDS,
        **dict.fromkeys(("default", "additionalProperties"), KEPT),
    },
    otherwise="refused",
    unknown="refused",
    shape=Shape(
        typed=True,
        typed_values=True,
        type_lists=False,
        union_type=False,
        union_siblings="annotations",
        matching=True,
        booleans=False,
        anything=False,
        enums="alike",
        declared=True,
        keys=NameRule(max_length=1_000, reserved=frozenset({"$ref", "$defs", "anyOf"})),
    ),
    references=References(recursion="optional", siblings="none", distinct=True),
)
DIALECTS = (PERMISSIVE, KEYED, CLOSED, PLAINER, OPENAPI, TYPED)


@functools.lru_cache(maxsize=512)
def _compiled(text: bytes) -> Draft202012Validator:
    return Draft202012Validator(text.decode("utf-8", "surrogatepass"), validate_formats=False)


def accepts(schema: Any, value: Any) -> bool:
    """Say whether a schema accepts a value; formats are annotations."""
    return _compiled(dump(schema)).is_valid(value)


def alike(left: Any, right: Any) -> bool:
    """Say whether two values are the same to JSON Schema."""
    return sameness(left) == sameness(right)


def narrowed(lowered: Lowered) -> bool:
    """Say whether the report admits that something is refused which the original takes."""
    return any(entry.change == "narrowed" for entry in lowered.entries)


def exact(lowered: Lowered) -> bool:
    """Say whether the report claims that the original takes all that the lowered one takes."""
    return Report("", "", "", False, "", lowered.entries).exact


def lawful(
    schema: Any, dialect: Dialect, valid: Iterable[Any] = (), wrong: Iterable[Any] = ()
) -> Lowered:
    """Lower a canonical schema, and hold the result against every law.

    Args:
        schema: the canonical schema.
        dialect: where it goes.
        valid: documents that it accepts.
        wrong: documents that it refuses.
    """
    before = dump(schema)
    lowered = lower(schema, dialect)
    assert dump(schema) == before, "the input was changed"
    assert lint(lowered.schema, dialect) == (), dump(lowered.schema)
    for value in valid:
        there = lowered.codec.encode(value)
        back = lowered.codec.decode(there)
        fine = accepts(lowered.standard, there) and alike(value, back)
        assert fine or narrowed(lowered), (value, there, back, lowered.standard)
    for value in wrong:
        for written in (value, lowered.codec.encode(value)):
            sound(schema, lowered, written)
    again = lower(lowered.standard, dialect)
    assert dump(again.schema) == dump(lowered.schema), "lowering twice is not lowering once"
    return lowered


def sound(schema: Any, lowered: Lowered, written: Any) -> None:
    """See that what the lowered schema accepts comes back as what the original does, or is told."""
    if not accepts(lowered.standard, written):
        return
    try:
        back = lowered.codec.decode(written)
    except ArgumentError:
        return
    assert accepts(schema, back) or not exact(lowered), (written, back, lowered.entries)
