"""OpenAI: both APIs, strict and not, fine-tuned models, and Azure's lower limits."""

from __future__ import annotations

from dataclasses import replace

from sealegs.schema.dialect import Budget, Dialect, Keyword, References, SchemaBounds, Shape

from .common import (
    CHAT,
    CHECKED,
    FORMATS,
    IN_DOCUMENT,
    KEPT,
    NAME_64,
    PLAIN,
    REFUSED,
    RESPONSES,
    each,
)

__all__ = ["BUDGET", "DIALECTS", "LENIENT", "STRICT"]

_GUIDE = "https://platform.openai.com/docs/guides/structured-outputs#supported-schemas"
_AZURE = ("azure-openai", "azure-responses")
_FINE_TUNED = ("ft:*",)

BUDGET = Budget(tools=128)

# The schema is shown to the model, and its outline is checked; nothing is enforced.
LENIENT = Dialect(
    name="openai-chat",
    form="openai-chat",
    wires=CHAT,
    providers=("openai",),
    strict="openai-chat-strict",
    keywords={"pattern": Keyword(compiles=True)},
    shape=Shape(items=True),
    budget=BUDGET,
    names=NAME_64,
    source="openai 3.54.0: types/shared_params, use-novamira/novamira#12, litellm 1.106.2: "
    "flatten_combinators_in_schema",
    checked=CHECKED,
    doubts="That patterns must compile in Python is what clients guard against; no refusal of one "
    "was found.",
)

STRICT = replace(
    LENIENT,
    name="openai-chat-strict",
    strict="",
    enforced=True,
    keywords={
        **each(PLAIN, KEPT),
        **each(("$defs", "definitions", "$ref", "const"), KEPT),
        **each(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), KEPT),
        **each(("multipleOf", "minItems", "maxItems", "minLength", "maxLength"), KEPT),
        "pattern": Keyword(unless=r"\(\?[=!<]", compiles=True),
        "format": Keyword(values=FORMATS),
        "additionalProperties": Keyword(values=(False,)),
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
    references=References(siblings="none", pattern=IN_DOCUMENT),
    bounds=SchemaBounds(
        properties=5_000, depth=10, values=1_000, characters=120_000, long_enum=15_000
    ),
    source=f"{_GUIDE}, openai/openai-agents-python#404, openai/openai-agents-python#474, "
    "mastra-ai/mastra#23321, pydantic-ai-slim 2.68.0: profiles/openai.py",
    doubts="patternProperties is documented as supported, and taken out by clients; refused here. "
    "oneOf and default are refused in practice, and stand in no documentation.",
)

_UNTUNED = each(
    (
        *("minLength", "maxLength", "pattern", "format", "minItems", "maxItems"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    ),
    REFUSED,
)

# Azure, as OpenAI once had it.
_FIRST_LIMITS = SchemaBounds(
    properties=100, depth=5, values=500, characters=15_000, long_enum=7_500
)
_AZURE_GUIDE = (
    "https://learn.microsoft.com/azure/ai-foundry/openai/how-to/structured-outputs, "
    "tidyverse/ellmer#671"
)

_RESPONSES = replace(
    LENIENT,
    name="openai-responses",
    form="openai-responses",
    wires=RESPONSES,
    providers=("openai-responses", "openai-codex"),
    strict="openai-responses-strict",
    # Recordings show it in the reply: the flag set, and the schema closed.
    presumes_strict=True,
    source="openai 3.54.0: types/responses/function_tool.py, "
    "langchain-ai/langchain:libs/partners/openai/tests/cassettes",
    evidence="recorded",
)
_RESPONSES_STRICT = replace(
    STRICT,
    name="openai-responses-strict",
    presumes_strict=False,
    form="openai-responses",
    wires=RESPONSES,
    providers=_RESPONSES.providers,
)


def _variants(lenient: Dialect, strict: Dialect, api: str) -> tuple[Dialect, ...]:
    azure = f"azure-openai-{api}"
    tuned = f"openai-{api}-fine-tuned"
    return (
        lenient,
        strict,
        replace(
            lenient, name=azure, providers=_AZURE, strict=f"{azure}-strict", evidence="reported"
        ),
        replace(
            strict,
            name=f"{azure}-strict",
            providers=_AZURE,
            # Strings, numbers and arrays with bounds are what Azure lists as not supported.
            keywords={**strict.keywords, **_UNTUNED},
            bounds=_FIRST_LIMITS,
            source=_AZURE_GUIDE,
            doubts="Whether Azure has raised its limits since; the first ones are kept to.",
        ),
        replace(
            lenient,
            name=tuned,
            providers=(*lenient.providers, *_AZURE),
            models=_FINE_TUNED,
            rank=50,
            strict=f"{tuned}-strict",
        ),
        replace(
            strict,
            name=f"{tuned}-strict",
            models=_FINE_TUNED,
            rank=50,
            keywords={**strict.keywords, **_UNTUNED},
            source=_GUIDE,
        ),
    )


DIALECTS: tuple[Dialect, ...] = (
    *_variants(LENIENT, STRICT, "chat"),
    *_variants(_RESPONSES, _RESPONSES_STRICT, "responses"),
    # OpenAI's models and others behind Bedrock's OpenAI-style endpoint.
    replace(
        _RESPONSES,
        name="bedrock-mantle",
        providers=("bedrock-mantle*",),
        strict="",
        presumes_strict=False,
        source="pydantic/pydantic-ai:tests/models/cassettes/test_bedrock_mantle",
        evidence="reported",
        doubts="Which rules of OpenAI's hold there was not found.",
    ),
)
