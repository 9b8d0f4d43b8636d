"""Moonshot: its own flavour of JSON Schema, MFJS, and the endpoints that speak it."""

from __future__ import annotations

from dataclasses import replace

from sealegs.schema.dialect import (
    Dialect,
    NameRule,
    References,
    SchemaBounds,
    Shape,
)

from .common import ANTHROPIC, CHAT, CHECKED, KEPT, NAME_64, PLAIN, each

__all__ = ["DIALECTS", "SAFE"]

_RESERVED = frozenset({"$defs", "$ref", "anyOf", "required", "additionalProperties", ""})
_KEYS = NameRule(max_length=1_000_000, reserved=_RESERVED)
_NO_SLASH = NameRule(r"[^/]+", max_length=1_000_000)

# The validator at its default level, which is the strictest.
_ULTRA = Dialect(
    name="mfjs",
    form="openai-chat",
    wires=frozenset(),
    enforced=True,
    keywords={
        **each(PLAIN, KEPT),
        **each(("$id", "$defs", "$ref", "default", "minimum", "maximum"), KEPT),
        **each(("minLength", "maxLength", "minItems", "maxItems", "pattern"), KEPT),
    },
    otherwise="refused",
    unknown="refused",
    shape=Shape(
        root_object=False,
        root_combinators=True,
        typed=True,
        typed_values=True,
        list_siblings="annotations",
        union_type=False,
        union_siblings="annotations",
        matching=True,
        root_only=frozenset({"$id", "$defs"}),
        booleans=False,
        anything=False,
        enums="alike",
        declared=True,
        keys=_KEYS,
    ),
    references=References(
        recursion="finite",
        siblings="annotations",
        distinct=True,
        pattern=r"#|#/\$defs/.+",
        names=_NO_SLASH,
        keys=_NO_SLASH,
    ),
    bounds=SchemaBounds(
        properties=3_000, depth=30, values=1_000, long_enum=75_000, branches=500, size=120_000
    ),
    names=NAME_64,
    source="https://github.com/MoonshotAI/walle: docs/walle.md, validator.go",
    checked=CHECKED,
    doubts="The specification's text has 100 properties, 5 levels, 10 branches and 500 values; the "
    "validator's own defaults are larger, and are kept to.",
)

# What every level takes, and what the server was seen to refuse beyond the validator.
SAFE = replace(
    _ULTRA,
    name="moonshot",
    wires=CHAT,
    providers=("moonshot*",),
    shape=replace(
        _ULTRA.shape,
        root_object=True,
        root_combinators=False,
        type_lists=False,
        list_siblings="all",
        keys=replace(_KEYS, pattern=r"[^/]+"),
    ),
    references=replace(
        _ULTRA.references, recursion="optional", siblings="none", pattern=r"#|#/\$defs/[^/]+"
    ),
    source="https://github.com/MoonshotAI/walle: docs/mfjs-spec.md, MoonshotAI/kimi-cli#2030, "
    "MoonshotAI/kimi-cli#1595, MoonshotAI/kimi-code#1610, MoonshotAI/kimi-code#2661, "
    "QwenLM/qwen-code#10227, vercel/ai#18921",
    evidence="reported",
    doubts="Which of the validator's levels the server runs is not known: one report has a type "
    "beside anyOf taken. Whether calls are held to the schema is not said everywhere.",
)

DIALECTS: tuple[Dialect, ...] = (
    _ULTRA,
    SAFE,
    replace(
        SAFE,
        name="moonshot-anthropic",
        form="anthropic",
        wires=ANTHROPIC,
        doubts="No refusal through this endpoint was found; the rules are those of the other one.",
    ),
)
