"""What providers accept in tool schemas: rows of data, one file for each provider."""

from __future__ import annotations

from sealegs.schema.dialect import Dialect
from sealegs.specs import hookimpl

from . import (
    anthropic,
    bedrock,
    cerebras,
    cohere,
    deepseek,
    engines,
    fireworks,
    google,
    groq,
    llamacpp,
    minimax,
    mistral,
    moonshot,
    ollama,
    openai,
    openrouter,
    overrides,
    sglang,
    unknown,
    vllm,
    xai,
    zhipu,
)

__all__ = ["ALL", "schema_dialects"]

ALL: tuple[Dialect, ...] = (
    *anthropic.DIALECTS,
    *bedrock.DIALECTS,
    *cerebras.DIALECTS,
    *cohere.DIALECTS,
    *deepseek.DIALECTS,
    *engines.DIALECTS,
    *fireworks.DIALECTS,
    *google.DIALECTS,
    *groq.DIALECTS,
    *llamacpp.DIALECTS,
    *minimax.DIALECTS,
    *mistral.DIALECTS,
    *moonshot.DIALECTS,
    *ollama.DIALECTS,
    *openai.DIALECTS,
    *openrouter.DIALECTS,
    *overrides.DIALECTS,
    *sglang.DIALECTS,
    *unknown.DIALECTS,
    *vllm.DIALECTS,
    *xai.DIALECTS,
    *zhipu.DIALECTS,
)


@hookimpl
def schema_dialects() -> tuple[Dialect, ...]:
    """Contribute the dialects."""
    return ALL
