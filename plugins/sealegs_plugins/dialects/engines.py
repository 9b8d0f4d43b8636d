"""The grammar engines that servers hold a model to a schema with. No wire goes to them alone."""

from __future__ import annotations

from sealegs.schema.dialect import Dialect, Keyword, References, Shape

from .common import CHECKED, IGNORED, IN_DOCUMENT, LINEAR, REFUSED, each

__all__ = ["DIALECTS"]

_NOWHERE: frozenset[str] = frozenset()

DIALECTS: tuple[Dialect, ...] = (
    Dialect(
        name="xgrammar",
        form="openai-chat",
        wires=_NOWHERE,
        enforced=True,
        keywords={
            **each(("uniqueItems", "contains", "minContains", "maxContains"), IGNORED),
            **each(("dependentRequired", "dependentSchemas", "if", "then", "else"), IGNORED),
            **each(("not", "allOf", "oneOf", "$anchor", "$dynamicRef"), IGNORED),
            # Valid documents are refused.
            **each(("patternProperties",), REFUSED),
            "pattern": Keyword(pattern=r"(?s)\^.*\$", unless=LINEAR),
        },
        shape=Shape(
            union_siblings="annotations",
            booleans=False,
            enums="scalars",
            open=False,
            declared=True,
        ),
        references=References(siblings="none", pattern=r"#|#/\$defs/[^/~]+"),
        source="xgrammar 0.2.7",
        checked=CHECKED,
        doubts="",
    ),
    Dialect(
        name="llguidance",
        form="openai-chat",
        wires=_NOWHERE,
        enforced=True,
        keywords={
            **each(("uniqueItems", "contains", "minContains", "maxContains"), REFUSED),
            **each(("propertyNames", "dependentRequired", "dependentSchemas"), REFUSED),
            **each(("if", "then", "else", "not", "oneOf", "$dynamicRef"), REFUSED),
            **each(("unevaluatedItems", "unevaluatedProperties"), REFUSED),
            "pattern": Keyword(unless=LINEAR),
        },
        references=References(pattern=IN_DOCUMENT),
        source="llguidance 1.9.1",
        checked=CHECKED,
    ),
    Dialect(
        name="outlines",
        form="openai-chat",
        wires=_NOWHERE,
        enforced=True,
        keywords={
            **each(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), IGNORED),
            **each(
                ("multipleOf", "uniqueItems", "contains", "minContains", "maxContains"), IGNORED
            ),
            **each(("propertyNames", "dependentRequired"), IGNORED),
            **each(("patternProperties", "not", "prefixItems"), REFUSED),
            "additionalProperties": Keyword(values=(False,)),
            "format": Keyword(values=("date-time", "time", "date", "uuid")),
            "pattern": Keyword(unless=LINEAR),
        },
        shape=Shape(
            typed=True,
            union_siblings="annotations",
            booleans=False,
            anything=False,
            maps=False,
            open=False,
        ),
        references=References(recursion="refused", siblings="none", pattern=IN_DOCUMENT),
        source="outlines-core 0.2.14",
        checked=CHECKED,
    ),
)
