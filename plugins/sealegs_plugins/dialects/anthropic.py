"""Anthropic's Messages API, at home, on Bedrock, on Vertex and on Azure."""

from __future__ import annotations

from dataclasses import replace

from sealegs.schema.dialect import (
    Budget,
    Dialect,
    Keyword,
    NameRule,
    References,
    SchemaBounds,
    Shape,
)

from .common import ANTHROPIC, CHECKED, FORMATS, IN_DOCUMENT, KEPT, LINEAR, NAME_64, PLAIN, each

__all__ = ["DIALECTS", "KEYS", "LENIENT"]

KEYS = NameRule(r"[a-zA-Z0-9_.-]+", max_length=64, first="p_")
"""What property names must look like."""

_STRICT_GUIDE = "https://platform.claude.com/docs/en/build-with-claude/structured-outputs"
_REFUSALS = (
    "anthropics/claude-code#10606, anthropics/claude-code#44788, anthropics/claude-code#79418, "
    "ComposioHQ/composio#3067, anthropics/claude-code#96152"
)

# Models that know no strict tools.
_BEFORE_STRICT = (
    "claude-2*",
    "claude-instant*",
    "claude-3*",
    "claude-opus-4",
    "claude-opus-4-0",
    "claude-sonnet-4",
    "claude-sonnet-4-0",
)

LENIENT = Dialect(
    name="anthropic",
    form="anthropic",
    wires=ANTHROPIC,
    providers=("anthropic", "anthropic-preserved", "bedrock-anthropic*"),
    strict="anthropic-strict",
    answers={"schema": "anthropic-strict"},
    shape=Shape(keys=KEYS),
    names=NAME_64,
    source=_REFUSALS,
    checked=CHECKED,
    evidence="reported",
    doubts="The documentation says 64 characters of a name, the server refuses more than 128.",
)

# At the documented limit, 16 unions or 24 optional properties in one schema, the compiler already
# gives up; over several tools the same number is taken.
_STRICT = replace(
    LENIENT,
    name="anthropic-strict",
    strict="",
    enforced=True,
    recases=True,
    keywords={
        **each(PLAIN, KEPT),
        **each(("$defs", "definitions", "$ref", "const", "default"), KEPT),
        "allOf": Keyword(unless=r'"\$ref"'),
        "additionalProperties": Keyword(values=(False,)),
        "minItems": Keyword(values=(0, 1)),
        "format": Keyword(values=(*FORMATS, "uri")),
        "pattern": Keyword(unless=LINEAR + r"|\{\d*,?\d{3,}\}", compiles=True),
    },
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
        keys=KEYS,
    ),
    references=References(recursion="refused", siblings="none", pattern=IN_DOCUMENT),
    bounds=SchemaBounds(optional=23, unions=15),
    budget=Budget(strict_tools=20, optional=24, unions=16),
    source=f"{_STRICT_GUIDE}, 0xPlaygrounds/rig:tests/cassettes/anthropic/strict_schema_limits, "
    "0xPlaygrounds/rig:tests/cassettes/anthropic/strict_schema_matrix, earendil-works/pi#9953",
    evidence="recorded",
    doubts="Below which size of a schema compilation always succeeds is not documented.",
)

DIALECTS: tuple[Dialect, ...] = (
    LENIENT,
    _STRICT,
    replace(LENIENT, name="anthropic-before-strict", models=_BEFORE_STRICT, rank=50, strict=""),
    # Hosts of Claude of which it is not known whether they take the strict flag.
    replace(
        LENIENT,
        name="anthropic-hosted",
        providers=("vertex-anthropic*", "azure-anthropic*", "copilot-anthropic*"),
        strict="",
        doubts="Whether these hosts take strict tools was not found.",
    ),
)
