"""Mistral's own API."""

from __future__ import annotations

from sealegs.schema.dialect import Dialect, Keyword, NameRule

from .common import CHECKED, IGNORED, NAME_64, each

__all__ = ["DIALECTS"]

# What draft 7 does not know is not looked at.
_LATER = (
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "dependentRequired",
    "dependentSchemas",
    "maxContains",
    "minContains",
    "prefixItems",
    "unevaluatedItems",
    "unevaluatedProperties",
)

DIALECTS: tuple[Dialect, ...] = (
    Dialect(
        name="mistral",
        form="mistral",
        wires=frozenset({"mistral"}),
        keywords={
            **each(_LATER, IGNORED),
            **each(("$schema", "$id"), IGNORED),
            "pattern": Keyword(compiles=True),
            # Its names are expressions of Python's as well, which knows no classes of Unicode.
            "patternProperties": Keyword(unless=r"\\\\[pP]\{"),
        },
        names=NAME_64,
        ids=NameRule(r"[a-zA-Z0-9]{9}", max_length=9, fill="0", first=""),
        source="mistral-common 1.13.1: protocol/instruct/validator.py, "
        "Kochava-Studios/witsy#164, jackmpcollins/magentic#276",
        checked=CHECKED,
        evidence="reported",
        doubts="Its strict flag changes nothing that is documented.",
    ),
)
