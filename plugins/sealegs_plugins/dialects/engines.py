"""The grammar engines that servers hold a model to a schema with. No wire goes to them alone.

What each does was seen by running it on schemas of one feature each. A keyword that makes an engine
fail, or refuse documents that the schema accepts, counts as refused; one without effect as ignored.
"""

from __future__ import annotations

from sealegs.schema.dialect import Dialect, Keyword, References, Shape

from .common import CHECKED, FORMATS, IGNORED, LINEAR, REFUSED, each

__all__ = ["DIALECTS"]

_NOWHERE: frozenset[str] = frozenset()
_CONDITIONS = ("if", "then", "else", "dependentRequired", "dependentSchemas")
_COUNTED = ("contains", "minContains", "maxContains")
_UNEVALUATED = ("unevaluatedItems", "unevaluatedProperties")

# A pattern is held against the whole text, whether it has anchors or not, and against the text as
# JSON spells it; alternatives outside parentheses have one anchor each.
_ANCHORED = Keyword(
    pattern=r"(?s)\^.*\$", unless=LINEAR + r"|\\[pP]|\"|\(\?[a-zA-Z-]+[:)]|^\^[^(]*\||\|[^)]*\$$"
)

# Pointers are not unescaped.
_PLAIN_POINTER = r"#|#/[^~%]*"

DIALECTS: tuple[Dialect, ...] = (
    Dialect(
        name="xgrammar",
        form="openai-chat",
        wires=_NOWHERE,
        enforced=True,
        keywords={
            **each(("uniqueItems", "not", "$dynamicRef", *_CONDITIONS), IGNORED),
            **each((*_COUNTED, "patternProperties", "allOf"), REFUSED),
            "pattern": _ANCHORED,
        },
        shape=Shape(
            union_type=False,
            union_siblings="annotations",
            # Where they are not said, there are none.
            items=True,
            booleans=False,
            enums="scalars",
            open=False,
            declared=True,
        ),
        references=References(siblings="annotations", pattern=_PLAIN_POINTER),
        source="xgrammar 0.2.7, run; mlc-ai/xgrammar#958",
        checked=CHECKED,
        doubts="oneOf is held as anyOf, multipleOf for integers alone, a length beside a pattern "
        "not at all; bounds of integers that are not whole are refused.",
    ),
    Dialect(
        name="llguidance",
        form="openai-chat",
        wires=_NOWHERE,
        enforced=True,
        keywords={
            **each((*_COUNTED, "uniqueItems", "propertyNames", *_CONDITIONS), REFUSED),
            **each((*_UNEVALUATED, "not", "oneOf", "$dynamicRef"), REFUSED),
            # Several patterns must be disjoint, and none may look around.
            **each(("minProperties", "maxProperties", "patternProperties"), REFUSED),
            "multipleOf": Keyword(pattern=r"\d{1,9}(\.\d{1,3})?"),
            "pattern": Keyword(unless=LINEAR),
            "format": Keyword(values=(*FORMATS, "uri")),
        },
        references=References(siblings="annotations", pattern=r"#.*"),
        source="llguidance 1.9.1, run",
        checked=CHECKED,
        doubts="oneOf is taken where its branches are seen to be disjoint, patternProperties where "
        "its patterns are, and the bounds of properties where all of them are required; a schema "
        "that nothing fits is refused.",
    ),
    Dialect(
        name="outlines",
        form="openai-chat",
        wires=_NOWHERE,
        enforced=True,
        keywords={
            **each(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), IGNORED),
            **each(("multipleOf", "uniqueItems", "minProperties", "maxProperties"), IGNORED),
            **each((*_COUNTED, *_CONDITIONS, *_UNEVALUATED, "propertyNames"), IGNORED),
            **each(("patternProperties", "not", "allOf", "prefixItems", "$dynamicRef"), REFUSED),
            "additionalProperties": Keyword(values=(False,)),
            "format": Keyword(values=("date-time", "time", "date", "uuid", "email")),
            "pattern": _ANCHORED,
        },
        # Maps are held only where no `properties` stand beside them.
        shape=Shape(
            typed=True,
            type_lists=False,
            union_siblings="annotations",
            booleans=False,
            anything=False,
            maps=False,
            open=False,
            declared=True,
        ),
        references=References(siblings="annotations", pattern=_PLAIN_POINTER),
        source="outlines-core 0.2.14, run",
        checked=CHECKED,
        doubts="Recursion ends after a few levels; oneOf is held as anyOf; the expression of a "
        "schema with many references can be too large for any memory.",
    ),
)
