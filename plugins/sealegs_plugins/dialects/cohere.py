"""Cohere's version 2 API."""

from __future__ import annotations

from dataclasses import replace

from sealegs.schema.dialect import Budget, Dialect, Keyword, References, SchemaBounds, Shape

from .common import CHECKED, IN_DOCUMENT, KEPT, NAME_64, each

__all__ = ["DIALECTS"]

_LENIENT = Dialect(
    name="cohere",
    form="cohere",
    wires=frozenset({"cohere-v2"}),
    strict="cohere-strict",
    answers={"schema": "cohere-strict", "json_schema": "cohere-strict"},
    names=NAME_64,
    source="https://docs.cohere.com/docs/tool-use-overview, cohere 7.3.1: types",
    checked=CHECKED,
    doubts="The pattern of tool names was not found; the common one is kept to.",
)

DIALECTS: tuple[Dialect, ...] = (
    _LENIENT,
    replace(
        _LENIENT,
        name="cohere-strict",
        strict="",
        enforced=True,
        keywords={
            **each(("type", "title", "description", "properties", "required", "items"), KEPT),
            **each(("enum", "const", "$ref", "$defs", "definitions", "anyOf"), KEPT),
            "format": Keyword(values=("date-time", "uuid", "date", "time")),
            "pattern": Keyword(unless=r"[\^$]|\?[=!]", compiles=True),
        },
        otherwise="refused",
        unknown="refused",
        shape=Shape(
            typed=True,
            booleans=False,
            anything=False,
            enums="scalars",
            maps=False,
            open=False,
            declared=True,
        ),
        references=References(recursion="refused", siblings="none", pattern=IN_DOCUMENT),
        bounds=SchemaBounds(required=1),
        budget=Budget(fields=200),
        source="https://docs.cohere.com/docs/structured-outputs",
        doubts="Newer copies of the documentation have anyOf, an older one does not. Recursion is "
        "not spoken of.",
    ),
)
