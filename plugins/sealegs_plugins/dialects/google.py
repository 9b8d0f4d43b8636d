"""Gemini: its JSON Schema form, its OpenAPI form, and its OpenAI-style endpoint."""

from __future__ import annotations

from dataclasses import replace

from sealegs.schema.dialect import Dialect, NameRule, References, Shape

from .common import CHAT, CHECKED, IGNORED, KEPT, NAME_64, PLAIN, WRITTEN_OUT, each

__all__ = ["DIALECTS", "OPENAPI"]

_WIRES = frozenset({"gemini"})
_TYPES = "google-genai 3.4.0: types.FunctionDeclaration, types.Schema"

_NAMES = NameRule(r"[a-zA-Z_][a-zA-Z0-9_.:-]*", max_length=64, first="_")
_KEYS = NameRule(r"[a-zA-Z_][a-zA-Z0-9_]*", max_length=64, first="_")

_ANSWERS = {
    "responseJsonSchema": "gemini",
    "_responseJsonSchema": "gemini",
    "response_json_schema": "gemini",
    "responseSchema": "gemini-parameters",
    "response_schema": "gemini-parameters",
}

# `parametersJsonSchema`: references, maps, number enums and lists of types stay, which the other
# form loses, so it is the default wherever Google serves it.
_JSON_SCHEMA = Dialect(
    name="gemini",
    form="gemini-json-schema",
    wires=_WIRES,
    providers=("gemini*", "vertex*"),
    answers=_ANSWERS,
    keywords={
        **each(PLAIN, KEPT),
        **each(("$defs", "$ref", "$anchor", "format", "prefixItems", "minItems", "maxItems"), KEPT),
        **each(("minimum", "maximum", "propertyOrdering"), KEPT),
    },
    # `oneOf` is taken for `anyOf`, and the rest is not looked at.
    otherwise="ignored",
    unknown="ignored",
    shape=Shape(enums="alike", keys=_KEYS),
    references=References(recursion="optional", siblings="none", pattern=r"#|#/\$defs/[^/]+"),
    names=_NAMES,
    source=f"{_TYPES}, google-gemini/gemini-cli#6704, AstrBotDevs/AstrBot#5416, "
    "pydantic-ai-slim 2.68.0: profiles/google.py",
    checked=CHECKED,
    doubts="The SDK says 128 characters of a name, the server 64. Whether property names are "
    "checked was not found. Many bounds, or long arrays, can have too many states to be served.",
)

# `parameters`: the Live API knows no other form, and neither do older proxies.
OPENAPI = Dialect(
    name="gemini-parameters",
    form="gemini-parameters",
    wires=_WIRES,
    providers=("gemini-live*",),
    answers=_ANSWERS,
    rank=90,
    keywords={
        **each(("type", "format", "title", "description", "nullable", "default", "items"), KEPT),
        **each(("minItems", "maxItems", "enum", "properties", "propertyOrdering"), KEPT),
        **each(("required", "minProperties", "maxProperties", "minimum", "maximum"), KEPT),
        **each(("minLength", "maxLength", "pattern", "example", "anyOf"), KEPT),
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
        keys=_KEYS,
    ),
    references=WRITTEN_OUT,
    names=_NAMES,
    source=f"{_TYPES}, google/adk-python#1082, google/adk-python#3424, "
    "google-gemini/gemini-cli#4196, QwenLM/qwen-code#1186, windmill-labs/windmill#7759, "
    "BerriAI/litellm#18442",
    checked=CHECKED,
    evidence="reported",
    doubts="Newer fields for definitions, references and additionalProperties are refused by the "
    "Developer API. Recordings show types written small, and tools without properties, taken; "
    "objects without properties below the root are not in them.",
)

DIALECTS: tuple[Dialect, ...] = (
    _JSON_SCHEMA,
    OPENAPI,
    # Its rules are written nowhere; what the JSON Schema form holds is what can arrive.
    replace(
        _JSON_SCHEMA,
        name="gemini-openai",
        form="openai-chat",
        wires=CHAT,
        answers={},
        providers=("gemini-openai", "gemini-3-openai", "vertex-openai", "vertex-gemini-3-openai"),
        keywords={**each(PLAIN, KEPT), **_JSON_SCHEMA.keywords, "$anchor": IGNORED},
        shape=Shape(
            union_siblings="annotations", items=True, enums="alike", keys=_KEYS, declared=True
        ),
        references=WRITTEN_OUT,
        names=replace(NAME_64, pattern=r"[a-zA-Z_][a-zA-Z0-9_-]*", first="_"),
        source="https://ai.google.dev/gemini-api/docs/openai, langchain-google-genai 4.4.2",
        evidence="reported",
        doubts="No list of keywords was found for this endpoint.",
    ),
)
