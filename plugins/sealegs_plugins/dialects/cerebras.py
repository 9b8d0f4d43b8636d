"""Cerebras."""

from __future__ import annotations

from dataclasses import replace

from sealegs.schema.dialect import Dialect, Keyword, References, SchemaBounds, Shape

from .common import CHAT, CHECKED, KEPT, NAME_64, PLAIN, each

__all__ = ["DIALECTS", "LENIENT"]

_GUIDE = "https://inference-docs.cerebras.ai/capabilities/structured-outputs"

LENIENT = Dialect(
    name="cerebras",
    form="openai-chat",
    wires=CHAT,
    providers=("cerebras*",),
    strict="cerebras-strict",
    names=NAME_64,
    source="https://inference-docs.cerebras.ai/capabilities/tool-use",
    checked=CHECKED,
    doubts="tools and response_format do not go together there.",
)

DIALECTS: tuple[Dialect, ...] = (
    LENIENT,
    replace(
        LENIENT,
        name="cerebras-strict",
        strict="",
        enforced=True,
        keywords={
            **each(PLAIN, KEPT),
            **each(("$defs", "$ref", "prefixItems"), KEPT),
            "title": Keyword("refused"),
            "additionalProperties": Keyword(values=(False,)),
        },
        otherwise="refused",
        unknown="refused",
        shape=Shape(
            typed=True,
            type_lists=False,
            booleans=False,
            anything=False,
            items=True,
            enums="scalars",
            closed=True,
            all_required=True,
            maps=False,
            open=False,
            declared=True,
        ),
        references=References(recursion="refused", siblings="none", pattern=r"#/\$defs/[^/]+"),
        bounds=SchemaBounds(
            properties=500, depth=5, values=500, long_enum=7_500, branches=5, size=5_000
        ),
        source=f"{_GUIDE}, https://inference-docs.cerebras.ai/support/change-log",
        doubts="One page says 10 levels and 5. An older page has lists of types as not supported. "
        "Fields that only inform are refused, whichever they are; description is kept.",
    ),
)
