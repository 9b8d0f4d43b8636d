"""Amazon Bedrock's Converse API. Claude's own format on Bedrock is with Anthropic's dialects."""

from __future__ import annotations

from dataclasses import replace

from sealegs.schema.dialect import Budget, Dialect, Keyword, NameRule, References, Shape

from .common import CHECKED, FORMATS, IN_DOCUMENT, KEPT, LINEAR, NAME_64, PLAIN, each

__all__ = ["DIALECTS", "LENIENT"]

# Claude without strict tools there: the older ones, and two that refuse the flag.
_STRICT_MODELS = (
    "claude-opus-4-[156]*",
    "claude-sonnet-4-[5-9]*",
    "claude-haiku-4-[5-9]*",
    *("claude-opus-[5-9]*", "claude-sonnet-[5-9]*", "claude-haiku-[5-9]*"),
    *("claude-fable-*", "claude-mythos-*"),
)

LENIENT = Dialect(
    name="bedrock-converse",
    form="bedrock-converse",
    wires=frozenset({"bedrock-converse"}),
    names=NAME_64,
    ids=NameRule(r"[a-zA-Z0-9_.:-]+", max_length=64, first=""),
    described=True,
    source="botocore 1.44.5: data/bedrock-runtime, openclaw/openclaw#12892, awslabs/mcp#3181, "
    "BerriAI/litellm#24668, run-llama/llama_index#22775",
    checked=CHECKED,
)

DIALECTS: tuple[Dialect, ...] = (
    LENIENT,
    replace(
        LENIENT,
        name="bedrock-converse-claude",
        models=_STRICT_MODELS,
        rank=50,
        strict="bedrock-converse-strict",
        doubts="Which models take the strict flag is documented nowhere; Nova, Llama, gpt-oss and "
        "Claude Opus 4.7 and 4.8 refuse it.",
    ),
    replace(
        LENIENT,
        name="bedrock-converse-strict",
        models=_STRICT_MODELS,
        rank=50,
        enforced=True,
        recases=True,
        keywords={
            **each(PLAIN, KEPT),
            **each(("$defs", "definitions", "$ref", "const", "default"), KEPT),
            **each(("minLength", "maxLength"), KEPT),
            "allOf": Keyword(unless=r'"\$ref"'),
            "additionalProperties": Keyword(values=(False,)),
            "minItems": Keyword(values=(0, 1)),
            "format": Keyword(values=(*FORMATS, "uri")),
            "pattern": Keyword(unless=LINEAR, compiles=True),
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
        ),
        references=References(recursion="refused", siblings="none", pattern=IN_DOCUMENT),
        budget=Budget(strict_tools=20, optional=24, unions=16),
        source="pydantic-ai-slim 2.68.0: profiles/amazon.py, litellm 1.106.2: bedrock converse",
        evidence="reported",
        doubts="The documentation refuses minLength and maxLength; they are taken live.",
    ),
)
